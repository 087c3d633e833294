"""What callers of the conversion hear of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self

import pyarrow as pa
from pyarrow import parquet as pq

from pipeline.errors import DataError
from pipeline.tables.csv_reader import Dialect, detect, first_rows, read_groups, survey
from pipeline.tables.csv_types import (
    ColumnType,
    Contradiction,
    Fault,
    Kind,
    Tally,
    TypedColumn,
    arrow_schema,
    fault,
    likely_type,
)
from pipeline.tables.csv_writer import unguard_name
from pipeline.tables.schema import SCORED_COLUMNS, Schema

Progress = Callable[[int, int], None]
"""Called now and then with the units done and the units in all, such as bytes or rows."""


@dataclass(frozen=True)
class CsvInfo:
    """What a converted file turned out to be.

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


NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")
MOMENT = re.compile(r"\d+[/.-]\d+[/.-]\d+[ T]\d+:\d+.*")


@dataclass(frozen=True)
class Header:
    """The column names, and the line they are on; above it there are empty lines only."""

    names: tuple[str, ...]
    line: int


def read_header(path: Path, dialect: Dialect) -> Header:
    """Read and check the column names.

    Raises
    ------
    DataError
        Names the columns that break a rule.
    """
    records = dialect.records(path)
    first = next(records)
    names = tuple(unguard_name(name.strip()) for name in first.fields)
    _require_names(names)
    _require_different(names)
    _require_unscored(names)
    if next(records, None) is None:
        raise DataError(
            f"the file holds column names ({len(names)}) and no rows; export it again with its rows"
        )
    return Header(names, first.line)


def _require_names(names: Sequence[str]) -> None:
    blank = [str(place) for place, name in enumerate(names, 1) if not name]
    if blank:
        noun = "column" if len(blank) == 1 else "columns"
        raise DataError(
            f"{noun} {', '.join(blank)} of {len(names)} without a name in the first line: every "
            "column needs one (an index written by another tool is such a column); "
            f"name or delete the {noun}"
        )
    if all(NUMBER.fullmatch(name) for name in names) or any(map(MOMENT.fullmatch, names)):
        raise DataError(
            f"the first line looks like data, not like column names: {_listed(names[:3])} ...; "
            "add a line of column names on top"
        )


def _require_different(names: Sequence[str]) -> None:
    """Refuse equal names, also those that differ in case only: SQL could not tell them apart."""
    for _, group in groupby(
        sorted(range(len(names)), key=lambda i: (names[i].casefold(), i)),
        key=lambda i: names[i].casefold(),
    ):
        places = list(group)
        if len(places) > 1:
            raise DataError(
                f"columns {' and '.join(str(place + 1) for place in places)} have the same name "
                f"{_listed(dict.fromkeys(names[place] for place in places))}: names must differ by "
                "more than upper and lower case; rename or delete the others"
            )


def _require_unscored(names: Sequence[str]) -> None:
    scored = [name for name in names if name.casefold() in SCORED_COLUMNS]
    if scored:
        raise DataError(
            f"the file was scored before: {_listed(scored)} are names that scoring adds; "
            "upload the original file, or delete these columns and try again"
        )


def _listed(names: Sequence[str] | dict[str, None]) -> str:
    return ", ".join(repr(name) for name in names)


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.tables.csv_reader import Dialect, Survey

MINIMUM_ROWS = 2


def csv_to_parquet(source: Path, target: Path, progress: Progress | None = None) -> CsvInfo:
    """Convert ``source`` to Parquet at ``target``, which appears only when it is whole.

    Integers become int64, other numbers float64, dates timestamps in microseconds without a
    zone, all else text. Empty cells and the usual words for nothing (NA, null, ...) become null.

    Parameters
    ----------
    progress
        Called now and then with the bytes read and the bytes in all; starts over if the file
        has to be read again.

    Raises
    ------
    DataError
        One sentence: what is wrong, where, the rule and the mend. ``target`` is not made.
    """
    conversion = _Conversion.of(source, progress)
    part = target.with_name(f".{target.name}.part")
    try:
        rows, types = conversion.write(part)
        if all(item.kind is Kind.TEXT for item in types):
            Schema.infer(part)  # refuses text that no model can use
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return conversion.info(rows, types)


@dataclass
class _Conversion:
    """One file on its way to Parquet."""

    source: Path
    survey: Survey
    dialect: Dialect
    header: Header
    progress: Progress | None

    @classmethod
    def of(cls, source: Path, progress: Progress | None) -> Self:
        """Find out how the file is written and what its columns are called."""
        surveyed = survey(source)
        dialect = detect(surveyed)
        return cls(source, surveyed, dialect, read_header(source, dialect), progress)

    def write(self, target: Path) -> tuple[int, Sequence[ColumnType]]:
        """Write the whole file with the types of the first rows, or else of all rows."""
        try:
            types = self._likely_types()
            return self._write(target, types), types
        except Contradiction:
            types = self._counted_types()
            return self._write(target, types), types

    def _groups(self) -> Iterator[pa.Table]:
        return read_groups(self.source, self.dialect, self.header, self._position)

    def _position(self, done: int) -> None:
        if self.progress:
            self.progress(done, self.survey.size_bytes)

    def _likely_types(self) -> list[ColumnType]:
        """Judge the columns by the first rows, without complaint."""
        first = first_rows(self.source, self.dialect, self.header)
        if first is None:
            raise Contradiction
        return [likely_type(tally) for tally in self._tallies([first])]

    def _counted_types(self) -> list[ColumnType]:
        """Judge the columns by all rows; raises DataError for the first that breaks a rule."""
        tallies = dict(zip(self.header.names, self._tallies(self._groups()), strict=True))
        _require_values([name for name, tally in tallies.items() if not tally.present.count])
        for name, tally in tallies.items():
            found = fault(tally)
            if found:
                self._refuse(name, found)
        return [likely_type(tally) for tally in tallies.values()]

    def _tallies(self, groups: Iterable[pa.Table]) -> list[Tally]:
        tallies = [Tally(self.dialect.decimal_point) for _ in self.header.names]
        for group in groups:
            for tally, values in zip(tallies, group.columns, strict=True):
                tally.add(values.chunk(0).dictionary_encode())
        return tallies

    def _refuse(self, name: str, found: Fault) -> NoReturn:
        raise DataError(f"line {self._line(found.row)}, column {name!r}: {found.sentence}")

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
        """Return what the file turned out to be."""
        return CsvInfo(
            rows=rows,
            columns=len(types),
            delimiter=self.dialect.delimiter,
            encoding=self.dialect.encoding,
            size_bytes=self.survey.size_bytes,
            decimal_point=self.dialect.decimal_point,
            date_formats={
                name: item.date_format
                for name, item in zip(self.header.names, types, strict=True)
                if item.kind is Kind.DATE
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
