"""The lines that the operator sees."""

import io

import pytest

from compose.launcher.progress import Progress


def test_a_step_shows_when_it_ended_and_how_long_it_took() -> None:
    """The first number counts from the start, the second is the step's own."""
    seconds = iter([0.0, 1.0, 3.5])
    out = io.StringIO()
    with Progress(out, lambda: next(seconds)).step("MLflow is ready"):
        pass
    assert out.getvalue() == "     3.5 s  MLflow is ready (2.5 s)\n"


def test_a_step_that_fails_is_not_shown_as_done() -> None:
    """An error inside the step prints nothing and is passed on."""
    out = io.StringIO()
    with pytest.raises(ValueError, match="no"), Progress(out).step("Airflow is ready"):
        raise ValueError("no")
    assert out.getvalue() == ""


def test_an_operator_who_left_does_not_keep_the_stack_from_ending() -> None:
    """A closed terminal or pipe is not an error."""
    out = io.StringIO()
    out.close()
    Progress(out).say("Everything has been stopped.")
    assert out.closed
