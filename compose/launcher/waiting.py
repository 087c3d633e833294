"""Waiting for a condition, until it holds, time is up or somebody asks to stop."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from compose.launcher.errors import InterruptedStartError, LaunchError

INTERVAL_SECONDS = 0.2


@dataclass
class Patience:
    """How long a start may take, shared by all who wait for a part of it.

    Attributes
    ----------
    seconds
        Allowed from the creation of this object on.
    stopping
        Set to end every wait.
    """

    seconds: float
    stopping: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Start the clock."""
        self._deadline = self.clock() + self.seconds

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Return once ``condition`` holds.

        Raises
        ------
        InterruptedStartError
            ``stopping`` was set.
        LaunchError
            Time is up; the message says that ``what`` did not happen.
        """
        while not condition():
            if self.stopping.wait(INTERVAL_SECONDS):
                raise InterruptedStartError
            if self.clock() > self._deadline:
                raise LaunchError(f"{what} did not happen within {self.seconds:.0f} seconds")
