"""What a process took."""

import os
import time
from dataclasses import dataclass

KB_PER_MB = 1024


@dataclass(frozen=True)
class Cost:
    """What processes took: seconds on the clock, seconds of processor, peak memory in MB."""

    wall: float
    cpu: float
    peak: float

    def __add__(self, other: "Cost") -> "Cost":
        """One after the other."""
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


NOTHING = Cost(0.0, 0.0, 0.0)


def wait_for(process: int, begin: float) -> tuple[int, Cost]:
    """Wait for the end of a child that began at ``begin``; return its status and its cost."""
    _, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - begin
    return status, Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / KB_PER_MB)
