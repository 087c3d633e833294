"""The table of ``status`` without a stack; see the integration tests for one with."""

import pytest

from compose.launcher.layout import Layout
from compose.launcher.status import _duration, status
from compose.launcher.stop import stop


def test_nothing_runs_where_nothing_was_started(layout: Layout) -> None:
    """The sentence names the folder that was looked at."""
    assert status(layout) == (False, f"Nothing runs on STATE_DIR {layout.root}.")


def test_there_is_nothing_to_stop_either(layout: Layout) -> None:
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
def test_a_duration_is_told_in_two_units(seconds: float, said: str) -> None:
    """Seconds matter in the first hour only."""
    assert _duration(seconds) == said
