"""One launcher for one ``STATE_DIR``: a lock that the kernel drops when its holder dies."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import IO

from compose.launcher.errors import LaunchError
from compose.launcher.layout import Layout


@dataclass(frozen=True)
class Instance:
    """Who holds the lock, since when, and where its console answers."""

    pid: int
    since: str
    address: str


@contextmanager
def only_instance(layout: Layout, address: str) -> Iterator[None]:
    """Hold the lock for the length of the block.

    Raises
    ------
    LaunchError
        Another launcher holds it.
    """
    with layout.lock.open("a+") as file:
        if not _lock(file):
            raise LaunchError(_already_runs(layout))
        mine = Instance(os.getpid(), datetime.now(UTC).isoformat(timespec="seconds"), address)
        file.truncate(0)
        file.write(json.dumps(asdict(mine)))
        file.flush()
        yield


def running_instance(layout: Layout) -> Instance | None:
    """Return who holds the lock now."""
    if not layout.lock.exists():
        return None
    with layout.lock.open() as file:
        if _lock(file):
            return None
        content = file.read()
    return Instance(**json.loads(content)) if content else None


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _already_runs(layout: Layout) -> str:
    other = running_instance(layout)
    where = f" at {other.address} since {other.since} (process {other.pid})" if other else ""
    return (
        f"a stack already runs on STATE_DIR {layout.root}{where}: "
        "open that address, end it with `make stop`, or choose another STATE_DIR"
    )
