"""Rate limiting of sign-in: after a few failures each further attempt waits longer."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

KEYS = 10_000


@dataclass
class Attempts:
    """Failures in a row of one key, and when its next attempt is allowed."""

    count: int = 0
    free_at: float = 0.0


class Throttle:
    """Counts attempts by key, such as a user name or an address.

    Parameters
    ----------
    free
        Attempts before any has to wait.
    first, longest
        Seconds of the first wait, which then doubles, and of the longest.
    clock
        Seconds that only grow.
    """

    def __init__(
        self,
        free: int,
        first: float,
        longest: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = free
        self._first = first
        self._longest = longest
        self._clock = clock
        self._lock = threading.Lock()
        self._attempts: dict[str, Attempts] = {}

    def admit(self, key: str) -> float:
        """Count an attempt and return 0, or return the seconds it has to wait, uncounted.

        An attempt counts when it begins, so that many at once do not all slip through before the
        first has failed.
        """
        with self._lock:
            now = self._clock()
            attempts = self._attempts.setdefault(key, Attempts())
            if now < attempts.free_at:
                return attempts.free_at - now
            attempts.count += 1
            over = attempts.count - self._free
            if over >= 0:
                attempts.free_at = now + min(self._longest, self._first * 2**over)
            self._forget(now)
            return 0.0

    def succeed(self, key: str) -> None:
        """Forget the failures of ``key``."""
        with self._lock:
            self._attempts.pop(key, None)

    def _forget(self, now: float) -> None:
        """Drop idle keys once there are many, so that made-up names use no memory."""
        if len(self._attempts) > KEYS:
            idle = now - self._longest
            kept = {key: seen for key, seen in self._attempts.items() if seen.free_at > idle}
            self._attempts = kept
