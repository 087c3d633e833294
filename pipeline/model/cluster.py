"""The same chunks on a Dask cluster: past one machine, with the results that one machine gives."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from pipeline.errors import ClusterError
from pipeline.model.parallel import map_threads
from pipeline.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from distributed import Client, Future

    from pipeline.model.scoring import MapChunks

Item = TypeVar("Item")
Result = TypeVar("Result")

CONNECT_SECONDS = 20
AHEAD_PER_THREAD = 2
"""Items under way for each thread of the cluster: one at work and one waiting beside it."""


@contextmanager
def chunk_mapper() -> Iterator[MapChunks]:
    """Yield what maps chunks: this machine's threads, or the cluster of the settings.

    Raises
    ------
    ClusterError
        ``DASK_SCHEDULER_ADDRESS`` is set, but nothing there answers or works.
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
    client: Client, function: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[tuple[Item, Result]]:
    """Yield each item with ``function(item)``, in the order of ``items``.

    The function is sent to each worker once. As many items are in flight as keep all workers
    busy, so memory is bounded here and there. Who loses a worker gets its items done by others.

    Raises
    ------
    ClusterError
        The cluster has lost the work; what ``function`` raises is raised as it is.
    """
    from distributed import CancelledError, KilledWorker  # noqa: PLC0415 - slow to import

    sent = client.scatter(function, broadcast=True, hash=False)
    source = iter(items)

    def started(count: int) -> list[tuple[Item, Future[Result]]]:
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


def _room(client: Client) -> int:
    """Return how many items may be in flight; workers come and go."""
    threads: dict[str, int] = client.nthreads()
    return max(1, AHEAD_PER_THREAD * sum(threads.values()))


def _connect(address: str) -> Client:
    from distributed import Client  # noqa: PLC0415 - slow to import

    try:
        client: Client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
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
