"""The rows of a CSV file as Arrow tables of text, and the sentence for what Arrow cannot read."""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

from pipeline.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pipeline.csv_io.dialect import Dialect
    from pipeline.csv_io.header import Header

BLOCK_BYTES = 1 << 20
MOST_BYTES_A_CHARACTER = 4
FIRST_BYTES = 512 << 10
GROUP_ROWS = 131_072
GROUP_BYTES = 32 << 20
NULLS = [*csv.ConvertOptions().null_values, "NAN", "None", "<NA>"]


def first_rows(path: Path, dialect: Dialect, header: Header) -> pa.Table | None:
    """Return some rows from the top, or None where that takes a look at the whole file."""
    try:
        with path.open("rb") as file, _open(file, dialect, header, FIRST_BYTES) as batches:
            return pa.Table.from_batches([next(iter(batches))])
    except (pa.ArrowInvalid, UnicodeDecodeError, StopIteration):
        return None


def read_groups(
    path: Path, dialect: Dialect, header: Header, position: Callable[[int], None]
) -> Iterator[pa.Table]:
    """Yield the rows as text, missing values as null, in tables of one chunk each.

    A table is as large as a row group of a Parquet file, so memory does not grow with the file.

    Parameters
    ----------
    position
        Told, with every table, how many bytes of the file were read.

    Raises
    ------
    DataError
        The file's structure is broken; the sentence names the line.
    """
    with path.open("rb", buffering=0) as file:
        try:
            with _open(file, dialect, header, BLOCK_BYTES) as batches:
                for group in _gathered(batches):
                    yield group
                    position(file.tell())
            _require_closed(path, dialect, group)
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            raise _explained(path, dialect, header, error) from error


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if (
            sum(len(item) for item in waiting) >= GROUP_ROWS
            or sum(item.nbytes for item in waiting) >= GROUP_BYTES
        ):
            yield pa.Table.from_batches(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting).combine_chunks()


def _open(
    file: object, dialect: Dialect, header: Header, block_bytes: int
) -> csv.CSVStreamingReader:
    return csv.open_csv(
        file,
        read_options=csv.ReadOptions(
            column_names=list(header.names),
            skip_rows_after_names=header.line,
            encoding=dialect.encoding,
            block_size=block_bytes,
        ),
        parse_options=csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(header.names, pa.string()),
            null_values=NULLS,
            strings_can_be_null=True,
        ),
    )


def _explained(path: Path, dialect: Dialect, header: Header, error: Exception) -> DataError:
    """Find the line that Arrow, which does not count lines, stumbled over."""
    expected, longest, size = len(header.names), 1, 0
    for record in dialect.records(path):
        if len(record.fields) != expected:
            return _ragged(record.line, len(record.fields), expected)
        if size < (size := max(size, sum(map(len, record.fields)))):
            longest = record.line
    if size * MOST_BYTES_A_CHARACTER > BLOCK_BYTES:
        return DataError(
            f"line {longest} starts a row of {size:,} characters: a row may take "
            f"{BLOCK_BYTES:,} bytes; shorten its text, or look for a quote that closes too late"
        )
    return DataError(f"the file cannot be read as CSV: {error}; export it again as plain CSV")


def _require_closed(path: Path, dialect: Dialect, last: pa.Table) -> None:
    """Refuse a quote that is never closed, which Arrow takes for text up to the end of the file.

    Such text is the very last field, and the file ends in it, without a quote after it.
    """
    value = last.column(last.num_columns - 1)[-1].as_py()
    if value is None:
        return
    encoding = "utf-16-le" if dialect.encoding == "utf-16" else dialect.encoding
    unclosed = ('"' + value.replace('"', '""')).encode(encoding)
    with path.open("rb") as file:
        file.seek(-min(len(unclosed), path.stat().st_size), os.SEEK_END)
        if file.read() == unclosed:
            deque(dialect.records(path), maxlen=0)


def _ragged(line: int, found: int, expected: int) -> DataError:
    more = found > expected
    mend = (
        'put quotes (") around text that holds the delimiter' if more else "add the missing fields"
    )
    return DataError(
        f"line {line} has {found} {'field' if found == 1 else 'fields'}, expected {expected}: "
        f"every line must have as many fields as the line of column names; {mend}"
    )
