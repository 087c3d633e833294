"""Profiles the columns of a data set: counts, range, frequent values and warnings."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

import duckdb
from pyarrow import parquet as pq
from pydantic import TypeAdapter

from pipeline.tables.schema import Column, Role, Schema

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
TOP = 20
COUNTED_VALUES = 100_000
MANY_MISSING = 0.2
NUMBERED_ROWS = 20
MEMORY_LIMIT = "1GB"


@dataclass(frozen=True)
class ColumnProfile:
    """The values of one column in brief.

    Attributes
    ----------
    nulls
        Number of missing values.
    distinct
        Number of different values; approximate where ``distinct_exact`` is false.
    minimum, maximum
        Of a numeric column a number, of a date column ISO 8601 text, else None.
    mean, std
        Of a numeric column, else None.
    quantiles
        Of a numeric column: ``QUANTILES`` as text to value.
    top
        Of a text column: the most frequent values with their counts, most frequent first.
    """

    name: str
    role: Role
    dtype: str
    nulls: int
    distinct: int
    distinct_exact: bool = True
    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    mean: float | None = None
    std: float | None = None
    quantiles: dict[str, float] = field(default_factory=dict)
    top: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Profile:
    """The columns of a data set in brief; ``warnings`` are sentences for the operator."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    warnings: tuple[str, ...] = ()

    @property
    def schema(self) -> Schema:
        """The columns with their roles."""
        return Schema(tuple(Column(item.name, item.role, item.dtype) for item in self.columns))

    def to_json(self) -> str:
        """Return the profile as JSON text."""
        return TypeAdapter(Profile).dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Build the profile that ``to_json`` wrote."""
        return TypeAdapter(cls).validate_json(text)


def profile(path: Path) -> Profile:
    """Describe a Parquet file column by column.

    Quantiles are exact and need one column of numbers in memory at a time. Different values are
    counted exactly up to about 100,000 and estimated beyond.
    """
    schema = Schema.infer(path)
    rows = pq.read_metadata(path).num_rows
    with duckdb.connect(config={"memory_limit": MEMORY_LIMIT}) as database:
        table = database.read_parquet(str(path))
        counts = _counts(table, schema.names)
        columns = tuple(
            ColumnProfile(
                column.name,
                column.role,
                column.dtype,
                nulls=rows - counts[column.name].present,
                distinct=counts[column.name].distinct,
                distinct_exact=counts[column.name].exact,
                **_content(table, column, counts[column.name]),
            )
            for column in schema.columns
        )
    return Profile(rows, columns, tuple(warnings(rows, columns)))


class _Count(NamedTuple):
    present: int
    distinct: int
    exact: bool


def _counts(table: duckdb.DuckDBPyRelation, names: Sequence[str]) -> dict[str, _Count]:
    """Count present and different values, of all columns in one scan and then a second."""
    quoted = [_quoted(name) for name in names]
    present = _row(table, ", ".join(f"count({name})" for name in quoted))
    estimates = _row(table, ", ".join(f"approx_count_distinct({name})" for name in quoted))
    few = [
        name for name, estimate in zip(quoted, estimates, strict=True) if estimate <= COUNTED_VALUES
    ]
    counted = _row(table, ", ".join(f"count(DISTINCT {name})" for name in few)) if few else ()
    exact = dict(zip(few, counted, strict=True))
    return {
        name: _Count(there, exact.get(_quoted(name), min(estimate, there)), _quoted(name) in exact)
        for name, there, estimate in zip(names, present, estimates, strict=True)
    }


def _content(table: duckdb.DuckDBPyRelation, column: Column, count: _Count) -> dict[str, Any]:
    name = _quoted(column.name)
    if not count.present:
        return {}
    match column.role:
        case Role.NUMERIC:
            return _numbers(table, name)
        case Role.DATE:
            first, last = _row(table, f"min({name}), max({name})")
            return {"minimum": first.isoformat(), "maximum": last.isoformat()}
    return {"top": _most_frequent(table, name) if count.exact else ()}


def _numbers(table: duckdb.DuckDBPyRelation, name: str) -> dict[str, Any]:
    low, high, mean, std, quantiles = _row(
        table,
        f"min({name}), max({name}), avg({name}), stddev_samp({name}), "
        f"quantile_disc({name}, {list(QUANTILES)})",
    )
    return {
        "minimum": low,
        "maximum": high,
        "mean": mean,
        "std": std,
        "quantiles": {str(share): value for share, value in zip(QUANTILES, quantiles, strict=True)},
    }


def _most_frequent(table: duckdb.DuckDBPyRelation, name: str) -> tuple[tuple[str, int], ...]:
    counts = table.aggregate(f"{name} AS value, count(*) AS count", name)
    found = counts.filter("value IS NOT NULL").order("count DESC, value").limit(TOP)
    return tuple((str(value), count) for value, count in found.fetchall())


def _row(table: duckdb.DuckDBPyRelation, expressions: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = table.aggregate(expressions).fetchall()[0]
    return row


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def warnings(rows: int, columns: Iterable[ColumnProfile]) -> Iterator[str]:
    """Yield a sentence for each thing about the columns that an operator should know."""
    for column in columns:
        missing = column.nulls / max(rows, 1)
        if column.role is Role.IGNORED:
            yield (
                f"Column {column.name!r} holds text that differs in almost every row; it is kept, "
                "but not used to find anomalies."
            )
        elif column.distinct == 1 and not column.nulls:
            yield f"Column {column.name!r} has the same value in every row."
        elif _counts_rows(column, rows):
            yield (
                f"Column {column.name!r} seems to number the rows; it is used like any number, "
                "so delete it if it means nothing."
            )
        if missing >= MANY_MISSING:
            yield f"Column {column.name!r} is empty in {missing:.0%} of the rows."


def _counts_rows(column: ColumnProfile, rows: int) -> bool:
    """Tell whether a column runs through whole numbers without a gap, as a row number does."""
    low, high = column.minimum, column.maximum
    return (
        column.dtype == "int64"
        and isinstance(low, int)
        and isinstance(high, int)
        and not column.nulls
        and rows >= NUMBERED_ROWS
        and high - low == rows - 1
        and (column.distinct == rows or not column.distinct_exact)
    )
