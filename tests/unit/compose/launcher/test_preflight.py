"""Everything that can be known to fail before something is started."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from compose.launcher.errors import LaunchError
from compose.launcher.layout import Layout
from compose.launcher.preflight import SOCKET_PATH_BYTES, check_folder, check_owner, check_ports
from compose.launcher.settings import LauncherSettings


def test_a_good_folder_is_made(state_dir: Path) -> None:
    """The folders are there afterwards."""
    layout = Layout(state_dir)
    check_folder(layout, 5432)
    assert layout.secrets.is_dir()


def test_the_longest_path_that_fits_is_accepted(state_dir: Path) -> None:
    """A path is refused for its bytes, not for its letters, and from the first byte too many."""
    room = SOCKET_PATH_BYTES - len(f"{state_dir.parent}//run/supervisor.sock.1234567")
    check_folder(Layout(state_dir.parent / ("x" * room)), 5432)
    for name in ("x" * (room + 1), "é" * (room // 2 + 1)):
        with pytest.raises(LaunchError, match="too long a path for a unix socket"):
            check_folder(Layout(state_dir.parent / name), 5432)


def test_a_comma_is_refused(state_dir: Path) -> None:
    """PostgreSQL's clients would look for two servers."""
    with pytest.raises(LaunchError, match="contains a comma"):
        check_folder(Layout(state_dir / "a,b"), 5432)


def test_a_file_in_the_way_is_named(state_dir: Path) -> None:
    """The sentence names the path and the reason."""
    state_dir.write_text("a file")
    with pytest.raises(LaunchError, match=f"STATE_DIR: {state_dir}/run cannot be written"):
        check_folder(Layout(state_dir), 5432)


def test_a_folder_that_the_system_forbids_is_named() -> None:
    """Not even root makes folders in the kernel's own file system."""
    with pytest.raises(LaunchError, match=r"^STATE_DIR: /proc/here cannot be written"):
        check_folder(Layout(Path("/proc/here")), 5432)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which this very process listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_with_its_setting_and_its_holder(
    taken_port: int, state_dir: Path
) -> None:
    """The operator learns which setting to change and which process is in the way."""
    settings = LauncherSettings(console_port=taken_port, state_dir=state_dir)
    with pytest.raises(LaunchError) as caught:
        check_ports(settings)
    findings = [f for f in str(caught.value).splitlines() if f.startswith("CONSOLE_PORT")]
    assert len(findings) == 1
    assert f"CONSOLE_PORT {taken_port} is taken by " in findings[0]
    assert "set CONSOLE_PORT to a free port" in findings[0]


def test_free_ports_pass(taken_port: int, state_dir: Path) -> None:
    """Ports that nobody has are not complained about, nor is one just given up."""
    ports = {}
    for name in ("console_port", "airflow_port", "mlflow_port"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports[name] = probe.getsockname()[1]
    assert taken_port not in ports.values()
    check_ports(LauncherSettings(state_dir=state_dir, **ports))


def test_an_own_or_absent_folder_may_be_asked_about(state_dir: Path) -> None:
    """Neither a stack of one's own nor none at all is refused."""
    layout = Layout(state_dir)
    check_owner(layout)
    layout.create()
    check_owner(layout)
