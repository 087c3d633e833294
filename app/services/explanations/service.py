"""Explain rows of scored runs in a process of its own, with files kept on the console's disk."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from cachetools import LRUCache

from app.clients.errors import NotFound
from app.clients.mlflow import SERVICE, MlflowClient
from app.services.anomalies.service import Anomalies
from app.services.datasets.service import Datasets
from app.services.explanations.process import ExplainerProcess
from app.services.runs.service import Runs
from app.services.system.disk_cache import DiskCache
from pipeline.explain.types import Explanation

MODEL_FILES = ("model.skops", "schema.json", "threshold.json", "drift_reference.json")
DIGEST_TAG = "model_sha256"
TRAINING_DATA = "data.parquet"
KEPT = 200


class Pending:
    """Pending explanations and the newest results, shared by all operators.

    Two operators who open the same row wait for one result. A failure is not kept.

    Parameters
    ----------
    threads
        Runs the requests to the process, by default one after the other in one thread.
    """

    def __init__(self, process: ExplainerProcess, threads: Executor | None = None) -> None:
        self.process = process
        self._threads = threads or ThreadPoolExecutor(1, "explanations")
        self._guard = threading.Lock()
        self._futures: LRUCache[tuple[str, int], Future[Explanation]] = LRUCache(KEPT)

    def get(self, key: tuple[str, int], compute: Callable[[], Explanation]) -> Future[Explanation]:
        """Return the explanation of a run and row, started when it is not there."""
        with self._guard:
            if key not in self._futures:
                self._futures[key] = self._threads.submit(compute)
            return self._futures[key]

    def forget(self, key: tuple[str, int]) -> None:
        """Drop a failed explanation, so that the next request tries again."""
        with self._guard:
            self._futures.pop(key, None)


class Explanations:
    """Explains rows of scored runs by the model that scored them."""

    def __init__(
        self,
        *,
        mlflow: MlflowClient,
        files: DiskCache,
        runs: Runs,
        datasets: Datasets,
        anomalies: Anomalies,
        pending: Pending,
    ) -> None:
        self._mlflow = mlflow
        self._files = files
        self._runs = runs
        self._datasets = datasets
        self._anomalies = anomalies
        self._pending = pending

    def get(self, run_id: str, row: int, timeout: float | None = None) -> Explanation | None:
        """Return why a row, by its number from 1, was scored as it was.

        Parameters
        ----------
        timeout
            Seconds to wait; None waits to the end.

        Returns
        -------
        Explanation or None
            None while it is not ready: ask again.

        Raises
        ------
        PipelineError, ServiceError
            The row cannot be explained, and why.
        """
        key, process = (run_id, row), self._pending.process
        future = self._pending.get(key, lambda: process.explain(**self.request(run_id, row)))
        done, _ = wait([future], timeout)
        if not done:
            return None
        if future.exception():
            self._pending.forget(key)
        return future.result()

    def request(self, run_id: str, row: int) -> dict[str, object]:
        """Return the arguments of ``app.services.explanations.worker.explain``; fetches its files.

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
        """Return an archive of the model's files, which the process unpacks."""

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
