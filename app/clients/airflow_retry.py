"""When a request to Airflow is sent a second time."""

from types import TracebackType
from typing import Self

from urllib3 import BaseHTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import ReadTimeoutError


class RetryClosed(Retry):
    """One more try for what is safe to repeat, when a kept-alive connection was closed under us.

    A refused connection and a server that is slow are known the first time.
    """

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Count a failure; a read that took too long is raised as it is."""
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


RETRY = RetryClosed(total=1, connect=0, read=1, redirect=0, status=0, other=0)
