"""How long a run will take, told from past runs as honestly as they allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

NEAREST = 8
SIMILAR = 10.0


@dataclass(frozen=True)
class Estimate:
    """How long a run will take.

    Attributes
    ----------
    low, high
        Seconds; both 0 without a past run to go by.
    past_runs
        How many finished runs it rests on.
    sentence
        The same in words.
    """

    low: float
    high: float
    past_runs: int
    sentence: str


@dataclass(frozen=True)
class PastRun:
    """A finished run: its ``work`` (such as rows times trees) and how long it took."""

    work: float
    seconds: float


UNKNOWN = Estimate(0.0, 0.0, 0, "No past run to go by yet.")
UNLIKE = Estimate(0.0, 0.0, 0, "No past run of a similar size to go by yet.")


def estimate(work: float, past: Sequence[PastRun]) -> Estimate:
    """Bound the seconds that ``work`` takes.

    A run's time grows with its work, and at most in proportion, because starting and storing cost
    the same for any size. So a smaller past run bounds it from below with its own time and from
    above with its time scaled up; a larger one the other way round. The past runs nearest in size
    are taken, and the range spans what they say. Runs of more than ten times or less than a tenth
    of the work say nothing worth showing.
    """
    usable = [run for run in past if run.work > 0 and run.seconds > 0]
    if not usable or work <= 0:
        return UNKNOWN
    similar = [run for run in usable if 1 / SIMILAR <= work / run.work <= SIMILAR]
    if not similar:
        return UNLIKE
    nearest = sorted(similar, key=lambda run: abs(log(work / run.work)))[:NEAREST]
    low = min(run.seconds * min(1.0, work / run.work) for run in nearest)
    high = max(run.seconds * max(1.0, work / run.work) for run in nearest)
    noun = "run" if len(nearest) == 1 else "runs"
    return Estimate(
        low, high, len(nearest), f"{span(low, high)}, going by {len(nearest)} past {noun}."
    )


def span(low: float, high: float) -> str:
    """Write a range of seconds, such as ``12 to 15 s`` or ``about 2 min``."""
    unit, name = (60.0, "min") if high >= 120 else (1.0, "s")  # noqa: PLR2004 - two minutes
    first, last = max(1, round(low / unit)), max(1, round(high / unit))
    return f"about {last} {name}" if first == last else f"{first} to {last} {name}"
