"""A trained model's files, read without pickle.

The detector is a skops file, which names the types it holds; only types on our own list are built
when it is read. The rest is JSON. A digest over all files shows whether they are the ones that
training wrote.
"""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

from pipeline.errors import ModelError
from pipeline.model.detector import TrainedModel
from pipeline.model.drift import DriftReference
from pipeline.model.threshold import Threshold
from pipeline.tables.schema import Schema
from pipeline.tracking.names import (
    MODEL_DETECTOR,
    MODEL_DRIFT,
    MODEL_FILES,
    MODEL_SCHEMA,
    MODEL_THRESHOLD,
)

if TYPE_CHECKING:
    from pathlib import Path

    from sklearn.pipeline import Pipeline

TRUSTED_TYPES = [
    "numpy.dtype",
    "pipeline.model.features.DateParts",
    "pipeline.model.features.LogFrequencyEncoder",
    "pipeline.model.forest.CompactIsolationForest",
]
"""What a detector is made of beyond the types that skops trusts by itself."""

RETRAIN = "train a new model or choose another one"


def write_json(model: TrainedModel, folder: Path) -> list[Path]:
    """Write all of ``model`` but its detector into an existing folder and return the files."""
    texts = {
        MODEL_SCHEMA: model.schema.to_json(),
        MODEL_THRESHOLD: model.threshold.to_json(),
        MODEL_DRIFT: model.drift.to_json(),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


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
        _load_detector(folder / MODEL_DETECTOR),
        Schema.from_json((folder / MODEL_SCHEMA).read_text(encoding="utf-8")),
        Threshold.from_json((folder / MODEL_THRESHOLD).read_text(encoding="utf-8")),
        DriftReference.from_json((folder / MODEL_DRIFT).read_text(encoding="utf-8")),
    )


def digest(folder: Path) -> str:
    """Return the SHA-256 over the model's files in ``folder``, in hex.

    Raises
    ------
    ModelError
        One of them is missing, as in a model that something else has logged.
    """
    whole = hashlib.sha256()
    for name in MODEL_FILES:
        try:
            with (folder / name).open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
        except FileNotFoundError as error:
            raise ModelError(
                f"the stored model has no {name}, so it cannot be used; {RETRAIN}"
            ) from error
    return whole.hexdigest()


def _load_detector(path: Path) -> Pipeline:
    import skops.io  # noqa: PLC0415 - slow to import, and not needed until a model is read
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
