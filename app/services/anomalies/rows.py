"""Query one scored file: conditions of views, totals, and rows page by page."""

# ruff: noqa: S608 - names of columns are quoted, values are parameters

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from app.services.anomalies import database
from app.services.anomalies.database import Engine, quoted
from app.services.anomalies.types import ColumnKind, Counts, ScoredColumn, View
from app.services.filters import SIGNS, Filter, Op
from pipeline.errors import NotFound, Rejected
from pipeline.model.threshold import BANDS

BASE = "{base}"
"""Placeholder in a query for the name of the run's database."""

FLAGGED = "anomaly_pred = -1"
Parameters = list[object]

ROW = "row"
SEVERITY = "severity"
WORST_FIRST = f"severity DESC, anomaly_score, {database.ROW}"


def anomalous(view: View) -> str:
    """Return the condition that makes a row an anomaly of this view."""
    return FLAGGED if view.threshold is None else f"severity >= {float(view.threshold)!r}"


def _condition(chosen: Filter, field: ScoredColumn) -> tuple[str, Parameters]:
    name = quoted(chosen.column)
    if chosen.op is Op.CONTAINS:
        return f"contains(lower({name}::VARCHAR), lower(?))", [chosen.values[0]]
    if chosen.op is Op.BETWEEN:
        return _between(chosen, name, field)
    if chosen.op in SIGNS:
        return f"{name} {chosen.op} ?", [chosen.values[0]]
    part, values = _one_of(chosen, name)
    return (f"({part})" if chosen.op is Op.IN else f"NOT coalesce({part}, false)"), values


def _between(chosen: Filter, name: str, field: ScoredColumn) -> tuple[str, Parameters]:
    cast = "::TIMESTAMP" if field.kind is ColumnKind.DATE else ""
    ends = zip((">=", "<="), chosen.values, strict=True)
    given = [(sign, value) for sign, value in ends if value is not None]
    parts = [f"{name}{cast} {sign} ?{cast}" for sign, _ in given]
    return " AND ".join(parts), [value for _, value in given]


def _one_of(chosen: Filter, name: str) -> tuple[str, Parameters]:
    values = Parameters(value for value in chosen.values if value is not None)
    parts = []
    if values:
        parts.append(f"{name} IN ({', '.join('?' * len(values))})")
    if None in chosen.values:
        parts.append(f"{name} IS NULL")
    return " OR ".join(parts) or "false", values


@dataclass(frozen=True)
class Order:
    """Sort order of rows; ties are sorted by severity, then by position in the file."""

    column: str = SEVERITY
    descending: bool = True

    def sql(self) -> str:
        """Return the ORDER BY expression."""
        if self.column == SEVERITY and self.descending:
            return WORST_FIRST
        name = database.ROW if self.column == ROW else quoted(self.column)
        return f"{name} {'DESC' if self.descending else 'ASC'} NULLS LAST, {WORST_FIRST}"


@cache
def engine() -> Engine:
    """Return the one engine of this process."""
    return Engine()


