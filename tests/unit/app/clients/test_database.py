"""The database client when there is no database."""

import socket
import time

import psycopg
import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.clients import postgres as module
from app.clients.postgres import Database
from pipeline.errors import Rejected, Unreachable
from tests.servers.stack import free_ports


@pytest.fixture
def database():
    """A database on a port on which nothing listens."""
    (port,) = free_ports(1)
    return Database(f"postgresql+psycopg://console:secret@127.0.0.1:{port}/mlflow")


def test_a_database_that_is_down_is_known_within_seconds(database):
    """The operator reads where it should be, and no password."""
    begin = time.monotonic()
    with pytest.raises(Unreachable, match=r"does not answer at .*127\.0\.0\.1") as caught:
        database.version()
    assert time.monotonic() - begin < 5
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OperationalError("q", None, psycopg.errors.AdminShutdown("going down")), Unreachable),
        (OperationalError("q", None, psycopg.errors.ConnectionFailure("gone")), Unreachable),
        (OperationalError("q", None, psycopg.errors.QueryCanceled("timeout\nmore")), Rejected),
        (ProgrammingError("q", None, psycopg.errors.UndefinedTable("no runs")), Rejected),
    ],
)
def test_a_server_that_goes_is_told_apart_from_a_refused_query(database, error, kind):
    """Only the loss of the server counts as its being down."""
    assert type(database._translated(error)) is kind


def test_a_server_that_accepts_and_says_nothing_is_given_up(monkeypatch):
    """The driver alone would wait for it for ever."""
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        database = Database(f"postgresql+psycopg://console@127.0.0.1:{port}/mlflow")
        begin = time.monotonic()
        with pytest.raises(Unreachable):
            database.version()
        assert time.monotonic() - begin < 2


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgresql+psycopg://console:secret@db:5433/mlflow", "db:5433/mlflow"),
        ("postgresql+psycopg://console@db/mlflow", "db:5432/mlflow"),
        (
            "postgresql+psycopg://console@/mlflow?host=/run/pg&port=5433&passfile=/x",
            "/run/pg:5433/mlflow",
        ),
    ],
)
def test_an_address_is_short_and_holds_no_password(url, address):
    """Whether the server is reached by network or by socket."""
    assert Database(url).address == address
