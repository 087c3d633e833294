"""The files that an explanation needs, on the console's own disk."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol
from zipfile import ZipFile

from app.clients.errors import NotFound
from app.clients.mlflow import SERVICE, MlflowClient
from app.services.anomalies.service import Anomalies
from app.services.datasets.service import Datasets
from app.services.runs.service import Runs
from app.services.system.disk_cache import DiskCache
from pipeline.explain.types import Explanation

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


KEPT = 200


class Worker(Protocol):
    """What ``app.services.explanations.process.ExplainerProcess`` does."""

    def explain(self, **request: object) -> Explanation:
        """Have a row explained."""


class Pending:
    """Explanations on their way and the newest that are done, shared by all operators.

    Two operators who open the same row wait for one answer. A failure is not kept.

    Parameters
    ----------
    threads
        What asks the worker, one request after the other; a thread of its own unless given.
    """

    def __init__(self, worker: Worker, threads: Executor | None = None) -> None:
        self.worker = worker
        self._threads = threads or ThreadPoolExecutor(1, "explanations")
        self._guard = threading.Lock()
        self._futures: OrderedDict[tuple[str, int], Future[Explanation]] = OrderedDict()

    def get(self, key: tuple[str, int], ask: Callable[[], Explanation]) -> Future[Explanation]:
        """Return the explanation called ``key``, asked for when it is not there."""
        with self._guard:
            future = self._futures.get(key)
            if future is None:
                future = self._futures[key] = self._threads.submit(ask)
            self._futures.move_to_end(key)
            while len(self._futures) > KEPT:
                self._futures.popitem(last=False)
            return future

    def forget(self, key: tuple[str, int]) -> None:
        """Let the next one who asks try anew."""
        with self._guard:
            self._futures.pop(key, None)


class Explanations:
    """Explains rows of scored runs by the model that scored them."""

    def __init__(self, files: ExplanationFiles, pending: Pending) -> None:
        self._files = files
        self._pending = pending

    def of(self, run_id: str, row: int, patience: float | None = None) -> Explanation | None:
        """Return why a row, by its number from 1, was scored as it was.

        Parameters
        ----------
        patience
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
        key = (run_id, row)
        worker = self._pending.worker
        future = self._pending.get(key, lambda: worker.explain(**self._files.request(run_id, row)))
        done, _ = wait([future], patience)
        if not done:
            return None
        if future.exception():
            self._pending.forget(key)
        return future.result()