@dataclass(frozen=True)
class ScoredRows:
    """The database of one scored file, as ``database.make`` wrote it."""

    path: Path

    @property
    def fields(self) -> dict[str, ScoredColumn]:
        """Each column by its name, in the order of the file."""
        return _fields(self)

    def where(self, view: View) -> tuple[str, Parameters]:
        """Return the SQL condition of a view's filters, and its parameters.

        Raises
        ------
        NotFound
            A filter names a column that is not there.
        """
        parts, values = ["true"], Parameters()
        for each in view.filters:
            field = self.fields.get(each.column)
            if field is None:
                raise NotFound("console", f"The scored rows have no column {each.column!r}.")
            part, given = _condition(self._listed(each, field), field)
            parts.append(part)
            values += given
        return " AND ".join(parts), values

    def _listed(self, chosen: Filter, field: ScoredColumn) -> Filter:
        """Replace ``contains`` on a category by its matching values, which are searched once."""
        if chosen.op is not Op.CONTAINS or field.kind is not ColumnKind.CATEGORY:
            return chosen
        text = str(chosen.values[0]).lower()
        found = (value for value in _values(self, chosen.column) if text in value.lower())
        return Filter(chosen.column, Op.IN, tuple(found))

    def totals(self) -> tuple[int, int, float | None]:
        """Return rows, anomalies by the model, and the severity from which a row is one."""
        (found,) = self.query(
            f"SELECT count(*), count(*) FILTER ({FLAGGED}), min(severity) FILTER ({FLAGGED}) "
            f"FROM {BASE}.rows"
        )
        return found

    def counts(self, view: View) -> Counts:
        """Count the rows of a view, its anomalies, and these by severity band."""
        flag = anomalous(view)
        reached = [f"count(*) FILTER ({flag} AND severity >= {low})" for _, low in BANDS]
        where, given = self.where(view)
        (found,) = self.query(
            f"SELECT count(*), count(*) FILTER ({flag}), count(*) FILTER ({FLAGGED}), "
            f"{', '.join(reached)} FROM {BASE}.rows WHERE {where}",
            given,
        )
        rows, anomalies, flagged, *above = found
        pairs = zip(above, [*above[1:], 0], strict=True)
        return Counts(rows, anomalies, flagged, tuple(low - high for low, high in pairs))

    def bounds(self, column: str) -> tuple[Any, Any]:
        """Return the smallest and the largest value of a column."""
        name = quoted(column)
        (found,) = self.query(f"SELECT min({name}), max({name}) FROM {BASE}.rows")
        return found

    def number(self, row: int) -> dict[str, Any]:
        """Return one row by its number in the file, every column."""
        found = self.page(View(), tuple(self.fields), only_anomalies=False, limit=1, row=row)
        if not found.num_rows:
            raise NotFound("console", f"There is no row {row:,} in this run.")
        return dict(found.to_pylist()[0])

    def page(
        self,
        view: View,
        columns: Sequence[str],
        *,
        only_anomalies: bool = True,
        order: Order | None = None,
        limit: int | None = None,
        offset: int = 0,
        row: int | None = None,
    ) -> pa.Table:
        """Return rows of a view with their number in the file from 1 in ``row``."""
        query, given = self._chosen(view, columns, only_anomalies=only_anomalies, row=row)
        order = order or Order()
        most = "" if limit is None else f"LIMIT {int(limit)}"
        query = f"{query} ORDER BY {order.sql()} {most} OFFSET {int(offset)}"
        return self.query_table(query, given)

    def batches(
        self, view: View, columns: Sequence[str], *, only_anomalies: bool, limit: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Yield rows of a view, most severe first, a batch at a time."""
        query, given = self._chosen(view, columns, only_anomalies=only_anomalies)
        most = "" if limit is None else f"LIMIT {int(limit)}"
        query = f"{query} ORDER BY {WORST_FIRST} {most}"
        with self._cursor() as (cursor, base):
            found = cursor.sql(query.replace(BASE, base), params=given)
            yield from found.to_arrow_reader()

    def query(self, sql: str, given: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a query in which ``BASE`` stands for the database; return its rows."""
        with self._cursor() as (cursor, base):
            return cursor.execute(sql.replace(BASE, base), list(given)).fetchall()

    def query_table(self, sql: str, given: Sequence[object] = ()) -> pa.Table:
        """Run a query as ``query`` does; return an Arrow table."""
        with self._cursor() as (cursor, base):
            found = cursor.sql(sql.replace(BASE, base), params=list(given))
            table: pa.Table = found.to_arrow_table()
            return table

    def _chosen(
        self, view: View, columns: Sequence[str], *, only_anomalies: bool, row: int | None = None
    ) -> tuple[str, list[object]]:
        named = [f'{database.ROW} AS "{row_name(self.fields)}"']
        where, given = self.where(view)
        parts = [where, *([anomalous(view)] if only_anomalies else [])]
        parts += [] if row is None else [f"{database.ROW} = {int(row)}"]
        selected = ", ".join([*named, *map(quoted, columns)])
        return f"SELECT {selected} FROM {BASE}.rows WHERE {' AND '.join(parts)}", given

    @contextmanager
    def _cursor(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        try:
            with engine().cursor(self.path) as pair:
                yield pair
        except duckdb.BinderException as error:
            raise NotFound("console", f"The scored rows lack a column: {error}") from error
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            raise Rejected("console", f"The scored rows cannot be read: {error}") from error


@lru_cache(maxsize=64)
def _fields(scored: ScoredRows) -> dict[str, ScoredColumn]:
    """Read the columns once: what a run wrote never changes."""
    found = scored.query(f"SELECT name, kind, distinct_values FROM {BASE}.fields")
    return {name: ScoredColumn(name, ColumnKind(kind), distinct) for name, kind, distinct in found}


@lru_cache(maxsize=256)
def _values(scored: ScoredRows, column: str) -> tuple[str, ...]:
    """List the values of a category."""
    name = quoted(column)
    found = scored.query(f"SELECT DISTINCT {name}::VARCHAR FROM {BASE}.rows WHERE {name} NOT NULL")
    return tuple(value for (value,) in found)


def row_name(columns: Sequence[str] | dict[str, ScoredColumn]) -> str:
    """Name the column of row numbers so that it hides no column of the operator's."""
    taken = {name.lower() for name in columns}
    return ROW if ROW not in taken else "row_number"
