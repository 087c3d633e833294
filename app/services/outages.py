"""Remembers since when a service is down."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Outages:
    """The moment each service was first seen down; shared by all operators of one process."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._since: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def note(self, service: str, *, down: bool) -> datetime | None:
        """Record what was just seen, and return since when ``service`` is down."""
        with self._lock:
            if not down:
                self._since.pop(service, None)
                return None
            return self._since.setdefault(service, self._now())
