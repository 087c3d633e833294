"""Reads CSV files: detects encoding and dialect, reads the column names and the rows as text."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
import sys
from collections import deque
from dataclasses import dataclass
from itertools import chain, groupby, islice
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv as arrow_csv

from pipeline.errors import DataError
from pipeline.tables.csv_writer import unguard_name
from pipeline.tables.schema import SCORED_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

CHUNK_BYTES = 1 << 20
UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
CP1252_UNDEFINED = b"\x81\x8d\x8f\x90\x9d"

SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook or zip archive", "save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV"),
    (b"PAR1", "a Parquet file", "export it as CSV"),
    (b"ARROW1", "an Arrow file", "export it as CSV"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"\x1f\x8b", "a gzip archive", "unpack it"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it"),
    (b"BZh", "a bzip2 archive", "unpack it"),
    (b"\xfd7zXZ", "an xz archive", "unpack it"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it"),
    (b"Rar!", "a RAR archive", "unpack it"),
    (b"%PDF", "a PDF document", "export the table as CSV"),
    (b"\x89PNG", "a PNG picture", "choose a CSV file"),
    (b"\xff\xd8\xff", "a JPEG picture", "choose a CSV file"),
    (b"\x7fELF", "a program", "choose a CSV file"),
    (b'{"', "JSON", "export the table as CSV"),
    (b"[{", "JSON", "export the table as CSV"),
    (b"<!", "a web page", "export the table as CSV"),
    (b"<html", "a web page", "export the table as CSV"),
    (b"<?xml", "XML", "export the table as CSV"),
)

# An unclosed quote makes one field of the rest of the file; it is found by reading that field.
csv.field_size_limit(sys.maxsize)

DELIMITERS = (",", ";", "\t", "|")
SAMPLED_RECORDS = 200
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
DECIMAL_POINT = re.compile(r"\s*[+-]?\d+\.\d+\s*")
END = "\x00end"
"""Appended as the last line: an unclosed quote would include it. Text has no zero byte."""

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")
MOMENT = re.compile(r"\d+[/.-]\d+[/.-]\d+[ T]\d+:\d+.*")

BLOCK_BYTES = 1 << 20
MOST_BYTES_A_CHARACTER = 4
FIRST_BYTES = 512 << 10
GROUP_ROWS = 131_072
GROUP_BYTES = 32 << 20
NULLS = [*arrow_csv.ConvertOptions().null_values, "NAN", "None", "<NA>"]


@dataclass(frozen=True)
class FileEncoding:
    """Encoding and first bytes of a file.

    Attributes
    ----------
    encoding
        ``utf-8``, ``utf-16``, or ``cp1252`` and ``latin-1`` for bytes that are not UTF-8.
    head
        The first bytes, at most ``CHUNK_BYTES``.
    """

    size_bytes: int
    encoding: str
    head: bytes

    @property
    def whole(self) -> bool:
        """Whether ``head`` is the whole file."""
        return len(self.head) == self.size_bytes


def detect_encoding(path: Path) -> FileEncoding:
    """Read every byte of ``path`` once.

    Raises
    ------
    DataError
        The file is empty or holds no text.
    """
    head = next(_chunks(path), b"")
    _require_text(head)
    size = path.stat().st_size
    if head.startswith(UTF16_BOMS):
        return FileEncoding(size, "utf-16", head)
    if _is_utf8(path):
        return FileEncoding(size, "utf-8", head)
    cp1252 = not any(byte in chunk for chunk in _chunks(path) for byte in CP1252_UNDEFINED)
    return FileEncoding(size, "cp1252" if cp1252 else "latin-1", head)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _require_text(head: bytes) -> None:
    if not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise DataError(
            "the file is empty: it must hold a line of column names and rows below it; "
            "choose another file"
        )
    for signature, what, fix in SIGNATURES:
        if head.startswith(signature):
            raise DataError(f"the file looks like {what}, not like CSV text; {fix} and try again")


def _is_utf8(path: Path) -> bool:
    """Tell whether the bytes are UTF-8; raises DataError for binary data."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, offset = True, 0
    for chunk in _chunks(path):
        _refuse_binary(chunk, offset)
        valid = valid and _continues(decoder, chunk)
        offset += len(chunk)
    return valid and _continues(decoder, b"", final=True)


