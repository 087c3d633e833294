"""What the operator sees while the stack starts: a line for each step, with its times."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Progress:
    """Prints steps as they end, from several threads; the first column counts from the start."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Start the clock."""
        self._begin = self.clock()
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Print one line now, also where the output is a pipe.

        A terminal or pipe that was closed must not keep the stack from being ended in order.
        """
        with self._lock, suppress(OSError, ValueError):
            self.out.write(f"{text}\n")
            self.out.flush()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Print ``title`` with its duration once the block has ended well."""
        begin = self.clock()
        yield
        now = self.clock()
        self.say(f"  {now - self._begin:6.1f} s  {title} ({now - begin:.1f} s)")
