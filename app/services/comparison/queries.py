"""Queries that compare the scored rows of several runs."""

# ruff: noqa: S608 - names of columns are quoted, all else is our own

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from app.services.anomalies.database import BINS_PER_DECADE, LAST_BIN, ROW, SEVERITY_BIN, quoted
from app.services.anomalies.queries import steps
from app.services.anomalies.rows import BASE, FLAGGED, ScoredRows, engine
from app.services.comparison.types import (
    Density,
    FlaggedBy,
    Overlap,
    RunHistogram,
    ScoreColumn,
)
from pipeline.errors import Rejected
from pipeline.tables.schema import SCORED_COLUMNS

SCORE_BINS = 60
BINS_PER_STEP = 2
SEVERITY_STEPS = LAST_BIN // BINS_PER_STEP + 1

FLAGGED_BY = {
    FlaggedBy.ONLY_B: "NOT ({a}) AND ({b})",
    FlaggedBy.ONLY_A: "({a}) AND NOT ({b})",
    FlaggedBy.BOTH: "({a}) AND ({b})",
}
OWN_COLUMNS = ("row", "severity_a", "severity_b", "change")
ORDERS = {
    "change": "abs(change) DESC, row",
    "severity_a": "severity_a DESC, row",
    "severity_b": "severity_b DESC, row",
    "row": "row",
}


def score_histograms(scored: Sequence[ScoredRows], column: ScoreColumn) -> tuple[RunHistogram, ...]:
    """Return how the rows of each run are distributed, all by the same edges."""
    edges = severity_edges() if column is ScoreColumn.SEVERITY else _score_edges(scored)
    return tuple(_histogram(each, column, edges) for each in scored)


def severity_edges() -> tuple[float, ...]:
    """Return severities of which each tenth is ten times rarer than that ten before.

    >>> [round(edge, 2) for edge in severity_edges()[::10]]
    [0.0, 90.0, 99.0, 99.9, 99.99]
    """
    rarities = (step * BINS_PER_STEP / BINS_PER_DECADE for step in range(SEVERITY_STEPS))
    return (*(100.0 * (1.0 - 10**-rarity) for rarity in rarities), 100.0)


def _severity_step(table: str = "") -> str:
    """Write in SQL between which two of ``severity_edges`` a severity lies."""
    return f"({table}{SEVERITY_BIN} // {BINS_PER_STEP})"


def _score_edges(scored: Sequence[ScoredRows]) -> tuple[float, ...]:
    """Divide the range of all scores evenly."""
    query = f"SELECT min(anomaly_score), max(anomaly_score) FROM {BASE}.rows"
    ends = [each.query(query)[0] for each in scored]
    low = min((low for low, _ in ends if low is not None), default=0.0)
    high = max((high for _, high in ends if high is not None), default=0.0)
    first, width, count = steps(low, high, 0.0, SCORE_BINS)
    return tuple(first + i * width for i in range(count + 1))


def _histogram(scored: ScoredRows, column: ScoreColumn, edges: tuple[float, ...]) -> RunHistogram:
    bins, of_severity = len(edges) - 1, column is ScoreColumn.SEVERITY
    width = edges[1] - edges[0]
    by_score = f"greatest(floor(({column} - {edges[0]!r}) / {width!r}), 0)"
    step = _severity_step() if of_severity else by_score
    found = scored.query(
        f"SELECT least({step}, {bins - 1})::INTEGER AS step, count(*), "
        f"{'min' if of_severity else 'max'}({column}) FILTER ({FLAGGED}) "
        f"FROM {BASE}.rows GROUP BY step"
    )
    counts = {step: rows for step, rows, _ in found}
    rows = sum(counts.values())
    flagged = [value for *_, value in found if value is not None]
    return RunHistogram(
        edges,
        tuple(counts.get(i, 0) / max(rows, 1) for i in range(bins)),
        rows,
        (min if of_severity else max)(flagged, default=None),
    )


