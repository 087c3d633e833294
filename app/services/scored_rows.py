"""Questions about one scored Parquet file, answered by DuckDB where the file lies."""

# ruff: noqa: S608 - names of columns are quoted, values are parameters

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from app.clients.errors import NotFound, Rejected
from pipeline.spans import EDGE_SHARES, shown_span

ANOMALOUS = "anomaly_pred = -1"
SCORED = ("anomaly_pred", "anomaly_score", "severity")
ROW = "row"
WORST_FIRST = "severity DESC, anomaly_score, file_row_number"
# The finest of these that needs no more than this many points is the grain of a trend.
GRAINS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "quarter": timedelta(days=91),
    "year": timedelta(days=365),
}
MOST_POINTS = 120


@dataclass(frozen=True)
class Bins:
    """Rows by equal steps from ``low``: for each bin its number, normal and anomalous rows."""

    low: float
    step: float
    counts: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class ScoredRows:
    """One scored file; each question opens it, reads the columns it needs and lets go."""

    path: Path

    def columns(self) -> dict[str, str]:
        """Return each column with its DuckDB type."""
        return {row[0]: row[1] for row in self._all("DESCRIBE SELECT * FROM {rows}")}

    def totals(self) -> tuple[int, int, float | None]:
        """Return rows, anomalies, and the severity from which a row is one."""
        (found,) = self._all(
            f"SELECT count(*), count(*) FILTER ({ANOMALOUS}), min(severity) FILTER ({ANOMALOUS}) "
            "FROM {rows}"
        )
        return found

    def between(self, edges: Sequence[tuple[float, float]]) -> list[int]:
        """Count the rows of each span of severities; the upper edge belongs to the next."""
        counts = ", ".join("count(*) FILTER (severity >= ? AND severity < ?)" for _ in edges)
        (found,) = self._all(f"SELECT {counts} FROM {{rows}}", *(v for edge in edges for v in edge))
        return list(found)

    def range(self, column: str) -> tuple[Any, Any]:
        """Return the smallest and the largest value of a column."""
        name = quoted(column)
        (found,) = self._all(f"SELECT min({name}), max({name}) FROM {{rows}}")
        return found

    def bins(self, column: str, low: float, step: float, count: int) -> Bins:
        """Count normal and anomalous rows by equal steps of a numeric column."""
        found = self._all(
            f"SELECT least(greatest(floor(({quoted(column)} - ?) / ?), 0), ?)::INTEGER AS bin, "
            f"count(*) FILTER (NOT {ANOMALOUS}), count(*) FILTER ({ANOMALOUS}) "
            "FROM {rows} GROUP BY bin ORDER BY bin",
            low,
            step,
            count - 1,
        )
        return Bins(low, step, tuple(found))

    def by_time(
        self, column: str, grain: str, span: tuple[datetime, datetime]
    ) -> list[tuple[datetime, int, int]]:
        """Return start, rows and anomalies of each part of a span of time that has rows."""
        name = f"{quoted(column)}::TIMESTAMP"
        return self._all(
            f"SELECT date_trunc(?, {name}) AS start, count(*), "
            f"count(*) FILTER ({ANOMALOUS}) FROM {{rows}} WHERE {name} BETWEEN ? AND ? "
            "GROUP BY start ORDER BY start",
            grain,
            *span,
        )

    def span(self, column: str) -> tuple[datetime, datetime] | None:
        """Return the span of time to draw, without a few stray dates; None without a date."""
        name = f"{quoted(column)}::TIMESTAMP"
        (found,) = self._all(
            f"SELECT min({name}), quantile_disc({name}, ?), quantile_disc({name}, ?), max({name}) "
            "FROM {rows}",
            *EDGE_SHARES,
        )
        return None if found[0] is None else shown_span(*found)

    def dated(self, column: str) -> int:
        """Count the rows that have a date."""
        (found,) = self._all(f"SELECT count({quoted(column)}) FROM {{rows}}")
        return int(found[0])

    def page(
        self, columns: Sequence[str], *, only_anomalies: bool, limit: int | None, offset: int = 0
    ) -> pa.Table:
        """Return rows, most severe first, with their number in the file from 1."""
        with self._connection() as connection:
            query = self._worst_first(columns, only_anomalies=only_anomalies, limit=limit)
            table: pa.Table = connection.sql(
                query, params=[str(self.path), offset]
            ).to_arrow_table()
            return table

    def batches(
        self, columns: Sequence[str], *, only_anomalies: bool, limit: int | None
    ) -> Iterator[pa.RecordBatch]:
        """Yield rows, most severe first, a batch at a time."""
        with self._connection() as connection:
            query = self._worst_first(columns, only_anomalies=only_anomalies, limit=limit)
            yield from connection.sql(query, params=[str(self.path), 0]).to_arrow_reader()

    def _worst_first(
        self, columns: Sequence[str], *, only_anomalies: bool, limit: int | None
    ) -> str:
        chosen = ", ".join(
            ["file_row_number + 1 AS " + quoted(ROW), *(quoted(name) for name in columns)]
        )
        where = f"WHERE {ANOMALOUS}" if only_anomalies else ""
        most = f"LIMIT {int(limit)}" if limit is not None else ""
        return (
            f"SELECT {chosen} FROM read_parquet($1, file_row_number = true) {where} "
            f"ORDER BY {WORST_FIRST} {most} OFFSET $2"
        )

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connection() as connection:
            source = query.replace("{rows}", "read_parquet(getvariable('file'))")
            connection.execute("SET VARIABLE file = ?", [str(self.path)])
            return connection.execute(source, list(values)).fetchall()

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with duckdb.connect(config={"threads": 2, "memory_limit": "512MB"}) as connection:
                yield connection
        except duckdb.BinderException as error:
            raise NotFound("console", f"The scored rows lack a column: {error}") from error
        except duckdb.InvalidInputException as error:
            raise Rejected("console", f"The scored rows cannot be read: {error}") from error


def quoted(name: str) -> str:
    """Quote a column's name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def fitting_grain(span: tuple[datetime, datetime]) -> str:
    """Return the finest grain that keeps a trend over ``span`` readable."""
    width = span[1] - span[0]
    return next((name for name, step in GRAINS.items() if width / step <= MOST_POINTS), "year")
