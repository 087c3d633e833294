"""A real supervisor with programs of a few lines."""

import sys
from collections.abc import Iterator

import psutil
import pytest

from compose.launcher.errors import LaunchError, SupervisorGoneError
from compose.launcher.layout import Layout
from compose.launcher.processes import end_stack
from compose.launcher.programs import Program
from compose.launcher.supervisor import State, Supervisor
from compose.launcher.waiting import Patience


def python(name: str, code: str, *, once: bool = False) -> Program:
    """Return a program that runs some lines of Python."""
    return Program(name, name, (sys.executable, "-c", code), once=once)


PROGRAMS = [
    python("web", "import time; time.sleep(600)"),
    python("good", "print('done')", once=True),
    python("bad", "raise SystemExit('the reason')", once=True),
]


@pytest.fixture
def supervisor(layout: Layout) -> Iterator[Supervisor]:
    """A supervisor that answers and has not started anything."""
    made = Supervisor(layout)
    process = made.start(PROGRAMS)
    Patience(60).until(made.answers, "the start of the supervisor")
    yield made
    end_stack(layout)
    process.wait()


def state_of(supervisor: Supervisor, name: str) -> State:
    """Return what the supervisor knows of one program."""
    return next(state for state in supervisor.states() if state.name == name)


def running(supervisor: Supervisor, name: str) -> int:
    """Wait until a program runs and return its process number."""
    Patience(60).until(lambda: state_of(supervisor, name).status == "RUNNING", name)
    return state_of(supervisor, name).pid


def test_nothing_is_started_by_itself(supervisor: Supervisor) -> None:
    """The launcher decides on the order."""
    assert {state.status for state in supervisor.states()} == {"STOPPED"}


def test_a_program_that_dies_is_started_again(supervisor: Supervisor) -> None:
    """Another process takes its place within seconds."""
    supervisor.start_program("web")
    first = running(supervisor, "web")
    psutil.Process(first).kill()
    Patience(60).until(lambda: state_of(supervisor, "web").pid not in (0, first), "the restart")
    assert running(supervisor, "web") != first


def test_an_errand_that_is_done_has_finished(supervisor: Supervisor) -> None:
    """It ended with success and is not started again."""
    supervisor.start_program("good")
    Patience(60).until(lambda: supervisor.has_finished("good"), "the errand")
    assert state_of(supervisor, "good").status == "EXITED"


def test_an_errand_that_fails_says_why(supervisor: Supervisor, layout: Layout) -> None:
    """The error names the log and carries its end."""
    supervisor.start_program("bad")
    with pytest.raises(LaunchError) as caught:
        Patience(60).until(lambda: supervisor.has_finished("bad"), "the errand")
    assert str(layout.log_of("bad")) in str(caught.value)
    assert caught.value.context == ("the reason",)


def test_an_unknown_program_is_a_clear_refusal(supervisor: Supervisor) -> None:
    """What the supervisor answers becomes a sentence."""
    with pytest.raises(LaunchError, match="the supervisor refused startProcess: BAD_NAME"):
        supervisor.start_program("nobody")


def test_a_supervisor_that_is_gone_is_said_to_be(layout: Layout) -> None:
    """Questions about states find nothing, calls say where to look."""
    absent = Supervisor(layout)
    assert not absent.answers()
    assert absent.states() == []
    with pytest.raises(SupervisorGoneError, match=str(layout.log_of("supervisor"))):
        absent.start_program("web")
