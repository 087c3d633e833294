"""The files that an explanation needs, on the console's own disk."""

from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from app.clients.errors import NotFound
from app.clients.mlflow import SERVICE, MlflowClient
from app.services.anomalies import Anomalies
from app.services.datasets import Datasets
from app.services.disk_cache import DiskCache
from app.services.runs import Runs

MODEL_FILES = ("model.skops", "schema.json", "threshold.json", "drift_reference.json")
DIGEST_TAG = "model_sha256"
TRAINING_DATA = "data.parquet"


class ExplanationFiles:
    """Fetches once and keeps what tells why a row was scored as it was."""

    def __init__(
        self,
        mlflow: MlflowClient,
        files: DiskCache,
        runs: Runs,
        datasets: Datasets,
        anomalies: Anomalies,
    ) -> None:
        self._mlflow = mlflow
        self._files = files
        self._runs = runs
        self._datasets = datasets
        self._anomalies = anomalies

    def request(self, run_id: str, row: int) -> dict[str, object]:
        """Return what ``app.services.explanations_worker.explain`` is asked with.

        Raises
        ------
        NotFound
            The model that scored the run is not there any more.
        """
        scored = self._runs.get(run_id)
        trained = self._mlflow.run(scored.model_run_id)
        train = self._runs.get(trained["info"]["run_id"])
        outputs = trained.get("outputs", {}).get("model_outputs", [])
        digest = train.tags.get(DIGEST_TAG, "")
        if not outputs or not digest:
            raise NotFound(
                SERVICE, "The model that scored this run is not stored any more, so it cannot tell."
            )
        return {
            "model": str(self._model(train.run_id, outputs[0]["model_id"])),
            "digest": digest,
            "training": self._training(train.dataset_id),
            "seed": int(train.params.get("random_state", "0")),
            "scored": str(self._anomalies.scored_path(run_id)),
            "score_threshold": scored.score_threshold,
            "row": row,
        }

    def _model(self, train_run_id: str, model_id: str) -> Path:
        """Return the archive of a model's files, which a worker unpacks where it wants."""

        def make(target: Path) -> None:
            with TemporaryDirectory(prefix="model-") as folder, ZipFile(target, "w") as archive:
                for name in MODEL_FILES:
                    fetched = Path(folder) / name
                    self._mlflow.download_model_file(model_id, name, fetched)
                    archive.write(fetched, name)

        return self._files.get(f"{train_run_id}-model.zip", make)

    def _training(self, dataset_id: str) -> str:
        """Return the path of the training data; empty where it was deleted."""
        try:
            stored = self._datasets.get(dataset_id)
            return str(self._runs.download(stored.run_id, TRAINING_DATA))
        except NotFound:
            return ""
