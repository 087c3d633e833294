"""What is checked before anything is started, so that a failure is one clear sentence."""

import errno
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from compose.launcher.errors import LaunchError
from compose.launcher.layout import Layout
from compose.launcher.processes import supervisor_address
from compose.launcher.settings import LauncherSettings

SOCKET_PATH_BYTES = 107 if sys.platform.startswith("linux") else 103
SUPERVISOR_SUFFIX = ".1234567"  # it first makes its socket under a name with its process number


def check_folder(layout: Layout, socket_port: int) -> None:
    """Make the folders of ``STATE_DIR``.

    Raises
    ------
    LaunchError
        The path cannot hold a socket, or the folder cannot be written.
    """
    _check_path(layout, socket_port)
    try:
        layout.create()
    except OSError as error:
        raise LaunchError(_not_writable(error.filename, error.strerror)) from None
    for folder in layout.folders:
        if not os.access(folder, os.W_OK | os.X_OK):
            raise LaunchError(_not_writable(folder, "it belongs to another user"))


def check_owner(layout: Layout) -> None:
    """Refuse to look for a stack of somebody else, which would seem not to run.

    Raises
    ------
    LaunchError
        The folder belongs to another user.
    """
    if layout.root.exists() and not os.access(layout.root, os.X_OK):
        raise LaunchError(_not_ours(layout.root))
    if layout.run.exists() and not os.access(layout.run, os.R_OK | os.W_OK | os.X_OK):
        raise LaunchError(_not_ours(layout.run))


def _not_ours(folder: Path) -> str:
    return (
        f"STATE_DIR: {folder} belongs to another user: ask as the user who started the stack, "
        "or choose another STATE_DIR"
    )


def _check_path(layout: Layout, socket_port: int) -> None:
    paths = (f"{layout.supervisor_socket}{SUPERVISOR_SUFFIX}", layout.postgres_socket(socket_port))
    longest = max((str(path) for path in paths), key=lambda path: len(os.fsencode(path)))
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


def check_ports(settings: LauncherSettings) -> None:
    """Find the ports that the stack cannot have.

    Raises
    ------
    LaunchError
        One line for each port that is taken or forbidden.
    """
    if findings := list(_port_findings(settings.ports)):
        raise LaunchError("\n".join(findings))


def _port_findings(ports: dict[str, int]) -> Iterator[str]:
    for name, port in ports.items():
        reason = _refusal(port)
        if reason == errno.EADDRINUSE:
            yield f"{name} {port} is taken by {_holder(port)}: end it or set {name} to a free port"
        elif reason:
            yield f"{name} {port} cannot be used ({os.strerror(reason)}): set {name} to another"


def _refusal(port: int) -> int:
    """Return why ``port`` cannot be bound, as an error number, or 0."""
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
        if (
            found.status == psutil.CONN_LISTEN
            and found.laddr
            and found.laddr.port == port
            and found.pid
        ):
            yield found.pid
