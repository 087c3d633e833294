"""Writing in the console's own tables: one method is one transaction and one return."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from app.clients.database import ANSWER_SECONDS, SERVICE, Database, limited_engine
from app.clients.errors import unreachable

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
