"""Questions about two scored files of the same data, whose rows are in the same order."""

# ruff: noqa: S608 - names of columns are quoted, all else is our own

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from app.clients.errors import Rejected
from app.services.explore_sql import quoted
from app.services.scored_shapes import severity_edges, severity_step
from app.services.scored_store import SETTINGS
from app.services.versus_model import Density, Overlap, Part, PartRows
from pipeline.schema import SCORED_COLUMNS

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
