"""Explain rows of scored runs in a process of its own, with files kept on the console's disk."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from cachetools import LRUCache

from app.services.anomalies.service import Anomalies
from app.services.datasets.service import Datasets
from app.services.explanations.process import ExplainerProcess
from app.services.runs.service import Runs
from app.services.system.disk_cache import DiskCache
from pipeline.errors import MLFLOW, NotFound
from pipeline.explain.types import Explanation
from pipeline.tracking import artifacts, datasets
from pipeline.tracking.client import TrackingServer
from pipeline.tracking.names import DIGEST_TAG
from pipeline.tracking.runs import Run, get_run

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
        mlflow: TrackingServer,
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
        train = get_run(self._mlflow, scored.model_run_id)
        digest = train.tags.get(DIGEST_TAG, "")
        if not train.model_ids or not digest:
            raise NotFound(
                MLFLOW, "The model that scored this run is not stored any more, so it cannot tell."
            )
        return {
            "model": str(self._model(train)),
            "digest": digest,
            "training": self._training(train.dataset_id),
            "seed": int(train.params.get("random_state", "0")),
            "scored": str(self._anomalies.scored_path(run_id)),
            "score_threshold": scored.score_threshold,
            "row": row,
        }

    def _model(self, train: Run) -> Path:
        """Return an archive of the model's files, which the process unpacks."""

        def make(target: Path) -> None:
            with TemporaryDirectory(prefix="model-") as folder, ZipFile(target, "w") as archive:
                artifacts.download_model(self._mlflow, train.model_ids[0], Path(folder))
                for file in Path(folder).iterdir():
                    archive.write(file, file.name)

        return self._files.get(f"{train.run_id}-model.zip", make)

    def _training(self, dataset_id: str) -> str:
        """Return the path of the training data; empty where it was deleted."""
        try:
            self._datasets.get(dataset_id)
            return str(datasets.fetch(self._mlflow, dataset_id))
        except NotFound:
            return ""
