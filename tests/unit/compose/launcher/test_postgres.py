"""Addresses and commands of the embedded database; see the integration tests for the server."""

import os
from dataclasses import replace

from sqlalchemy import make_url

from compose.launcher.account import Account
from compose.launcher.postgres import find_binaries
from compose.launcher.stack import Stack

ACCOUNT = Account(70, 71, ("become", "--user"))


def test_the_wheel_s_own_executables_are_used() -> None:
    """Nothing of the system's PostgreSQL is needed."""
    for name in ("postgres", "initdb", "pg_isready"):
        assert os.access(find_binaries() / name, os.X_OK)


def test_an_address_holds_no_password(stack: Stack) -> None:
    """It names the file in which libpq finds the password, and survives SQLAlchemy."""
    url = make_url(stack.postgres.url("console", "mlflow"))
    assert url.password is None
    assert (url.username, url.database) == ("console", "mlflow")
    assert url.query["host"] == str(stack.layout.postgres)
    assert url.query["passfile"] == str(stack.credentials.passfile("console"))


def test_there_is_no_port_unless_one_is_asked_for(stack: Stack) -> None:
    """By default the server answers on its socket alone."""
    command = stack.postgres.program(ACCOUNT).command
    assert "listen_addresses=" in command
    asked = replace(stack.postgres, port=6543).program(ACCOUNT)
    assert "listen_addresses=127.0.0.1" in asked.command
    assert "port=6543" in asked.command
    assert asked.address == "127.0.0.1:6543"


def test_the_server_is_stopped_by_a_fast_shutdown(stack: Stack) -> None:
    """SIGTERM would wait for clients; also when its parent dies it gets SIGINT."""
    program = stack.postgres.program(ACCOUNT)
    assert program.stop_signal == "INT"
    assert program.command[:3] == ("become", "--user", "--pdeathsig=INT")


def test_a_dead_server_s_note_is_forgotten(stack: Stack) -> None:
    """A number that belongs to another program now would keep PostgreSQL from starting."""
    stack.layout.postgres_data.mkdir(parents=True)
    note = stack.layout.postgres_data / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n/somewhere\n")
    stack.postgres.forget_dead_server()
    assert not note.exists()
    stack.postgres.forget_dead_server()
