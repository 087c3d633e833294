"""Runs one function over many chunks at once, on threads or on a Dask cluster.

Results come in the order of the chunks, the same ones on one machine and on many, and memory is
bounded.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from pipeline.errors import ClusterError
from pipeline.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import distributed

    from pipeline.model.scoring import MapChunks

Item = TypeVar("Item")
Result = TypeVar("Result")

CONNECT_SECONDS = 20
AHEAD_PER_THREAD = 2
"""Chunks under way for each thread of the cluster: one at work and one waiting beside it."""


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_threads(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None
) -> Iterator[tuple[Item, Result]]:
    """Yield each item with ``function(item)``, in the order of ``items``.

    Threads are enough, because forests and Arrow release the interpreter lock.
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
        # A cancelled or failed task does not wait for the chunks under way.
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def chunk_mapper() -> Iterator[MapChunks]:
    """Yield the function that maps chunks: ``map_threads``, or the cluster of the settings.

    Raises
    ------
    ClusterError
        ``DASK_SCHEDULER_ADDRESS`` is set, but no scheduler answers there or it has no worker.
    """
    address = settings().dask_scheduler_address
    if not address:
        yield map_threads
        return
    client = _connect(address)
    try:
        yield partial(map_cluster, client)
    finally:
        client.close(timeout=CONNECT_SECONDS)


def map_cluster(
    client: distributed.Client, function: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[tuple[Item, Result]]:
    """Yield each item with ``function(item)``, in the order of ``items``.

    The function is sent to each worker once. As many items are in flight as keep all workers
    busy. The items of a lost worker are done by the others.

    Raises
    ------
    ClusterError
        All workers were lost; what ``function`` raises is raised as it is.
    """
    from distributed import CancelledError, KilledWorker  # noqa: PLC0415 - slow to import

    sent = client.scatter(function, broadcast=True, hash=False)
    source = iter(items)

    def started(count: int) -> list[tuple[Item, distributed.Future[Result]]]:
        return [
            (item, client.submit(_call, sent, item, pure=False)) for item in islice(source, count)
        ]

    ahead = deque(started(1))
    try:
        while ahead:
            ahead.extend(started(_room(client) - len(ahead)))
            item, future = ahead.popleft()
            yield item, future.result()
    except (CancelledError, KilledWorker) as error:
        raise ClusterError(
            "the Dask cluster lost its workers while they worked; see their logs, and run the "
            "scoring again"
        ) from error
    finally:
        client.cancel([future for _, future in ahead])


def _call(function: Callable[[Item], Result], item: Item) -> Result:
    return function(item)


def _room(client: distributed.Client) -> int:
    """Return how many items may be in flight; workers come and go."""
    threads: dict[str, int] = client.nthreads()
    return max(1, AHEAD_PER_THREAD * sum(threads.values()))


def _connect(address: str) -> distributed.Client:
    from distributed import Client  # noqa: PLC0415 - slow to import

    try:
        client: distributed.Client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {address}; start it, or set DASK_SCHEDULER_ADDRESS to "
            "where it runs, or to nothing to score on this machine"
        ) from error
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError as error:
        client.close()
        raise ClusterError(
            f"the Dask scheduler at {address} has no worker; start one, or set "
            "DASK_SCHEDULER_ADDRESS to nothing to score on this machine"
        ) from error
    return client
