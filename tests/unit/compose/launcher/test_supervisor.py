"""The supervisor's file, read back by its own rules, and a real supervisor with small programs."""

import os
import shlex
import sys
from collections.abc import Iterator
from configparser import RawConfigParser
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from compose.launcher.errors import LaunchError, SupervisorGoneError
from compose.launcher.health import Deadline
from compose.launcher.layout import Layout
from compose.launcher.processes import Program, end_stack
from compose.launcher.supervisor import ProgramState, Supervisor, supervisor_configuration

DATABASE = Program(name="postgres", title="PostgreSQL", command=("postgres",), stop_signal="INT")
SERVICE = Program(name="web", title="Web", command=("serve", "--secret-free"))
JOB = replace(SERVICE, name="job", once=True)


def read(layout: Layout) -> RawConfigParser:
    """Parse the configuration of the three programs."""
    parser = RawConfigParser(inline_comment_prefixes=(";", "#"))
    parser.read_string(supervisor_configuration(layout, [DATABASE, SERVICE, JOB]))
    return parser


def test_supervisor_listens_on_a_private_socket_only(layout: Layout) -> None:
    """There is no TCP server, and only the owner may talk to the socket."""
    parser = read(layout)
    assert "inet_http_server" not in parser
    assert parser["unix_http_server"]["file"] == str(layout.supervisor_socket)
    assert parser["unix_http_server"]["chmod"] == "0700"


def test_database_is_stopped_last_and_alone(layout: Layout) -> None:
    """Groups are stopped from the highest priority down, so the services come first."""
    parser = read(layout)
    assert parser["group:services"]["programs"] == "web,job"
    assert parser.getint("program:postgres", "priority") < parser.getint(
        "group:services", "priority"
    )
    assert parser["program:postgres"]["stopsignal"] == "INT"


def test_service_is_restarted_and_one_time_program_is_not(layout: Layout) -> None:
    """A program that has done its work and ended is left alone."""
    parser = read(layout)
    assert parser.getboolean("program:web", "autorestart")
    assert not parser.getboolean("program:job", "autorestart")


def test_signals_reach_the_whole_process_group(layout: Layout) -> None:
    """A server's workers are asked to end, and ended, together with it."""
    section = read(layout)["program:web"]
    assert section["stopasgroup"] == section["killasgroup"] == "true"


def test_logs_are_rotated(layout: Layout) -> None:
    """Each program has a log of its own that cannot grow without bounds."""
    section = read(layout)["program:web"]
    assert section["stdout_logfile"] == str(layout.log_of("web"))
    assert section["stdout_logfile_maxbytes"] == "10MB"


@pytest.mark.parametrize("name", ["with space", "100%", "it's"])
def test_any_folder_name_is_quoted_correctly(tmp_path: Path, name: str) -> None:
    """Spaces, percent signs and quotes reach the wrapper as they are."""
    parser = read(Layout(tmp_path / name))
    command = shlex.split(parser["program:web"]["command"].replace("%%", "%"))
    assert command[-2:] == [str(tmp_path / name), "web"]


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
    process = made.start(PROGRAMS, os.environ)
    Deadline(60).wait_until(made.answers, "the start of the supervisor")
    yield made
    end_stack(layout)
    process.wait()


def state_of(supervisor: Supervisor, name: str) -> ProgramState:
    """Return what the supervisor knows of one program."""
    return next(state for state in supervisor.states() if state.name == name)


def running(supervisor: Supervisor, name: str) -> int:
    """Wait until a program runs and return its process number."""
    Deadline(60).wait_until(lambda: state_of(supervisor, name).status == "RUNNING", name)
    return state_of(supervisor, name).pid


def test_no_program_starts_by_itself(supervisor: Supervisor) -> None:
    """The launcher decides on the order."""
    assert {state.status for state in supervisor.states()} == {"STOPPED"}


def test_killed_program_is_restarted(supervisor: Supervisor) -> None:
    """Another process takes its place within seconds."""
    supervisor.start_program("web")
    first = running(supervisor, "web")
    psutil.Process(first).kill()
    Deadline(60).wait_until(
        lambda: state_of(supervisor, "web").pid not in (0, first), "the restart"
    )
    assert running(supervisor, "web") != first


def test_one_time_program_finishes(supervisor: Supervisor) -> None:
    """It ended with success and is not started again."""
    supervisor.start_program("good")
    Deadline(60).wait_until(lambda: supervisor.has_finished("good"), "the end")
    assert state_of(supervisor, "good").status == "EXITED"


def test_failed_one_time_program_says_why(supervisor: Supervisor, layout: Layout) -> None:
    """The error names the log and carries its end."""
    supervisor.start_program("bad")
    with pytest.raises(LaunchError) as caught:
        Deadline(60).wait_until(lambda: supervisor.has_finished("bad"), "the end")
    assert str(layout.log_of("bad")) in str(caught.value)
    assert caught.value.context == ("the reason",)


def test_unknown_program_is_refused_in_a_sentence(supervisor: Supervisor) -> None:
    """The sentence quotes the supervisor's answer."""
    with pytest.raises(LaunchError, match="the supervisor refused startProcess: BAD_NAME"):
        supervisor.start_program("nobody")


def test_absent_supervisor_is_reported(layout: Layout) -> None:
    """It has no states, and calls to it name its log."""
    absent = Supervisor(layout)
    assert not absent.answers()
    assert absent.states() == []
    with pytest.raises(SupervisorGoneError, match=str(layout.log_of("supervisor"))):
        absent.start_program("web")
