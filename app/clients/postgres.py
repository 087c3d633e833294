"""MLflow's database, read only: what its own API cannot sum up."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Executable, Row, create_engine, text
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from app.clients.errors import Rejected, ServiceError, unreachable

SERVICE = "PostgreSQL"
CONNECT_SECONDS, STATEMENT_SECONDS, ANSWER_SECONDS = 3, 8, 10
POOL_SIZE = 5


def limited_engine(url: str, name: str, **limits: str) -> Engine:
    """Return an engine with a small pool whose statements end within seconds.

    Parameters
    ----------
    name
        What the server's own lists call these connections.
    limits
        Further settings of PostgreSQL for each connection.
    """
    settings = {"statement_timeout": f"{STATEMENT_SECONDS}s", **limits}
    return create_engine(
        url,
        pool_size=2,
        max_overflow=POOL_SIZE - 2,
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": " ".join(f"-c {setting}={value}" for setting, value in settings.items()),
            "application_name": name,
        },
    )


def read_only_engine(url: str) -> Engine:
    """Return an engine that never writes."""
    return limited_engine(url, "anomaly-console", default_transaction_read_only="on")


def address_of(url: URL) -> str:
    """Return where a database is, in short and without a password: host or folder, port, name."""
    host = url.host or url.query.get("host", "localhost")
    port = url.port or url.query.get("port", "5432")
    return f"{host}:{port}/{url.database}"


class Database:
    """One method is one query and one return."""

    def __init__(self, url: str) -> None:
        self._engine = read_only_engine(url)
        self._threads = ThreadPoolExecutor(POOL_SIZE, "database")
        self.address = address_of(make_url(url))

    def version(self) -> str:
        """Return PostgreSQL's version, such as ``18.4``."""
        return str(self.rows(text("SHOW server_version"))[0][0]).split(" ", 1)[0]

    def started(self) -> datetime:
        """Return when the server was started."""
        moment: datetime = self.rows(text("SELECT pg_postmaster_start_time()"))[0][0]
        return moment

    def rows(self, query: Executable) -> Sequence[Row[Any]]:
        """Return every row of a query that limits itself.

        The driver would wait for ever for a server that accepts and then says nothing, so it waits
        in a thread of its own and is left there.
        """
        try:
            return self._threads.submit(self._fetch, query).result(ANSWER_SECONDS)
        except DBAPIError as error:
            raise self._meaning(error) from error
        except (PoolTimeout, TimeoutError) as error:
            raise unreachable(SERVICE, self.address) from error

    def _fetch(self, query: Executable) -> Sequence[Row[Any]]:
        with self._engine.connect() as connection:
            return connection.execute(query).all()

    def _meaning(self, error: DBAPIError) -> ServiceError:
        """Tell a server that is gone or going (no state, class 08 or 57P) from a refused query."""
        state = getattr(error.orig, "sqlstate", None) or ""
        if not state or state.startswith(("08", "57P")):
            return unreachable(SERVICE, self.address)
        return Rejected(SERVICE, str(error.orig).strip().split("\n", 1)[0])


LOCK_SECONDS = 3

R = TypeVar("R")


def writing_engine(url: str) -> Engine:
    """Return an engine that writes and waits for no lock longer than seconds."""
    return limited_engine(url, "anomaly-console decisions", lock_timeout=f"{LOCK_SECONDS}s")


class Transactions(Database):
    """A database that is written to."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._engine = writing_engine(url)

    def _transact(self, do: Callable[[Session], R], seconds: float = ANSWER_SECONDS) -> R:
        """Do something in one transaction, in a thread of its own as ``Database.rows`` does."""
        try:
            return self._threads.submit(self._in_transaction, do).result(seconds)
        except DBAPIError as error:
            raise self._meaning(error) from error
        except (PoolTimeout, TimeoutError) as error:
            raise unreachable(SERVICE, self.address) from error

    def _in_transaction(self, do: Callable[[Session], R]) -> R:
        with Session(self._engine) as session, session.begin():
            return do(session)
