"""Waits end for one of three reasons."""

import pytest

from compose.launcher.errors import InterruptedStartError, LaunchError
from compose.launcher.waiting import Patience


def test_a_condition_that_holds_is_not_waited_for() -> None:
    """Nothing is slept when nothing has to be."""
    asked = []
    Patience(0).until(lambda: not asked.append("once"), "it")
    assert asked == ["once"]


def test_the_condition_is_asked_until_it_holds() -> None:
    """The wait ends with the first yes."""
    answers = iter([False, False, True])
    Patience(60).until(lambda: next(answers), "it")
    assert list(answers) == []


def test_time_runs_out_with_a_sentence() -> None:
    """The sentence names what did not happen and how long that took."""
    seconds = iter([0.0, 31.0])
    patience = Patience(30, clock=lambda: next(seconds))
    with pytest.raises(LaunchError, match=r"^the answer did not happen within 30 seconds$"):
        patience.until(lambda: False, "the answer")


def test_a_wait_is_interrupted() -> None:
    """Who asks to stop does not wait for what the launcher waits for."""
    patience = Patience(60)
    patience.stopping.set()
    with pytest.raises(InterruptedStartError):
        patience.until(lambda: False, "it")
