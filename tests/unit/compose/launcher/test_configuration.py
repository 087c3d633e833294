"""The supervisor's file, read back by the supervisor's own rules."""

import shlex
from configparser import RawConfigParser
from dataclasses import replace
from pathlib import Path

import pytest

from compose.launcher.configuration import supervisor_configuration
from compose.launcher.layout import Layout
from compose.launcher.programs import Program

DATABASE = Program(name="postgres", title="PostgreSQL", command=("postgres",), stop_signal="INT")
SERVICE = Program(name="web", title="Web", command=("serve", "--secret-free"))
ERRAND = replace(SERVICE, name="errand", once=True)


def read(layout: Layout) -> RawConfigParser:
    """Parse the configuration of the three programs."""
    parser = RawConfigParser(inline_comment_prefixes=(";", "#"))
    parser.read_string(supervisor_configuration(layout, [DATABASE, SERVICE, ERRAND]))
    return parser


def test_it_listens_on_a_private_socket_only(layout: Layout) -> None:
    """There is no TCP server, and only the owner may talk to the socket."""
    parser = read(layout)
    assert "inet_http_server" not in parser
    assert parser["unix_http_server"]["file"] == str(layout.supervisor_socket)
    assert parser["unix_http_server"]["chmod"] == "0700"


def test_the_database_is_stopped_last_and_alone(layout: Layout) -> None:
    """Groups are stopped from the highest priority down, so the services come first."""
    parser = read(layout)
    assert parser["group:services"]["programs"] == "web,errand"
    assert parser.getint("program:postgres", "priority") < parser.getint(
        "group:services", "priority"
    )
    assert parser["program:postgres"]["stopsignal"] == "INT"


def test_a_service_is_restarted_and_an_errand_is_not(layout: Layout) -> None:
    """What ends by itself having done its work is left alone."""
    parser = read(layout)
    assert parser.getboolean("program:web", "autorestart")
    assert not parser.getboolean("program:errand", "autorestart")


def test_signals_reach_the_whole_group(layout: Layout) -> None:
    """A server's workers are asked to end, and ended, together with it."""
    section = read(layout)["program:web"]
    assert section["stopasgroup"] == section["killasgroup"] == "true"


def test_logs_are_rotated(layout: Layout) -> None:
    """Each program has a log of its own that cannot grow without bounds."""
    section = read(layout)["program:web"]
    assert section["stdout_logfile"] == str(layout.log_of("web"))
    assert section["stdout_logfile_maxbytes"] == "10MB"


@pytest.mark.parametrize("name", ["with space", "100%", "it's"])
def test_any_folder_name_survives(tmp_path: Path, name: str) -> None:
    """Spaces, percent signs and quotes reach the wrapper as they are."""
    parser = read(Layout(tmp_path / name))
    command = shlex.split(parser["program:web"]["command"].replace("%%", "%"))
    assert command[-2:] == [str(tmp_path / name), "web"]
