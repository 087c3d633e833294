"""How far two models flag the same rows of the same data, each below a score of its own."""

# ruff: noqa: S608 - no text of an operator's gets into this query

from dataclasses import dataclass

from app.clients.errors import Rejected
from app.services.scored_rows import ScoredRows, engine
from app.services.scored_store import ROW


@dataclass(frozen=True)
class Overlap:
    """Rows by which of two models flags them; ``first`` and ``second`` count those of one alone."""

    rows: int
    both: int
    first: int
    second: int

    @property
    def shared(self) -> float | None:
        """Rows flagged by both per row flagged by either (Jaccard); None when none is flagged."""
        return jaccard(self.both, self.first + self.second)


def jaccard(both: int, one: int) -> float | None:
    """Return what is in both sets by what is in any; None where both are empty.

    Parameters
    ----------
    one
        How much is in one of the two sets alone.

    References
    ----------
    Jaccard (1912), The distribution of the flora in the alpine zone. New Phytologist 11, 37-50.
    """
    return both / (both + one) if both + one else None


def overlap(
    first: ScoredRows, second: ScoredRows, score_thresholds: tuple[float, float]
) -> Overlap:
    """Count the rows that score below the first threshold, the second, and both.

    Raises
    ------
    Rejected
        The two files do not hold the same number of rows, so they are not of the same data.
    """
    with engine().cursor(first.path) as (cursor, a), engine().cursor(second.path) as (_, b):
        (found,) = cursor.execute(
            "SELECT count(a) AS rows_a, count(b) AS rows_b, count(*) FILTER (a < $1 AND b < $2), "
            "count(*) FILTER (a < $1 AND NOT b < $2), count(*) FILTER (b < $2 AND NOT a < $1) "
            f"FROM (SELECT x.anomaly_score AS a, y.anomaly_score AS b FROM {a}.rows AS x "
            f"FULL JOIN {b}.rows AS y USING ({ROW}))",
            list(score_thresholds),
        ).fetchall()
    rows, other, both, one, two = found
    if rows != other:
        raise Rejected("console", f"The two runs scored {rows:,} and {other:,} rows, not the same.")
    return Overlap(rows, both, one, two)
