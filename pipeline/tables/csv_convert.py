"""Converts a CSV file to Parquet: detects how it is written and infers its column types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Self

import pyarrow as pa
from pyarrow import parquet as pq

from pipeline.errors import DataError
from pipeline.tables.csv_reader import (
    Dialect,
    FileEncoding,
    Header,
    detect_dialect,
    detect_encoding,
    first_rows,
    read_groups,
    read_header,
)
from pipeline.tables.csv_types import (
    ColumnStatistics,
    ColumnType,
    InvalidCell,
    TypedColumn,
    TypeMismatch,
    ValueKind,
    arrow_schema,
    first_invalid_cell,
    infer_type,
)
from pipeline.tables.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

Progress = Callable[[int, int], None]
"""Called regularly with the units done and the total, such as bytes or rows."""

MINIMUM_ROWS = 2


@dataclass(frozen=True)
class CsvInfo:
    """A converted file.

    Attributes
    ----------
    delimiter, encoding, decimal_point
        As detected.
    size_bytes
        Of the CSV file.
    date_formats
        The one ``strptime`` format, or ``ISO 8601``, that each date column is written in.
    """

    rows: int
    columns: int
    delimiter: str
    encoding: str
    size_bytes: int
    decimal_point: str = "."
    date_formats: dict[str, str] = field(default_factory=dict)


def csv_to_parquet(source: Path, target: Path, progress: Progress | None = None) -> CsvInfo:
    """Convert ``source`` to Parquet at ``target``, which appears only when it is whole.

    Integers become int64, other numbers float64, dates timestamps in microseconds without a
    zone, all else text. Empty cells and the usual markers (NA, null, ...) become null.

    Parameters
    ----------
    progress
        Called regularly with the bytes read and the total; restarts if the file has to be read
        again.

    Raises
    ------
    DataError
        One sentence: what is wrong, where, the rule and the fix. ``target`` is not created.
    """
    conversion = _Conversion.of(source, progress)
    part = target.with_name(f".{target.name}.part")
    try:
        rows, types = conversion.write(part)
        if all(item.kind is ValueKind.TEXT for item in types):
            Schema.infer(part)  # refuses text that no model can use
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return conversion.info(rows, types)


@dataclass
class _Conversion:
    """The conversion of one file."""

    source: Path
    encoding: FileEncoding
    dialect: Dialect
    header: Header
    progress: Progress | None

    @classmethod
    def of(cls, source: Path, progress: Progress | None) -> Self:
        """Detect how the file is written and read its column names."""
        encoding = detect_encoding(source)
        dialect = detect_dialect(encoding)
        return cls(source, encoding, dialect, read_header(source, dialect), progress)

    def write(self, target: Path) -> tuple[int, Sequence[ColumnType]]:
        """Write the whole file with the types of the first rows, or else of all rows."""
        try:
            types = self._types_of_first_rows()
            return self._write(target, types), types
        except TypeMismatch:
            types = self._types_of_all_rows()
            return self._write(target, types), types

    def _groups(self) -> Iterator[pa.Table]:
        return read_groups(self.source, self.dialect, self.header, self._position)

    def _position(self, done: int) -> None:
        if self.progress:
            self.progress(done, self.encoding.size_bytes)

    def _types_of_first_rows(self) -> list[ColumnType]:
        """Infer the types from the first rows, without checking values."""
        first = first_rows(self.source, self.dialect, self.header)
        if first is None:
            raise TypeMismatch
        return [infer_type(statistics) for statistics in self._statistics([first])]

    def _types_of_all_rows(self) -> list[ColumnType]:
        """Infer the types from all rows; raises DataError for the first invalid column."""
        found = dict(zip(self.header.names, self._statistics(self._groups()), strict=True))
        _require_values(
            [name for name, statistics in found.items() if not statistics.present.count]
        )
        for name, statistics in found.items():
            if invalid := first_invalid_cell(statistics):
                self._refuse(name, invalid)
        return [infer_type(statistics) for statistics in found.values()]

    def _statistics(self, groups: Iterable[pa.Table]) -> list[ColumnStatistics]:
        statistics = [ColumnStatistics(self.dialect.decimal_point) for _ in self.header.names]
        for group in groups:
            for column, values in zip(statistics, group.columns, strict=True):
                column.add(values.chunk(0).dictionary_encode())
        return statistics

    def _refuse(self, name: str, cell: InvalidCell) -> NoReturn:
        raise DataError(f"line {self._line(cell.row)}, column {name!r}: {cell.sentence}")

    def _line(self, row: int) -> int:
        records = self.dialect.records(self.source)
        return next(record.line for at, record in enumerate(records) if at == row + 1)

    def _write(self, target: Path, types: Sequence[ColumnType]) -> int:
        columns = [TypedColumn(item, self.dialect.decimal_point) for item in types]
        schema = arrow_schema(self.header.names, types)
        rows = 0
        with pq.ParquetWriter(target, schema, compression="zstd", store_schema=False) as writer:
            for group in self._groups():
                writer.write_table(_typed(group, columns, schema), row_group_size=len(group))
                rows += len(group)
        self._require_rows(rows)
        for column in columns:
            column.confirm()
        return rows

    def _require_rows(self, rows: int) -> None:
        if rows < MINIMUM_ROWS:
            raise DataError(
                f"the file has {rows} row: at least {MINIMUM_ROWS} are needed to compare; add rows"
            )

    def info(self, rows: int, types: Sequence[ColumnType]) -> CsvInfo:
        """Describe the converted file."""
        return CsvInfo(
            rows=rows,
            columns=len(types),
            delimiter=self.dialect.delimiter,
            encoding=self.dialect.encoding,
            size_bytes=self.encoding.size_bytes,
            decimal_point=self.dialect.decimal_point,
            date_formats={
                name: item.date_format
                for name, item in zip(self.header.names, types, strict=True)
                if item.kind is ValueKind.DATE
            },
        )


def _require_values(empty: Sequence[str]) -> None:
    if empty:
        one = len(empty) == 1
        raise DataError(
            f"{'column' if one else 'columns'} {', '.join(map(repr, empty))} "
            f"{'has' if one else 'have'} no value in any row: an empty column says nothing; "
            f"delete {'it' if one else 'them'} or fill in values"
        )


def _typed(group: pa.Table, columns: Sequence[TypedColumn], schema: pa.Schema) -> pa.Table:
    arrays = [
        column.convert(values.chunk(0))
        for column, values in zip(columns, group.columns, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)
