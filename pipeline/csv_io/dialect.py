"""How a CSV file is written, and its records as Python sees them.

Arrow reads the rows; these slower readers serve the header and, when something is wrong, the
line of the file on which it is.
"""

import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from pipeline.csv_io.survey import Survey
from pipeline.errors import DataError

# An unclosed quote makes one field of the rest of the file; it is found by reading that field.
csv.field_size_limit(sys.maxsize)

DELIMITERS = (",", ";", "\t", "|")
JUDGED_RECORDS = 200
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
DECIMAL_POINT = re.compile(r"\s*[+-]?\d+\.\d+\s*")
END = "\x00end"
"""A last line of our own: an unclosed quote swallows it. Text files hold no zero byte."""


@dataclass(frozen=True)
class Record:
    """One record and the physical line, counted from 1, on which it starts."""

    line: int
    fields: list[str]


@dataclass(frozen=True)
class Dialect:
    """How a file is written."""

    encoding: str
    delimiter: str
    decimal_point: str = "."

    def records(self, path: Path) -> Iterator[Record]:
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

    def _parse(self, lines: Iterable[str]) -> Iterator[Record]:
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
                yield Record(line, fields)
            line = reader.line_num + 1


def detect(survey: Survey) -> Dialect:
    """Choose the delimiter under which the first records have the most equal fields."""
    lines = _lines(survey)
    best = max(DELIMITERS, key=lambda delimiter: _fit(lines, delimiter))
    dialect = Dialect(survey.encoding, best)
    return Dialect(survey.encoding, best, _decimal_point(lines, dialect))


def _lines(survey: Survey) -> list[str]:
    """Return the first lines; a last line that the sample cuts off is left out."""
    encoding = "utf-8-sig" if survey.encoding == "utf-8" else survey.encoding
    text = survey.head.decode(encoding, errors="ignore")
    lines = list(io.StringIO(text, newline=""))
    return lines if survey.whole or len(lines) == 1 else lines[:-1]


def _first_records(lines: list[str], delimiter: str) -> list[list[str]]:
    records = islice(csv.reader(lines, delimiter=delimiter), JUDGED_RECORDS)
    return [fields for fields in records if fields]


def _fit(lines: list[str], delimiter: str) -> tuple[float, int]:
    """Rate a delimiter: how many records are as long as the header, then how long that is."""
    records = _first_records(lines, delimiter)
    width = len(records[0]) if records else 0
    if width < 2:  # noqa: PLR2004 - a delimiter that parts nothing
        return 0.0, 0
    return sum(len(fields) == width for fields in records) / len(records), width


def _decimal_point(lines: list[str], dialect: Dialect) -> str:
    """Tell ``3,5`` from ``3.5``; where commas part the fields, only the point is left."""
    if dialect.delimiter == ",":
        return "."
    fields = list(chain.from_iterable(_first_records(lines, dialect.delimiter)[1:]))
    commas = sum(bool(DECIMAL_COMMA.fullmatch(field)) for field in fields)
    points = sum(bool(DECIMAL_POINT.fullmatch(field)) for field in fields)
    return "," if commas > points else "."
