"""Models in MLflow: logged in its scikit-learn flavor, registered, and read back with distrust."""

from __future__ import annotations

import json
import platform
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pipeline import model_store
from pipeline.errors import ModelError
from pipeline.mlflow_rest import mlflow_rest
from pipeline.tables.schema import Role, Schema
from pipeline.tracking.find import REGISTERED_MODEL

if TYPE_CHECKING:
    from pipeline.mlflow_rest import Run
    from pipeline.model.detector import TrainedModel
    from pipeline.tracking.runs import ActiveRun

REQUIREMENTS = ("numpy", "pandas", "pyarrow", "pydantic", "scikit-learn", "skops")
DIGEST_TAG = "model_sha256"
THRESHOLD_TAG = "score_threshold"
"""On a train run: the score below which rows are flagged, where people have decided on one."""

FOR_READERS = (model_store.SCHEMA, model_store.THRESHOLD)
"""Files of the model that are artifacts of the run as well, for whoever needs no model."""

SIGNATURE_TYPES = {Role.NUMERIC: "double", Role.CATEGORICAL: "string", Role.DATE: "datetime"}


def log_model(run: ActiveRun, model: TrainedModel) -> None:
    """Store ``model`` with its run and register it as a version of ``traffic_anomaly``."""
    rest = mlflow_rest()
    with TemporaryDirectory(prefix="model-") as name:
        folder = Path(name)
        digest = model_store.save(model, folder)
        model_id, uri = rest.create_model(run.run, REGISTERED_MODEL)
        described = json.dumps(_description(model.schema, model_id, run.run_id), indent=2)
        (folder / "MLmodel").write_text(described, encoding="utf-8")
        (folder / "requirements.txt").write_text("\n".join(_requirements()), encoding="utf-8")
        rest.artifacts.upload(uri, folder)
        rest.finish_model(run.run_id, model_id)
        for file in FOR_READERS:
            run.log_file(folder / file, file)
        run.log(tags={DIGEST_TAG: digest})
        run.require_running()
        rest.register(REGISTERED_MODEL, run.run_id, model_id)


def load_model(run: Run) -> TrainedModel:
    """Fetch and read the model of a training run, with the threshold decided for it.

    Raises
    ------
    ModelError
        It is missing, pickled, changed since training, or of types we do not trust.
    """
    expected = run.tags.get(DIGEST_TAG)
    if not run.model_ids or not expected:
        raise ModelError(
            f"training run {run.run_id} has stored no model of ours; {model_store.RETRAIN}"
        )
    rest = mlflow_rest()
    uri = rest.model_uri(run.model_ids[0])
    with TemporaryDirectory(prefix="model-") as name:
        folder = Path(name)

        def fetch(file: str) -> None:
            rest.artifacts.download(uri, file, folder / file)

        there = set(rest.artifacts.names(uri)).intersection(model_store.FILES)
        # The pool is waited for, so that nothing is written into a folder that is gone.
        with ThreadPoolExecutor(len(model_store.FILES)) as pool:
            list(pool.map(fetch, there))
        model = model_store.load(folder, expected)
    return replace(model, score_threshold=_score_threshold(run))


def _score_threshold(run: Run) -> float:
    decided = run.tags.get(THRESHOLD_TAG, "0")
    try:
        return float(decided)
    except ValueError as error:
        raise ModelError(
            f"tag {THRESHOLD_TAG} of training run {run.run_id} must be a number, got {decided!r}"
        ) from error


def _description(schema: Schema, model_id: str, run_id: str) -> dict[str, object]:
    """Return the ``MLmodel`` file, by which MLflow's own readers know what to do with the rest.

    References
    ----------
    https://mlflow.org/docs/latest/ml/model/ (MLflow Models, storage format)
    """
    return {
        "mlflow_version": version("mlflow"),
        "model_id": model_id,
        "run_id": run_id,
        "utc_time_created": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
        "flavors": {
            "python_function": {
                "loader_module": "mlflow.sklearn",
                "model_path": model_store.DETECTOR,
                "predict_fn": "predict",
                "python_version": platform.python_version(),
            },
            "sklearn": {
                "pickled_model": model_store.DETECTOR,
                "sklearn_version": version("scikit-learn"),
                "serialization_format": "skops",
                "skops_trusted_types": model_store.TRUSTED_TYPES,
            },
        },
        "signature": _signature(schema),
    }


def _signature(schema: Schema) -> dict[str, str | None]:
    # Optional all of them, because a cell may be empty in any column.
    inputs = [
        {"type": SIGNATURE_TYPES[column.role], "name": column.name, "required": False}
        for column in schema.columns
        if column.role in SIGNATURE_TYPES
    ]
    outputs = [{"type": "long", "name": "anomaly_pred", "required": True}]
    return {"inputs": json.dumps(inputs), "outputs": json.dumps(outputs), "params": None}


def _requirements() -> list[str]:
    return [f"{name}=={version(name)}" for name in REQUIREMENTS]
