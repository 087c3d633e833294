"""Runs one function over many chunks at once, with results in order and memory bounded."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_threads(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None
) -> Iterator[tuple[Item, Result]]:
    """Yield each item with ``function(item)``, in the order of ``items``.

    Threads are enough, because forests and Arrow let go of the interpreter while they compute.
    At most one item more than there are workers is under way or waiting to be read.
    """
    workers = workers or cores()
    source = iter(items)
    pool = ThreadPoolExecutor(workers)

    def started(count: int) -> list[tuple[Item, Future[Result]]]:
        return [(item, pool.submit(function, item)) for item in islice(source, count)]

    try:
        ahead = deque(started(workers + 1))
        while ahead:
            item, future = ahead.popleft()
            result = future.result()
            ahead.extend(started(1))
            yield item, result
    finally:
        # Whoever is told to stop, or has failed, does not wait for the chunks under way.
        pool.shutdown(wait=False, cancel_futures=True)
