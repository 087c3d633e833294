"""Checks before anything is started, so that a failure is one clear sentence."""

import errno
import fcntl
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psutil

from compose.launcher.errors import LaunchError
from compose.launcher.layout import Layout
from compose.launcher.processes import supervisor_address
from compose.launcher.settings import LauncherSettings

SOCKET_PATH_BYTES = 107 if sys.platform.startswith("linux") else 103
SUPERVISOR_SUFFIX = ".1234567"  # the supervisor first makes its socket with its process number


def check_folder(layout: Layout, postgres_socket: Path) -> None:
    """Make the folders of ``STATE_DIR``; its path must have room for sockets and be writable."""
    _check_path(layout, postgres_socket)
    try:
        layout.create()
    except OSError as error:
        raise LaunchError(_not_writable(error.filename, error.strerror)) from None
    for folder in layout.folders:
        if not os.access(folder, os.W_OK | os.X_OK):
            raise LaunchError(_not_writable(folder, "it belongs to another user"))


def _check_path(layout: Layout, postgres_socket: Path) -> None:
    paths = (f"{layout.supervisor_socket}{SUPERVISOR_SUFFIX}", str(postgres_socket))
    longest = max(paths, key=lambda path: len(os.fsencode(path)))
    length = len(os.fsencode(longest))
    if length > SOCKET_PATH_BYTES:
        raise LaunchError(
            f"STATE_DIR {layout.root} is too long a path for a unix socket: {longest} has {length} "
            f"bytes and at most {SOCKET_PATH_BYTES} fit; choose a shorter STATE_DIR"
        )
    if "," in str(layout.root):
        raise LaunchError(
            f"STATE_DIR {layout.root} contains a comma, which PostgreSQL's clients take for a list "
            "of servers; choose a STATE_DIR without one"
        )


def _not_writable(folder: object, reason: str | None) -> str:
    return f"STATE_DIR: {folder} cannot be written ({reason}): choose another folder or its owner"


def check_owner(layout: Layout) -> None:
    """Refuse the folder of another user, whose stack would seem not to run."""
    for folder, access in ((layout.root, os.X_OK), (layout.run, os.R_OK | os.W_OK | os.X_OK)):
        if folder.exists() and not os.access(folder, access):
            raise LaunchError(
                f"STATE_DIR: {folder} belongs to another user: ask as the user who started the "
                "stack, or choose another STATE_DIR"
            )


def check_ports(settings: LauncherSettings) -> None:
    """Raise ``LaunchError`` with a line for each port that is taken or forbidden."""
    if findings := list(_port_findings(settings.ports)):
        raise LaunchError("\n".join(findings))


def _port_findings(ports: dict[str, int]) -> Iterator[str]:
    for name, port in ports.items():
        reason = _bind_error(port)
        if reason == errno.EADDRINUSE:
            yield f"{name} {port} is taken by {_holder(port)}: end it or set {name} to a free port"
        elif reason:
            yield f"{name} {port} cannot be used ({os.strerror(reason)}): set {name} to another"


def _bind_error(port: int) -> int:
    """Return the error number of binding ``port``, or 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno or errno.EINVAL
    return 0


def _holder(port: int) -> str:
    """Name the listener where the system lets us see it."""
    try:
        process = psutil.Process(next(_listeners(port)))
        address = supervisor_address(process)
    except (psutil.Error, StopIteration):
        return "another program"
    if address:
        return f"another Anomaly Console (STATE_DIR {Path(address).parents[1]})"
    return f"{process.name()} (process {process.pid})"


def _listeners(port: int) -> Iterator[int]:
    for found in psutil.net_connections("tcp"):
        listens = found.status == psutil.CONN_LISTEN and found.laddr and found.laddr.port == port
        if listens and found.pid:
            yield found.pid


@dataclass(frozen=True)
class Instance:
    """The launcher that holds the lock on a ``STATE_DIR``; ``address`` is its console's."""

    pid: int
    since: str
    address: str


@contextmanager
def only_instance(layout: Layout, address: str) -> Iterator[None]:
    """Hold the lock for the length of the block; the kernel releases it if its holder dies."""
    with layout.lock.open("a+") as file:
        if not _lock(file):
            other = running_instance(layout)
            where = (
                f" at {other.address} since {other.since} (process {other.pid})" if other else ""
            )
            raise LaunchError(
                f"a stack already runs on STATE_DIR {layout.root}{where}: "
                "open that address, end it with `make stop`, or choose another STATE_DIR"
            )
        instance = Instance(os.getpid(), datetime.now(UTC).isoformat(timespec="seconds"), address)
        file.truncate(0)
        file.write(json.dumps(asdict(instance)))
        file.flush()
        yield


def running_instance(layout: Layout) -> Instance | None:
    """Return the holder of the lock, if any."""
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