@dataclass(frozen=True)
class ScoredPair:
    """The same rows as scored by the models A and B.

    Attributes
    ----------
    thresholds
        Scores below which A and B flag a row; None for the flags that the runs stored.
    """

    a: ScoredRows
    b: ScoredRows
    thresholds: tuple[float, float] | None = None

    def overlap(self) -> Overlap:
        """Count the rows by which of the models flag them.

        Raises
        ------
        Rejected
            The two runs did not score the same number of rows, so they are not of the same data.
        """
        a, b = self._flags()
        counts = [
            f"count(*) FILTER ({FLAGGED_BY[by].format(a=a, b=b)}) AS {by}" for by in FlaggedBy
        ]
        with self._joined() as (cursor, pair, _):
            found = cursor.execute(
                "SELECT count(a.severity), count(b.severity), "
                f"{', '.join(counts)}, corr(a.severity, b.severity), "
                f"min(a.severity) FILTER ({a}), min(b.severity) FILTER ({b}) FROM {pair}"
            ).fetchall()
        ((rows, other, only_b, only_a, both, correlation, low_a, low_b),) = found
        if rows != other:
            raise Rejected(
                "console", f"The two runs scored {rows:,} and {other:,} rows, not the same ones."
            )
        known = correlation if correlation == correlation else None  # noqa: PLR0124 - NaN
        return Overlap(rows, both, only_a, only_b, known, (low_a, low_b))

    def density(self) -> Density:
        """Count the rows by both severities, in steps of equal rarity."""
        with self._joined() as (cursor, pair, _):
            found = cursor.execute(
                f"SELECT {_severity_step('a.')} AS i, {_severity_step('b.')} AS j, count(*) "
                f"FROM {pair} GROUP BY i, j"
            ).fetchall()
        counts: list[list[int | None]] = [[None] * SEVERITY_STEPS for _ in range(SEVERITY_STEPS)]
        for i, j, rows in found:
            counts[i][j] = rows
        return Density(severity_edges(), tuple(map(tuple, counts)))

    def rows(self, by: FlaggedBy, order: str, offset: int, limit: int) -> pa.Table:
        """Return some of the rows that ``by`` flag.

        Returns
        -------
        pyarrow.Table
            ``row`` (in the file, from 1), ``severity_a``, ``severity_b``, ``change``, then the
            data. Columns of the data with one of these names are left out.
        """
        a, b = self._flags()
        taken = {*SCORED_COLUMNS, *OWN_COLUMNS}
        data = "".join(f", {quoted(name)}" for name in self.b.fields if name.lower() not in taken)
        with self._joined() as (cursor, pair, table_b):
            found: pa.Table = cursor.sql(
                f"WITH pair AS (SELECT {ROW} AS row, a.severity AS severity_a, "
                "b.severity AS severity_b, b.severity - a.severity AS change "
                f"FROM {pair} WHERE {FLAGGED_BY[by].format(a=a, b=b)}), "
                f"page AS (SELECT * FROM pair ORDER BY {ORDERS[order]} LIMIT ? OFFSET ?) "
                f"SELECT severity_a, severity_b, change, row{data} FROM page "
                f"JOIN (SELECT {ROW}{data} FROM {table_b}) ON {ROW} = row ORDER BY {ORDERS[order]}",
                params=[limit, offset],
            ).to_arrow_table()
        return found

    def _flags(self) -> tuple[str, str]:
        """Write in SQL whether A and whether B flag a row."""
        if self.thresholds is None:
            return "a.anomaly_pred = -1", "b.anomaly_pred = -1"
        a, b = self.thresholds
        return f"a.anomaly_score < {a!r}", f"b.anomaly_score < {b!r}"

    @contextmanager
    def _joined(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, str, str]]:
        """Yield a cursor, the tables of both joined as ``a`` and ``b``, and B's table."""
        with engine().cursor(self.a.path) as (cursor, a), engine().cursor(self.b.path) as (_, b):
            yield cursor, f"{a}.rows AS a FULL JOIN {b}.rows AS b USING ({ROW})", f"{b}.rows"
