"""Commands as a shell sees them: one sentence and an exit code, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from compose.launcher.commands import _duration, status, stop
from compose.launcher.layout import REPOSITORY, Layout


def launch(command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher in another process."""
    return subprocess.run(
        (sys.executable, "-m", "compose.launcher", command),
        cwd=REPOSITORY,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("settings", "code", "sentence"),
    [
        ({"CONSOLE_PORT": "x"}, 2, "error: CONSOLE_PORT: Input should be a valid integer"),
        ({"STATE_DIR": "/proc/x"}, 1, "error: STATE_DIR: /proc/x cannot be written"),
        ({"STATE_DIR": "x" * 99}, 1, "error: STATE_DIR /"),
    ],
)
def test_wrong_setting_or_folder_is_one_sentence(
    settings: dict[str, str], code: int, sentence: str
) -> None:
    """The error stream has one line, and the exit code tells the kind of error."""
    done = launch("run", **settings)
    assert done.returncode == code
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_status_exits_with_3_where_nothing_runs(state_dir: Path) -> None:
    """Three means not running, as in the service commands of Linux."""
    done = launch("status", STATE_DIR=str(state_dir))
    assert (done.returncode, done.stderr) == (3, "")


def test_stop_without_a_stack_succeeds(state_dir: Path) -> None:
    """It does nothing and creates nothing."""
    done = launch("stop", STATE_DIR=str(state_dir))
    assert (done.returncode, done.stderr) == (0, "")
    assert not state_dir.exists()


def test_unknown_command_is_a_usage_error() -> None:
    """The known commands are listed."""
    done = launch("restart")
    assert done.returncode == 2
    assert all(name in done.stderr for name in ("run", "stop", "status"))


def test_status_without_a_stack_names_the_folder(layout: Layout) -> None:
    """The sentence says that nothing runs there."""
    assert status(layout) == (False, f"Nothing runs on STATE_DIR {layout.root}.")


def test_stop_without_a_stack_names_the_folder(layout: Layout) -> None:
    """Stopping twice is no error."""
    assert stop(layout) == f"Nothing runs on STATE_DIR {layout.root}."


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 min 0 s"),
        (59, "0 min 59 s"),
        (61, "1 min 1 s"),
        (3600, "1 h 0 min"),
        (7322, "2 h 2 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_duration_has_two_units(seconds: float, said: str) -> None:
    """Seconds are shown in the first hour only."""
    assert _duration(seconds) == said
