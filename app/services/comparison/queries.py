"""How far two models flag the same rows of the same data, each below a score of its own."""

# ruff: noqa: S608 - no text of an operator's gets into this query
# ruff: noqa: S608 - names of columns are quoted, all else is our own

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import duckdb

from app.clients.errors import Rejected
from app.services.anomalies.database import ROW, SETTINGS, quoted
from app.services.anomalies.queries import steps
from app.services.anomalies.rows import ScoredRows, engine
from app.services.comparison.types import Density, FlagOverlap, Overlap, Part, PartRows
from pipeline.tables.schema import SCORED_COLUMNS


def overlap(
    first: ScoredRows, second: ScoredRows, score_thresholds: tuple[float, float]
) -> FlagOverlap:
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
    return FlagOverlap(rows, both, one, two)


BINS, STEPS_A_DECADE, DECADES = 60, 10, 4


class ShapeOf(StrEnum):
    """What is counted."""

    SEVERITY = "severity"
    SCORE = "anomaly_score"


@dataclass(frozen=True)
class Shape:
    """Rows by severity or score.

    Attributes
    ----------
    edges
        One more than there are shares.
    shares
        Rows of each bin by all rows.
    threshold
        Where the run's own flag begins; None when it flagged no row.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    rows: int
    threshold: float | None


def shapes(files: Sequence[Path], of: ShapeOf) -> list[Shape]:
    """Return how each file is distributed, all by the same edges.

    Raises
    ------
    Rejected
        A file is no scored Parquet file.
    """
    try:
        with closing(duckdb.connect(config=SETTINGS)) as connection:
            edges = severity_edges() if of is ShapeOf.SEVERITY else _edges(connection, files)
            return [_shape(connection, file, of, edges) for file in files]
    except (duckdb.BinderException, duckdb.InvalidInputException) as error:
        raise Rejected("console", f"The scored rows cannot be read: {error}") from error


def severity_edges() -> tuple[float, ...]:
    """Return severities of which each tenth is ten times rarer than that ten before.

    >>> [round(edge, 2) for edge in severity_edges()[::10]]
    [0.0, 90.0, 99.0, 99.9, 99.99]
    """
    count = STEPS_A_DECADE * DECADES + 1
    beyond = (10 ** (-step / STEPS_A_DECADE) for step in range(count))
    return (*(100.0 * (1.0 - share) for share in beyond), 100.0)


def severity_step(column: str, steps: int) -> str:
    """Write in SQL which step of ``severity_edges`` a severity lies in."""
    rarity = f"-log10(greatest(1 - {column} / 100, 1e-9))"
    return f"least(floor({rarity} * {STEPS_A_DECADE} + 1e-9), {steps - 1})::INTEGER"


def _edges(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> tuple[float, ...]:
    """Divide the span of all scores evenly."""
    query = "SELECT min(anomaly_score), max(anomaly_score) FROM read_parquet(?)"
    ends = [connection.execute(query, [str(file)]).fetchall()[0] for file in files]
    low = min((low for low, _ in ends if low is not None), default=0.0)
    high = max((high for _, high in ends if high is not None), default=0.0)
    first, step, count = steps(low, high, 0.0, BINS)
    return tuple(first + place * step for place in range(count + 1))


def _shape(
    connection: duckdb.DuckDBPyConnection, file: Path, of: ShapeOf, edges: tuple[float, ...]
) -> Shape:
    steps = len(edges) - 1
    by_score = f"greatest(floor(({of} - {edges[0]!r}) / {edges[1] - edges[0]!r}), 0)"
    step = severity_step(of, steps) if of is ShapeOf.SEVERITY else by_score
    begin = "min(severity)" if of is ShapeOf.SEVERITY else "max(anomaly_score)"
    found = connection.execute(
        f"SELECT least({step}, {steps - 1})::INTEGER AS step, count(*), "
        f"{begin} FILTER (anomaly_pred = -1) FROM read_parquet(?) GROUP BY step",
        [str(file)],
    ).fetchall()
    counts = {step: rows for step, rows, _ in found}
    rows = sum(counts.values())
    begins = [value for *_, value in found if value is not None]
    first = min if of is ShapeOf.SEVERITY else max
    shares = tuple(counts.get(step, 0) / max(rows, 1) for step in range(steps))
    return Shape(edges, shares, rows, first(begins) if begins else None)


PAIRS = (
    "read_parquet(getvariable('a'), file_row_number = true) AS a "
    "JOIN read_parquet(getvariable('b'), file_row_number = true) AS b USING (file_row_number)"
)
BY_A, BY_B = "a.anomaly_pred = -1", "b.anomaly_pred = -1"
WHICH = {
    Part.ENTER: f"NOT {BY_A} AND {BY_B}",
    Part.LEAVE: f"{BY_A} AND NOT {BY_B}",
    Part.BOTH: f"{BY_A} AND {BY_B}",
}
ORDERS = {
    "change": "abs(b.severity - a.severity) DESC",
    "severity_a": "a.severity DESC",
    "severity_b": "b.severity DESC",
    "row": "file_row_number",
}


@dataclass(frozen=True)
class ScoredPair:
    """The scored Parquet files of A and B."""

    a: Path
    b: Path

    def overlap(self) -> Overlap:
        """Count the rows that both flag, that enter and that leave.

        Raises
        ------
        Rejected
            The files are not of the same rows.
        """
        with self._connection() as connection:
            self._check(connection)
            counts = ", ".join(f"count(*) FILTER ({WHICH[part]})" for part in Part)
            ((rows, entering, leaving, both, correlation, low_a, low_b),) = connection.execute(
                f"SELECT count(*), {counts}, corr(a.severity, b.severity), "
                f"min(a.severity) FILTER ({BY_A}), min(b.severity) FILTER ({BY_B}) FROM {PAIRS}"
            ).fetchall()
        known = correlation if correlation == correlation else None  # noqa: PLR0124 - NaN
        return Overlap(rows, both, entering, leaving, known, (low_a, low_b))

    def density(self) -> Density:
        """Count the rows by both severities, in steps of equal rarity."""
        edges = severity_edges()
        steps = len(edges) - 1
        with self._connection() as connection:
            found = connection.execute(
                f"SELECT {severity_step('a.severity', steps)} AS i, "
                f"{severity_step('b.severity', steps)} AS j, count(*) "
                f"FROM {PAIRS} GROUP BY i, j"
            ).fetchall()
        counts: list[list[int | None]] = [[None] * steps for _ in range(steps)]
        for i, j, rows in found:
            counts[i][j] = rows
        return Density(edges, tuple(map(tuple, counts)))

    def rows(self, part: Part, order: str, offset: int, limit: int) -> PartRows:
        """Return some rows of a part with their data, which is that of B's file."""
        by = f"{ORDERS[order]}, file_row_number"
        with self._connection() as connection:
            names = ", ".join(f"c.{quoted(name)}" for name in self._own(connection))
            found = connection.execute(
                "WITH chosen AS (SELECT file_row_number, a.severity AS severity_a, "
                "b.severity AS severity_b FROM "
                f"{PAIRS} WHERE {WHICH[part]} ORDER BY {by} LIMIT ? OFFSET ?) "
                "SELECT severity_a, severity_b, severity_b - severity_a AS change, "
                f"(file_row_number + 1)::INTEGER AS row{', ' * bool(names)}{names} FROM chosen "
                "JOIN read_parquet(getvariable('b'), file_row_number = true) AS c "
                f"USING (file_row_number) ORDER BY {_again(order)}, file_row_number",
                [limit, offset],
            ).to_arrow_table()
        return PartRows(found, offset)

    def _own(self, connection: duckdb.DuckDBPyConnection) -> list[str]:
        """List the columns of the data that hide none of ours."""
        found = connection.execute("DESCRIBE SELECT * FROM read_parquet(getvariable('b'))")
        ours = {*SCORED_COLUMNS, "severity_a", "severity_b", "change", "row"}
        return [name for name, *_ in found.fetchall() if name.lower() not in ours]

    def _check(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Refuse two files that cannot be of the same rows."""
        ((a, b),) = connection.execute(
            "SELECT (SELECT count(*) FROM read_parquet(getvariable('a'))), "
            "(SELECT count(*) FROM read_parquet(getvariable('b')))"
        ).fetchall()
        if a != b:
            raise Rejected(
                "console", f"The two scorings are not of the same rows: {a:,} rows and {b:,} rows."
            )

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with closing(duckdb.connect(config=SETTINGS)) as connection:
                for name, file in (("a", self.a), ("b", self.b)):
                    connection.execute(f"SET VARIABLE {name} = ?", [str(file)])
                yield connection
        except (duckdb.BinderException, duckdb.InvalidInputException) as error:
            raise Rejected("console", f"The scored rows cannot be read: {error}") from error


def _again(order: str) -> str:
    """Write an order of ``ORDERS`` for the chosen rows."""
    return {"change": "abs(change) DESC", "row": "row"}.get(order, f"{order} DESC")
