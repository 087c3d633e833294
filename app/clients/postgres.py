"""PostgreSQL with time limits: read-only queries, and transactions on the console's tables."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Executable, Row, create_engine, text
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from app.clients.errors import unreachable
from pipeline.errors import Rejected, ServiceError

SERVICE = "PostgreSQL"
CONNECT_SECONDS, STATEMENT_SECONDS, ANSWER_SECONDS = 3, 8, 10
POOL_SIZE = 5
LOCK_SECONDS = 3

R = TypeVar("R")


def limited_engine(url: str, name: str, **limits: str) -> Engine:
    """Return an engine with a small pool whose statements end within seconds.

    Parameters
    ----------
    name
        Application name of these connections in PostgreSQL.
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


def address_of(url: URL) -> str:
    """Return host or socket folder, port and name of a database, without its password."""
    host = url.host or url.query.get("host", "localhost")
    port = url.port or url.query.get("port", "5432")
    return f"{host}:{port}/{url.database}"


class Database:
    """Read-only queries, each answered or refused within seconds."""

    def __init__(self, url: str) -> None:
        self._engine = limited_engine(url, "anomaly-console", default_transaction_read_only="on")
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

        The driver waits without end for a server that accepts a connection and then hangs, so it
        runs in a thread that is abandoned after ``ANSWER_SECONDS``.
        """
        try:
            return self._threads.submit(self._fetch, query).result(ANSWER_SECONDS)
        except DBAPIError as error:
            raise self._translated(error) from error
        except (PoolTimeout, TimeoutError) as error:
            raise unreachable(SERVICE, self.address) from error

    def _fetch(self, query: Executable) -> Sequence[Row[Any]]:
        with self._engine.connect() as connection:
            return connection.execute(query).all()

    def _translated(self, error: DBAPIError) -> ServiceError:
        """Return Unreachable for a lost server (no state, class 08 or 57P), else Rejected."""
        state = getattr(error.orig, "sqlstate", None) or ""
        if not state or state.startswith(("08", "57P")):
            return unreachable(SERVICE, self.address)
        return Rejected(SERVICE, str(error.orig).strip().split("\n", 1)[0])


class Transactions(Database):
    """A database whose tables the console writes."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._engine = limited_engine(
            url, "anomaly-console decisions", lock_timeout=f"{LOCK_SECONDS}s"
        )

    def _transact(self, do: Callable[[Session], R], seconds: float = ANSWER_SECONDS) -> R:
        """Run ``do`` in one transaction, in a thread of its own as ``Database.rows`` does."""
        try:
            return self._threads.submit(self._in_transaction, do).result(seconds)
        except DBAPIError as error:
            raise self._translated(error) from error
        except (PoolTimeout, TimeoutError) as error:
            raise unreachable(SERVICE, self.address) from error

    def _in_transaction(self, do: Callable[[Session], R]) -> R:
        with Session(self._engine) as session, session.begin():
            return do(session)