def _continues(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_binary(chunk: bytes, offset: int) -> None:
    zero = chunk.find(0)
    if zero >= 0:
        raise DataError(
            f"the file holds binary data (a zero byte at position {offset + zero + 1:,}), and "
            "CSV is text; save the table as CSV and try again"
        )


@dataclass(frozen=True)
class CsvRecord:
    """One record and the line, counted from 1, on which it starts."""

    line: int
    fields: list[str]


@dataclass(frozen=True)
class Dialect:
    """How a file is written."""

    encoding: str
    delimiter: str
    decimal_point: str = "."

    def records(self, path: Path) -> Iterator[CsvRecord]:
        """Yield the records of a file, the header first, without the empty lines.

        Raises
        ------
        DataError
            A quote is opened and never closed, or the text breaks off its encoding.
        """
        encoding = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        with path.open(encoding=encoding, newline="") as file:
            try:
                yield from self._parse(file)
            except UnicodeDecodeError as error:
                raise DataError(
                    f"the text is not valid {self.encoding.upper()}: {error.reason}; save the "
                    "file as UTF-8 and try again"
                ) from error

    def _parse(self, lines: Iterable[str]) -> Iterator[CsvRecord]:
        reader = csv.reader(chain(lines, [END]), delimiter=self.delimiter)
        line = 1
        for fields in reader:
            if fields == [END]:
                return
            if fields and fields[-1].endswith(END):
                raise DataError(
                    f"line {line}: a quote is opened and never closed; close it, or double the "
                    'quotes ("") that belong to the text'
                )
            if fields:
                yield CsvRecord(line, fields)
            line = reader.line_num + 1


def detect_dialect(file: FileEncoding) -> Dialect:
    """Choose the delimiter under which the first records have the most equal fields."""
    lines = _lines(file)
    best = max(DELIMITERS, key=lambda delimiter: _fit(lines, delimiter))
    dialect = Dialect(file.encoding, best)
    return Dialect(file.encoding, best, _decimal_point(lines, dialect))


def _lines(file: FileEncoding) -> list[str]:
    """Return the first lines; a last line that the sample cuts off is left out."""
    encoding = "utf-8-sig" if file.encoding == "utf-8" else file.encoding
    text = file.head.decode(encoding, errors="ignore")
    lines = list(io.StringIO(text, newline=""))
    return lines if file.whole or len(lines) == 1 else lines[:-1]


def _first_records(lines: list[str], delimiter: str) -> list[list[str]]:
    records = islice(csv.reader(lines, delimiter=delimiter), SAMPLED_RECORDS)
    return [fields for fields in records if fields]


def _fit(lines: list[str], delimiter: str) -> tuple[float, int]:
    """Rate a delimiter: how many records are as long as the header, then how long that is."""
    records = _first_records(lines, delimiter)
    width = len(records[0]) if records else 0
    if width < 2:  # noqa: PLR2004 - a delimiter that parts nothing
        return 0.0, 0
    return sum(len(fields) == width for fields in records) / len(records), width


def _decimal_point(lines: list[str], dialect: Dialect) -> str:
    """Tell ``3,5`` from ``3.5``; where commas separate the fields, it is a point."""
    if dialect.delimiter == ",":
        return "."
    fields = list(chain.from_iterable(_first_records(lines, dialect.delimiter)[1:]))
    commas = sum(bool(DECIMAL_COMMA.fullmatch(field)) for field in fields)
    points = sum(bool(DECIMAL_POINT.fullmatch(field)) for field in fields)
    return "," if commas > points else "."


@dataclass(frozen=True)
class Header:
    """The column names and their line; only empty lines precede it."""

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
    _require_distinct(names)
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


def _require_distinct(names: Sequence[str]) -> None:
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


def first_rows(path: Path, dialect: Dialect, header: Header) -> pa.Table | None:
    """Return some of the first rows, or None where the whole file has to be looked at."""
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
        Called after each table with the number of bytes read.

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
) -> arrow_csv.CSVStreamingReader:
    return arrow_csv.open_csv(
        file,
        read_options=arrow_csv.ReadOptions(
            column_names=list(header.names),
            skip_rows_after_names=header.line,
            encoding=dialect.encoding,
            block_size=block_bytes,
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(header.names, pa.string()),
            null_values=NULLS,
            strings_can_be_null=True,
        ),
    )


def _explained(path: Path, dialect: Dialect, header: Header, error: Exception) -> DataError:
    """Find the line of an Arrow error, which does not name it."""
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
    fix = (
        'put quotes (") around text that holds the delimiter' if more else "add the missing fields"
    )
    return DataError(
        f"line {line} has {found} {'field' if found == 1 else 'fields'}, expected {expected}: "
        f"every line must have as many fields as the line of column names; {fix}"
    )
