"""Questions about one scored file: its totals, and its rows page by page."""

# ruff: noqa: S608 - names of columns are quoted, values are parameters

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from app.clients.errors import NotFound, Rejected
from app.services.anomalies import database
from app.services.anomalies.database import Engine
from app.services.anomalies.filters import BASE, FLAGGED, anomalous, condition, quoted
from app.services.anomalies.types import Counts, Field, Kind, View
from app.services.filters import Filter, Op
from pipeline.model.threshold import BANDS

ROW = "row"
SEVERITY = "severity"
WORST_FIRST = f"severity DESC, anomaly_score, {database.ROW}"


@dataclass(frozen=True)
class Order:
    """How rows are sorted; equal ones by severity, then by their place in the file."""

    column: str = SEVERITY
    descending: bool = True

    def sql(self) -> str:
        """Return what stands behind ORDER BY."""
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
    """The database of one scored file, as ``scored_store.make`` wrote it."""

    path: Path

    @property
    def fields(self) -> dict[str, Field]:
        """Each column by its name, in the order of the file."""
        return _fields(self)

    def where(self, view: View) -> tuple[str, list[object]]:
        """Return the condition that a view's filters hold, and its parameters.

        Raises
        ------
        NotFound
            A filter names a column that is not there.
        """
        return condition([self._listed(each) for each in view.filters], self.fields)

    def _listed(self, chosen: Filter) -> Filter:
        """Look for a text in each value of a category once, not in each row."""
        field = self.fields.get(chosen.column)
        if chosen.op is not Op.CONTAINS or field is None or field.kind is not Kind.CATEGORY:
            return chosen
        text = str(chosen.values[0]).lower()
        found = (value for value in _values(self, chosen.column) if text in value.lower())
        return Filter(chosen.column, Op.IN, tuple(found))

    def totals(self) -> tuple[int, int, float | None]:
        """Return rows, anomalies by the model, and the severity from which a row is one."""
        (found,) = self.ask(
            f"SELECT count(*), count(*) FILTER ({FLAGGED}), min(severity) FILTER ({FLAGGED}) "
            f"FROM {BASE}.rows"
        )
        return found

    def between(self, edges: Sequence[tuple[float, float]]) -> list[int]:
        """Count the rows of each span of severities; the upper edge belongs to the next."""
        counts = ", ".join("count(*) FILTER (severity >= ? AND severity < ?)" for _ in edges)
        given = [value for edge in edges for value in edge]
        (found,) = self.ask(f"SELECT {counts} FROM {BASE}.rows", given)
        return list(found)

    def counts(self, view: View) -> Counts:
        """Count the rows of a view, its anomalies, and these by severity band."""
        odd = anomalous(view)
        reached = [f"count(*) FILTER ({odd} AND severity >= {low})" for _, low in BANDS]
        where, given = self.where(view)
        (found,) = self.ask(
            f"SELECT count(*), count(*) FILTER ({odd}), count(*) FILTER ({FLAGGED}), "
            f"{', '.join(reached)} FROM {BASE}.rows WHERE {where}",
            given,
        )
        rows, anomalies, flagged, *above = found
        pairs = zip(above, [*above[1:], 0], strict=True)
        return Counts(rows, anomalies, flagged, tuple(low - high for low, high in pairs))

    def bounds(self, column: str) -> tuple[Any, Any]:
        """Return the smallest and the largest value of a column."""
        name = quoted(column)
        (found,) = self.ask(f"SELECT min({name}), max({name}) FROM {BASE}.rows")
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
        return self.ask_table(query, given)

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

    def ask(self, query: str, given: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return what a query finds; ``BASE`` stands for the database."""
        with self._cursor() as (cursor, base):
            return cursor.execute(query.replace(BASE, base), list(given)).fetchall()

    def ask_table(self, query: str, given: Sequence[object] = ()) -> pa.Table:
        """Return what a query finds as a table."""
        with self._cursor() as (cursor, base):
            found = cursor.sql(query.replace(BASE, base), params=list(given))
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
def _fields(scored: ScoredRows) -> dict[str, Field]:
    """Ask once: what a run wrote never changes."""
    found = scored.ask(f"SELECT name, kind, distinct_values FROM {BASE}.fields")
    return {name: Field(name, Kind(kind), distinct) for name, kind, distinct in found}


@lru_cache(maxsize=256)
def _values(scored: ScoredRows, column: str) -> tuple[str, ...]:
    """List the values of a category."""
    name = quoted(column)
    found = scored.ask(f"SELECT DISTINCT {name}::VARCHAR FROM {BASE}.rows WHERE {name} NOT NULL")
    return tuple(value for (value,) in found)


def row_name(columns: Sequence[str] | dict[str, Field]) -> str:
    """Name the column of row numbers so that it hides no column of the operator's."""
    taken = {name.lower() for name in columns}
    return ROW if ROW not in taken else "row_number"
