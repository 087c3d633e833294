"""Checks before the start, and the lock on a ``STATE_DIR``."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from compose.launcher.checks import (
    SOCKET_PATH_BYTES,
    check_folder,
    check_owner,
    check_ports,
    only_instance,
    running_instance,
)
from compose.launcher.errors import LaunchError
from compose.launcher.layout import REPOSITORY, Layout
from compose.launcher.settings import LauncherSettings


def check(layout: Layout) -> None:
    """Check a folder with PostgreSQL's socket in it."""
    check_folder(layout, layout.postgres / ".s.PGSQL.5432")


def test_good_folder_is_made(state_dir: Path) -> None:
    """The folders are there afterwards."""
    layout = Layout(state_dir)
    check(layout)
    assert layout.secrets.is_dir()


def test_longest_path_that_fits_is_accepted(state_dir: Path) -> None:
    """A path is refused for its bytes, not its characters, from the first byte too many."""
    room = SOCKET_PATH_BYTES - len(f"{state_dir.parent}//run/supervisor.sock.1234567")
    check(Layout(state_dir.parent / ("x" * room)))
    for name in ("x" * (room + 1), "é" * (room // 2 + 1)):
        with pytest.raises(LaunchError, match="too long a path for a unix socket"):
            check(Layout(state_dir.parent / name))


def test_comma_in_the_path_is_refused(state_dir: Path) -> None:
    """PostgreSQL's clients would look for two servers."""
    with pytest.raises(LaunchError, match="contains a comma"):
        check(Layout(state_dir / "a,b"))


def test_file_in_place_of_the_folder_is_named(state_dir: Path) -> None:
    """The sentence names the path and the reason."""
    state_dir.write_text("a file")
    with pytest.raises(LaunchError, match=f"STATE_DIR: {state_dir}/run cannot be written"):
        check(Layout(state_dir))


def test_forbidden_folder_is_named() -> None:
    """Not even root makes folders in the kernel's own file system."""
    with pytest.raises(LaunchError, match=r"^STATE_DIR: /proc/here cannot be written"):
        check(Layout(Path("/proc/here")))


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which this very process listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_taken_port_is_named_with_its_setting_and_its_holder(
    taken_port: int, state_dir: Path
) -> None:
    """The operator learns which setting to change and which process has the port."""
    settings = LauncherSettings(console_port=taken_port, state_dir=state_dir)
    with pytest.raises(LaunchError) as caught:
        check_ports(settings)
    findings = [f for f in str(caught.value).splitlines() if f.startswith("CONSOLE_PORT")]
    assert len(findings) == 1
    assert f"CONSOLE_PORT {taken_port} is taken by " in findings[0]
    assert "set CONSOLE_PORT to a free port" in findings[0]


def test_free_ports_pass(taken_port: int, state_dir: Path) -> None:
    """Unused ports are accepted, also one that was released just now."""
    ports = {}
    for name in ("console_port", "airflow_port", "mlflow_port"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports[name] = probe.getsockname()[1]
    assert taken_port not in ports.values()
    check_ports(LauncherSettings(state_dir=state_dir, **ports))


def test_own_or_absent_folder_passes_the_owner_check(state_dir: Path) -> None:
    """``stop`` and ``status`` accept the user's own folder and one that does not exist."""
    layout = Layout(state_dir)
    check_owner(layout)
    layout.create()
    check_owner(layout)


HOLD = """
import pathlib, sys
from compose.launcher.checks import only_instance
from compose.launcher.layout import Layout
with only_instance(Layout(pathlib.Path(sys.argv[1])), "http://there"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_new_folder_has_no_instance(layout: Layout) -> None:
    """Nobody holds its lock."""
    assert running_instance(layout) is None


def test_lock_tells_who_holds_it(layout: Layout) -> None:
    """Others learn process and address for as long as the lock is held."""
    with only_instance(layout, "http://here"):
        found = running_instance(layout)
    assert found is not None
    assert (found.pid, found.address) == (os.getpid(), "http://here")
    assert running_instance(layout) is None


def test_second_launcher_is_refused(layout: Layout) -> None:
    """The sentence says where the first one answers and how to end it."""
    with only_instance(layout, "http://here"), pytest.raises(LaunchError) as caught:  # noqa: SIM117
        with only_instance(layout, "http://there"):
            pass
    assert f"a stack already runs on STATE_DIR {layout.root} at http://here" in str(caught.value)
    assert "make stop" in str(caught.value)


def test_killed_holder_releases_the_lock(layout: Layout) -> None:
    """The file stays, but the kernel has released the lock."""
    command = (sys.executable, "-c", HOLD, str(layout.root))
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        found = running_instance(layout)
        assert found is not None
        assert found.pid == holder.pid
        holder.kill()
    assert running_instance(layout) is None
