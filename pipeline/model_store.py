"""A trained model on disk, written and read without pickle.

The detector is a skops file, which names the types it holds; only types on our own list are
built when it is read. The rest is JSON. A digest over all files shows whether they are the
ones that training wrote.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import TYPE_CHECKING

from pipeline.errors import ModelError
from pipeline.model.detector import TrainedModel
from pipeline.model.drift import DriftReference
from pipeline.model.threshold import Threshold
from pipeline.tables.schema import Schema

if TYPE_CHECKING:
    from pathlib import Path

    from sklearn.pipeline import Pipeline

DETECTOR = "model.skops"
SCHEMA = "schema.json"
THRESHOLD = "threshold.json"
DRIFT = "drift_reference.json"
FILES = (DETECTOR, SCHEMA, THRESHOLD, DRIFT)

TRUSTED_TYPES = [
    "numpy.dtype",
    "pipeline.model.features.DateParts",
    "pipeline.model.features.LogFrequencyEncoder",
    "sklearn.tree._tree.Tree",
]
"""What a detector is made of beyond the types that skops trusts by itself."""

RETRAIN = "train a new model or choose another one"


def save(model: TrainedModel, folder: Path) -> str:
    """Write ``model`` into an existing folder and return the digest of its files."""
    _dump(model.detector, folder / DETECTOR)
    texts = {
        SCHEMA: model.schema.to_json(),
        THRESHOLD: model.threshold.to_json(),
        DRIFT: model.drift.to_json(),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return digest(folder)


def load(folder: Path, expected_digest: str) -> TrainedModel:
    """Read the model in ``folder``.

    Raises
    ------
    ModelError
        It is not what training wrote: pickled, changed, or of types we do not trust.
    """
    if digest(folder) != expected_digest:
        raise ModelError(f"the stored model is not the one that training wrote; {RETRAIN}")
    return TrainedModel(
        _load_detector(folder / DETECTOR),
        Schema.from_json((folder / SCHEMA).read_text(encoding="utf-8")),
        Threshold.from_json((folder / THRESHOLD).read_text(encoding="utf-8")),
        DriftReference.from_json((folder / DRIFT).read_text(encoding="utf-8")),
    )


def digest(folder: Path) -> str:
    """Return the SHA-256 over the model's files in ``folder``, in hex.

    Raises
    ------
    ModelError
        One of them is missing, as in a model that something else has logged.
    """
    whole = hashlib.sha256()
    for name in FILES:
        try:
            with (folder / name).open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
        except FileNotFoundError as error:
            raise ModelError(
                f"the stored model has no {name}, so it cannot be used; {RETRAIN}"
            ) from error
    return whole.hexdigest()


def _dump(detector: Pipeline, path: Path) -> None:
    """Write what ``skops.io.dump`` writes, in half the time.

    That indents its JSON, which Python does in Python: 0.15 s for 200 trees instead of 0.01.
    """
    # All of it, though a part would do: another thread may be half way through importing it.
    import skops.io  # noqa: PLC0415 - slow to import, and not needed until a model is fitted
    from skops.io._utils import SaveContext, get_state  # noqa: PLC0415

    with zipfile.ZipFile(path, "w") as file:
        context = SaveContext(file)
        state = get_state(detector, context)
        context.clear_memo()
        state |= {"protocol": context.protocol, "_skops_version": skops.__version__}
        file.writestr("schema.json", json.dumps(state))


def _load_detector(path: Path) -> Pipeline:
    import skops.io  # noqa: PLC0415 - as above
    from skops.io.exceptions import UntrustedTypesFoundException  # noqa: PLC0415

    try:
        detector: Pipeline = skops.io.load(path, trusted=TRUSTED_TYPES)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(
            f"{path.name} is no skops file and may be a pickle, which could run code; {RETRAIN}"
        ) from error
    except UntrustedTypesFoundException as error:
        raise ModelError(
            f"{path.name} holds types that are not trusted; {RETRAIN}: {error}"
        ) from error
    return detector
