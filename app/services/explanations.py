"""Why a row was scored as it was, worked out beside the console and kept for the next look."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from typing import Protocol

from app.services.explanations_files import ExplanationFiles
from pipeline.explain_model import Explanation, Field, How, NormalRow, Rarity, SingleChange

__all__ = [
    "Explanation",
    "Explanations",
    "Field",
    "How",
    "NormalRow",
    "Pending",
    "Rarity",
    "SingleChange",
]

KEPT = 200


class Worker(Protocol):
    """What ``app.services.explanations_process.ExplainerProcess`` does."""

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
