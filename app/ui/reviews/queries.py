"""Questions about single rows and their verdicts, kept for a moment per operator."""

from app.services.reviews.types import Candidate, Precision, Record, StoredVerdict
from app.ui.kit.caching import question
from app.wiring import Console

SHORT, LONG = 15, 24 * 3600


@question(LONG)
def records(console: Console, run_id: str, rows: tuple[int, ...]) -> list[Record]:
    """Some rows of a scored run."""
    return console.reviews.records(run_id, rows)


@question(SHORT)
def history(console: Console, keys: tuple[str, ...]) -> dict[str, list[StoredVerdict]]:
    """What was ever said of some records."""
    return console.reviews.history(keys)


@question(SHORT)
def precision(console: Console, run_id: str) -> Precision:
    """How right the model behind a scored run is."""
    return console.reviews.precision(run_id)


@question(SHORT)
def reviewed(console: Console, run_id: str) -> int:
    """How many records were judged in a scored run."""
    return console.reviews.reviewed(run_id)


@question(LONG)
def waiting(console: Console, run_id: str, threshold: float) -> int:
    """How many rows of a run reach a severity."""
    return console.reviews.waiting(run_id, threshold)


@question(SHORT)
def candidate(
    console: Console, run_id: str, threshold: float, skipped: frozenset[str]
) -> Candidate | None:
    """The next record to review."""
    return console.reviews.next(run_id, threshold, skipped)


def forget_verdicts() -> None:
    """Ask anew, because a verdict was given or taken back."""
    for each in (history, precision, reviewed, candidate):
        each.forget()
