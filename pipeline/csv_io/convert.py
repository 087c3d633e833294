"""The conversion of a CSV file to typed Parquet, with flat memory.

The first rows suggest a type for every column, and the file is converted in one pass as long as
all values agree. If one does not, every value of the file is counted, the types are decided by
all of them, and the file is converted with those. Either way the types are those of the whole
file, whatever its order.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, Self

import pyarrow as pa
from pyarrow import parquet as pq

from pipeline.csv_io.dialect import detect
from pipeline.csv_io.header import read_header
from pipeline.csv_io.info import CsvInfo
from pipeline.csv_io.judge import ColumnType, Fault, Kind, fault, likely_type
from pipeline.csv_io.reader import first_rows, read_groups
from pipeline.csv_io.survey import survey
from pipeline.csv_io.tally import Tally
from pipeline.csv_io.typed import Contradiction, TypedColumn, arrow_schema
from pipeline.errors import DataError
from pipeline.hashing import file_sha256
from pipeline.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.csv_io.dialect import Dialect
    from pipeline.csv_io.header import Header
    from pipeline.csv_io.info import Progress
    from pipeline.csv_io.survey import Survey

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
    with ThreadPoolExecutor(1) as pool:
        sha256 = pool.submit(file_sha256, source)
        conversion = _Conversion.of(source, progress)
        part = target.with_name(f".{target.name}.part")
        try:
            rows, types = conversion.write(part)
            if all(item.kind is Kind.TEXT for item in types):
                Schema.infer(part)  # refuses text that no model can use
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return conversion.info(rows, types, sha256.result())


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

    def info(self, rows: int, types: Sequence[ColumnType], sha256: str) -> CsvInfo:
        """Return what the file turned out to be."""
        return CsvInfo(
            rows=rows,
            columns=len(types),
            delimiter=self.dialect.delimiter,
            encoding=self.dialect.encoding,
            sha256=sha256,
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
