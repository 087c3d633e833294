"""Models in MLflow: logged in its scikit-learn flavor, registered, and read back with distrust."""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pipeline import model_store
from pipeline.datasets.client import tracking_client, tracking_errors
from pipeline.errors import ModelError
from pipeline.schema import Role, Schema
from pipeline.settings import settings
from pipeline.tracking.find import REGISTERED_MODEL

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.models import Model, ModelSignature

    from pipeline.model import TrainedModel
    from pipeline.tracking.runs import ActiveRun

REQUIREMENTS = ("numpy", "pandas", "pyarrow", "pydantic", "scikit-learn", "skops")
DIGEST_TAG = "model_sha256"
FOR_READERS = (model_store.SCHEMA, model_store.THRESHOLD)
"""Files of the model that are artifacts of the run as well, for whoever needs no model."""

SIGNATURE_TYPES = {Role.NUMERIC: "double", Role.CATEGORICAL: "string", Role.DATE: "datetime"}


def log_model(run: ActiveRun, model: TrainedModel) -> None:
    """Store ``model`` with its run and register it as a version of ``traffic_anomaly``."""
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus  # noqa: PLC0415 - slow

    client = tracking_client()
    with TemporaryDirectory(prefix="model-") as name, tracking_errors():
        folder = Path(name)
        digest = model_store.save(model, folder)
        logged = client.create_logged_model(
            run.experiment_id, name=REGISTERED_MODEL, source_run_id=run.run_id
        )
        _describe(model.schema, logged.model_id, run.run_id).save(str(folder / "MLmodel"))
        (folder / "requirements.txt").write_text("\n".join(_requirements()), encoding="utf-8")
        client.log_model_artifacts(logged.model_id, name)
        client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
        client.log_outputs(run.run_id, [LoggedModelOutput(logged.model_id, step=0)])
        _log_for_readers(run, folder)
        run.log(tags={DIGEST_TAG: digest})
        _register(run.run_id, logged.model_id)


def load_model(run: Run) -> TrainedModel:
    """Fetch and read the model of a training run.

    Raises
    ------
    ModelError
        It is missing, pickled, changed since training, or of types we do not trust.
    """
    import mlflow.artifacts  # noqa: PLC0415 - slow to import

    outputs = run.outputs.model_outputs if run.outputs else []
    expected = run.data.tags.get(DIGEST_TAG)
    if not outputs or not expected:
        raise ModelError(
            f"training run {run.info.run_id} has stored no model of ours; {model_store.RETRAIN}"
        )
    with TemporaryDirectory(prefix="model-") as name:
        with tracking_errors():
            logged = tracking_client().get_logged_model(outputs[0].model_id)
            fetched = mlflow.artifacts.download_artifacts(
                artifact_uri=logged.artifact_location,
                dst_path=name,
                tracking_uri=settings().mlflow_tracking_uri,
            )
        return model_store.load(Path(fetched), expected)


def _log_for_readers(run: ActiveRun, folder: Path) -> None:
    with TemporaryDirectory(prefix="readers-") as name:
        for file in FOR_READERS:
            shutil.copy(folder / file, name)
        run.log_folder(Path(name))


def _register(run_id: str, model_id: str) -> None:
    from mlflow.exceptions import RestException  # noqa: PLC0415 - slow to import

    client = tracking_client()
    source = f"models:/{model_id}"
    try:
        client.create_registered_model(REGISTERED_MODEL)
    except RestException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    client.create_model_version(
        REGISTERED_MODEL, source, run_id, model_id=model_id, await_creation_for=0
    )


def _describe(schema: Schema, model_id: str, run_id: str) -> Model:
    """Return the ``MLmodel`` file, written here because MLflow's own writer reads all back."""
    import sklearn  # noqa: PLC0415 - slow to import
    from mlflow.models import Model  # noqa: PLC0415 - slow to import

    described = Model(run_id=run_id, model_id=model_id, signature=_signature(schema))
    described.add_flavor(
        "python_function",
        loader_module="mlflow.sklearn",
        model_path=model_store.DETECTOR,
        predict_fn="predict",
        python_version=platform.python_version(),
    )
    described.add_flavor(
        "sklearn",
        pickled_model=model_store.DETECTOR,
        sklearn_version=sklearn.__version__,
        serialization_format="skops",
        skops_trusted_types=model_store.TRUSTED_TYPES,
    )
    return described


def _signature(schema: Schema) -> ModelSignature:
    from mlflow.models import ModelSignature  # noqa: PLC0415 - slow to import
    from mlflow.types import ColSpec  # noqa: PLC0415
    from mlflow.types import Schema as Columns  # noqa: PLC0415

    # Optional all of them, because a cell may be empty in any column.
    inputs = [
        ColSpec(SIGNATURE_TYPES[column.role], column.name, required=False)
        for column in schema.columns
        if column.role in SIGNATURE_TYPES
    ]
    outputs = Columns([ColSpec("long", "anomaly_pred")])
    return ModelSignature(inputs=Columns([*inputs]), outputs=outputs)


def _requirements() -> list[str]:
    return [f"{name}=={version(name)}" for name in REQUIREMENTS]
