"""Where a threshold could lie: by severity, by what can be reviewed, by what verdicts say.

Everywhere a threshold is a score below which rows are flagged, and lies midway between two rows,
so that it flags the same rows whatever is lost in writing it down.
"""

# ruff: noqa: S608 - no text of an operator's gets into these queries

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nextafter

from app.clients.errors import Rejected
from app.services.anomalies.rows import BASE, ScoredRows
from app.services.reviews.types import JudgedScore, Share, Verdict, wilson

CONSOLE = "The console"
SCORE = "anomaly_score"
DIGITS = 12


@dataclass(frozen=True)
class Preview:
    """What a threshold would do to the rows of a run.

    Attributes
    ----------
    before, after
        Rows flagged by the threshold in force, and by the new one.
    severity
        From which rows would be flagged; None when none would.
    """

    rows: int
    before: int
    after: int
    severity: float | None

    @property
    def gained(self) -> int:
        """Rows flagged anew."""
        return max(self.after - self.before, 0)

    @property
    def lost(self) -> int:
        """Rows let go."""
        return max(self.before - self.after, 0)

    @property
    def rate(self) -> float:
        """Anomalies per row by the new threshold."""
        return self.after / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class ByPrecision:
    """The lowest bar that verdicts allow.

    Attributes
    ----------
    score
        The threshold.
    share
        Precision of the judged rows that it flags, with its interval.
    """

    score: float
    share: Share


def preview(scored: ScoredRows, before: float, after: float) -> Preview:
    """Count what two thresholds flag."""
    (found,) = scored.query(
        f"SELECT count(*), count(*) FILTER ({SCORE} < ?), count(*) FILTER ({SCORE} < ?), "
        f"min(severity) FILTER ({SCORE} < ?) FROM {BASE}.rows",
        [before, after, after],
    )
    return Preview(*found)


def at_severity(scored: ScoredRows, severity: float) -> float:
    """Return the threshold that flags the rows from a severity up.

    Raises
    ------
    Rejected
        No row of the run reaches it, or every row does.
    """
    ((last, following),) = scored.query(
        f"SELECT max({SCORE}) FILTER (severity >= $1), min({SCORE}) FILTER (severity < $1) "
        f"FROM {BASE}.rows",
        [severity],
    )
    if last is None:
        raise Rejected(CONSOLE, f"No row of this run reaches severity {severity:g}; choose less.")
    return _between(last, following)


def at_rows(scored: ScoredRows, most: int) -> float:
    """Return the threshold that flags as many rows as possible, but not more than ``most``.

    Rows with the same score are flagged together or not at all.

    Raises
    ------
    Rejected
        Not a single row may be flagged, or every row would be.
    """
    if most < 1:
        raise Rejected(CONSOLE, "capacity must leave at least one row of this run to review.")
    ((following,),) = scored.query(
        f"SELECT min({SCORE}) FROM (SELECT {SCORE} FROM {BASE}.rows ORDER BY {SCORE} OFFSET ?)",
        [most],
    )
    if following is None:
        raise Rejected(CONSOLE, "All rows of this run fit into that capacity; choose less.")
    ((last,),) = scored.query(
        f"SELECT max({SCORE}) FROM {BASE}.rows WHERE {SCORE} < ?",
        [following],
    )
    if last is None:
        raise Rejected(
            CONSOLE, f"More than {most:,} rows share the lowest score; raise the capacity."
        )
    return _between(last, following)


def at_precision(judged: Sequence[JudgedScore], wanted: float) -> ByPrecision:
    """Return the threshold that flags most while the judged rows above the bar stay right enough.

    Parameters
    ----------
    judged
        In any order; the unsure count for neither side.
    wanted
        Confirmed per decided row, 0 to 1.

    Raises
    ------
    Rejected
        Nothing is decided yet, or no depth is as precise as that.

    Examples
    --------
    >>> said = ("confirmed", "confirmed", "false_alarm", "confirmed", "false_alarm")
    >>> scores = [JudgedScore(n / 10, verdict) for n, verdict in enumerate(said)]
    >>> found = at_precision(scores, 0.75)
    >>> round(found.score, 2), found.share.hits, found.share.decided
    (0.35, 3, 4)
    """
    decided = sorted(
        (each for each in judged if each.verdict != Verdict.UNSURE), key=lambda each: each.score
    )
    if not decided:
        raise Rejected(CONSOLE, "No record is judged under this model yet; review some first.")
    depths = _depths(decided)
    good = [(depth, hits) for depth, hits in depths if hits / depth >= wanted]
    if not good:
        depth, hits = max(depths, key=lambda each: each[1] / each[0])
        best = wilson(hits, depth)
        raise Rejected(
            CONSOLE,
            f"No depth of the {len(decided):,} decided rows is as precise as {wanted:.0%}; the "
            f"best is {best.share:.0%} ({best.low:.0%} to {best.high:.0%}) of {depth:,}.",
        )
    depth, hits = good[-1]
    last = decided[depth - 1].score
    following = decided[depth].score if depth < len(decided) else nextafter(last, inf)
    return ByPrecision(_between(last, following), wilson(hits, depth))


def _depths(decided: Sequence[JudgedScore]) -> list[tuple[int, int]]:
    """Return each depth at which a threshold can lie, with the confirmed rows down to there."""
    found, hits = [], 0
    for depth, each in enumerate(decided, 1):
        hits += each.verdict == Verdict.CONFIRMED
        if depth == len(decided) or decided[depth].score != each.score:
            found.append((depth, hits))
    return found


def _between(last: float, following: float | None) -> float:
    if following is None:
        raise Rejected(CONSOLE, "Every row would be flagged; choose a higher bar.")
    middle = round((last + following) / 2, DIGITS)
    return middle if last < middle <= following else float(following)
