"""Models in MLflow: logged for any scikit-learn user, and read back with distrust."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import mlflow.sklearn
import pyarrow.parquet as pq
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema, TensorSpec
from mlflow.types.schema import AnyType

from pipeline.errors import ModelError, Rejected
from pipeline.model import files
from pipeline.tables.schema import Role
from pipeline.tracking import artifacts
from pipeline.tracking.client import tracking_server
from pipeline.tracking.names import (
    DIGEST_TAG,
    MODEL_SCHEMA,
    MODEL_THRESHOLD,
    REGISTERED_MODEL,
    THRESHOLD_TAG,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from pipeline.model.detector import TrainedModel
    from pipeline.model.training import Training
    from pipeline.tracking.client import TrackingServer
    from pipeline.tracking.runs import ActiveRun, Run

REQUIREMENTS = ("mlflow", "numpy", "pandas", "pyarrow", "scikit-learn", "skops")
CODE = (
    *("__init__.py", "model/__init__.py", "model/features.py", "model/forest.py"),
    *("tables/__init__.py", "tables/dates.py"),
)
"""Modules that the detector's own transformers need where this package is not installed."""

FOR_READERS = (MODEL_SCHEMA, MODEL_THRESHOLD)
"""Files of the model that are artifacts of the run as well, for whoever needs no model."""

EXAMPLE_ROWS = 5


def log_model(run: ActiveRun, training: Training, source: Path) -> None:
    """Store a trained model and its metrics with the run, and register it.

    Parameters
    ----------
    source
        Parquet file that it was trained on; its first rows become the input example.
    """
    model = training.model
    server = tracking_server()
    mlflow.set_tracking_uri(server.url)
    with TemporaryDirectory(prefix="model-") as name:
        folder = Path(name)
        written = files.write_json(model, folder)
        logged = server.client.create_logged_model(
            run.run.experiment_id, name="model", source_run_id=run.run_id
        )
        with _import_path_kept():
            server.translating(mlflow.sklearn).log_model(
                model.detector,
                name="model",
                model_id=logged.model_id,
                run_id=run.run_id,
                serialization_format="skops",
                skops_trusted_types=files.TRUSTED_TYPES,
                signature=_signature(model),
                input_example=_example(source, model),
                pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
                code_paths=[str(_copy_code(folder / "code"))],
                extra_files=[str(file) for file in written],
            )
        for file in written:
            if file.name in FOR_READERS:
                run.log_file(file)
    digest = _stored_digest(server, logged.model_id)
    run.log(metrics=training.metrics, tags={DIGEST_TAG: digest}, model_id=logged.model_id)
    run.require_running()
    _register(server, run.run_id, logged.model_id)


@contextmanager
def _import_path_kept() -> Iterator[None]:
    """Take back what MLflow adds to ``sys.path`` when it tries a logged model: its copy of us."""
    before = sys.path[:]
    try:
        yield
    finally:
        sys.path[:] = before


def _register(server: TrackingServer, run_id: str, model_id: str) -> None:
    # Made first though mostly there: with accounts, MLflow denies a version of what is not.
    with suppress(Rejected):
        server.client.create_registered_model(REGISTERED_MODEL)
    server.client.create_model_version(
        REGISTERED_MODEL, f"models:/{model_id}", run_id, await_creation_for=0, model_id=model_id
    )


def load_model(run: Run) -> TrainedModel:
    """Fetch and read the model of a training run, with the threshold decided for it.

    Raises
    ------
    ModelError
        It is missing, pickled, changed since training, or of types we do not trust.
    """
    expected = run.tags.get(DIGEST_TAG)
    if not run.model_ids or not expected:
        raise ModelError(f"training run {run.run_id} has stored no model of ours; {files.RETRAIN}")
    with TemporaryDirectory(prefix="model-") as folder:
        artifacts.download_model(tracking_server(), run.model_ids[0], Path(folder))
        model = files.load(Path(folder), expected)
    return replace(model, score_threshold=_score_threshold(run))


def _score_threshold(run: Run) -> float:
    decided = run.tags.get(THRESHOLD_TAG, "0")
    try:
        return float(decided)
    except ValueError as error:
        raise ModelError(
            f"tag {THRESHOLD_TAG} of training run {run.run_id} must be a number, got {decided!r}"
        ) from error


def _stored_digest(server: TrackingServer, model_id: str) -> str:
    """Return the digest of what is stored: MLflow writes the detector, so it is read back."""
    with TemporaryDirectory(prefix="model-") as folder:
        artifacts.download_model(server, model_id, Path(folder))
        return files.digest(Path(folder))


def _signature(model: TrainedModel) -> ModelSignature:
    """Describe the columns, each of which may be empty.

    pandas reads a column of whole numbers, one with gaps and an empty one as three types, and
    MLflow converts none of these into another; so any type is let through to the features.
    """
    inputs: list[ColSpec | TensorSpec] = [
        ColSpec(AnyType(), name, required=False) for name in model.schema.usable
    ]
    return ModelSignature(Schema(inputs), Schema([ColSpec("long", "anomaly_pred")]))


def _example(source: Path, model: TrainedModel) -> pd.DataFrame:
    """Return the first rows of a Parquet file as pandas would read them from CSV."""
    with pq.ParquetFile(source) as file:
        rows = next(file.iter_batches(EXAMPLE_ROWS, columns=model.schema.usable))
    frame: pd.DataFrame = rows.to_pandas()
    for name in model.schema.of_role(Role.DATE):
        frame[name] = frame[name].astype("string").astype(object)
    return frame


def _copy_code(folder: Path) -> Path:
    """Copy the modules that a logged model needs of this package."""
    root = Path(__file__).parents[1]
    for name in CODE:
        target = folder / root.name / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, target)
    return folder / root.name
