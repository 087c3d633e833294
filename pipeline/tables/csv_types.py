"""Infers the type of a CSV column from statistics of its values, and converts it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from pipeline.tables.csv_writer import unguard
from pipeline.tables.dates import TIMESTAMP, date_formats, fitting_formats, parse_dates, readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from pipeline.tables.dates import Mask

PLAUSIBLE_NUMBER = r"(?i)^[-+0-9.,e \t]+$|^[ \t]*[-+]?inf(inity)?[ \t]*$"
PLAUSIBLE_DATE = (
    r"(?i)^([-+0-9./:, tz]|[ap]m|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)+$"
)
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
INFINITE = r"(?i)^[+-]?inf(inity)?$"
INTEGER = r"^-?(0|[1-9][0-9]{0,18})$"
CODE = r"^-?(0[0-9]+|[0-9]{19,})$"
NINETEEN_DIGITS = r"^-?[1-9][0-9]{18}$"
INT64 = range(-(2**63), 2**63)

FEW = 0.1
"""Share of a column's values that may break its type and still count as mistakes."""
SHOWN = 60


class ValueKind(StrEnum):
    """How a column is stored."""

    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"


@dataclass(frozen=True)
class ColumnType:
    """A column's kind; of a date column its format as well."""

    kind: ValueKind
    date_format: str = ""


TEXT = pa.dictionary(pa.int32(), pa.string())
ARROW_TYPES = {
    ValueKind.INTEGER: pa.int64(),
    ValueKind.NUMBER: pa.float64(),
    ValueKind.DATE: TIMESTAMP,
    ValueKind.TEXT: TEXT,
}


@dataclass(frozen=True)
class EncodedBatch:
    """A batch of one column: its different values and, for each row, which one it has, or -1."""

    values: pa.Array
    places: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, encoded: pa.DictionaryArray) -> EncodedBatch:
        """Take a dictionary array apart."""
        places = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        counts = np.bincount(places + 1, minlength=len(encoded.dictionary) + 1)[1:]
        return cls(encoded.dictionary, places, counts)

    def rows(self, mask: Mask) -> int:
        """Count the rows whose value is in ``mask``."""
        return int(self.counts[mask].sum())

    def first_row(self, mask: Mask) -> int:
        """Return the first row whose value is in ``mask``; a missing value never is."""
        return int(np.append(mask, False)[self.places].argmax())


@dataclass
class Occurrences:
    """How often values of a kind occur, and the first one with its row, counted from 0."""

    count: int = 0
    row: int = -1
    value: str = ""

    def add(self, mask: Mask, batch: EncodedBatch, offset: int) -> None:
        """Count the rows whose value is in ``mask``; ``offset`` rows came before."""
        count = batch.rows(mask)
        if count and not self.count:
            row = batch.first_row(mask)
            self.row, self.value = offset + row, batch.values[int(batch.places[row])].as_py()
        self.count += count


@dataclass
class ColumnStatistics:
    """Counts of one column's values by what they can be read as, added batch by batch."""

    decimal_point: str = "."
    rows: int = 0
    present: Occurrences = field(default_factory=Occurrences)
    not_number: Occurrences = field(default_factory=Occurrences)
    infinite: Occurrences = field(default_factory=Occurrences)
    integers: int = 0
    codes: int = 0
    not_date: dict[str, Occurrences] = field(default_factory=dict)

    def add(self, encoded: pa.DictionaryArray) -> None:
        """Count one batch."""
        batch = EncodedBatch.of(encoded)
        number = self._add_numbers(batch)
        self._add_dates(batch, number)
        self.present.add(np.ones(len(number), dtype=bool), batch, self.rows)
        self.rows += len(encoded)

    def _add_numbers(self, batch: EncodedBatch) -> Mask:
        """Count the numbers; text with other letters is matched only once."""
        plausible = _matches(batch.values, PLAUSIBLE_NUMBER)
        values = plain_number(batch.values.filter(pa.array(plausible)), self.decimal_point)
        number, integer = _matches(values, NUMBER), _matches(values, INTEGER) & ~_too_long(values)
        infinite = _matches(values, INFINITE) | _overflows(values, number & ~integer)
        self.integers += batch.rows(_scatter(integer, plausible))
        self.codes += batch.rows(_scatter(_matches(values, CODE) & ~integer, plausible))
        self.infinite.add(_scatter(infinite, plausible), batch, self.rows)
        self.not_number.add(~_scatter(number | infinite, plausible), batch, self.rows)
        return _scatter(number, plausible)

    def _add_dates(self, batch: EncodedBatch, number: Mask) -> None:
        """Count the values that each date format does not fit."""
        plausible = ~number & _matches(batch.values, PLAUSIBLE_DATE)
        found = dict(fitting_formats(batch.values.filter(pa.array(plausible))))
        for name in found:
            self.not_date.setdefault(name, replace(self.present))
        for name, misfits in self.not_date.items():
            dates = found.get(name, np.zeros(plausible.sum(), dtype=bool))
            misfits.add(~_scatter(dates, plausible), batch, self.rows)


def _scatter(part: Mask, where: Mask) -> Mask:
    """Put the mask of some values back in the places of those values."""
    mask = np.zeros(len(where), dtype=bool)
    mask[where] = part
    return mask


def plain_number(values: pa.Array, decimal_point: str) -> pa.Array:
    """Write numbers the way Arrow reads them: without spaces around, with a decimal point.

    Where the comma is the decimal sign, ``1.234`` is more likely a thousand than one and a bit;
    it is made to look like no number at all.
    """
    values = pc.ascii_trim(values, " \t")
    if decimal_point == ".":
        return values
    return pc.replace_substring(pc.replace_substring(values, ".", "_"), decimal_point, ".")


def _matches(values: pa.Array, pattern: str) -> Mask:
    mask: Mask = pc.match_substring_regex(values, pattern).to_numpy(zero_copy_only=False)
    return mask


def _too_long(values: pa.Array) -> Mask:
    """Tell which integers do not fit 64 bits; only those of nineteen digits need a look."""
    mask = _matches(values, NINETEEN_DIGITS)
    mask[mask] = [int(value.as_py()) not in INT64 for value in values.filter(pa.array(mask))]
    return mask


def _overflows(values: pa.Array, number: Mask) -> Mask:
    mask = number.copy()
    mask[mask] = np.isinf(values.filter(pa.array(number)).cast(pa.float64()).to_numpy())
    return mask


@dataclass(frozen=True)
class InvalidCell:
    """The first cell that breaks its column's type: the reason, and the row counted from 0."""

    sentence: str
    row: int


def infer_type(statistics: ColumnStatistics) -> ColumnType:
    """Return the type that all values, or all but a few, have."""
    if _is_few(statistics, statistics.not_number):
        return ColumnType(_numeric_kind(statistics))
    preferred = [item.name for item in date_formats() if item.name in statistics.not_date]
    best = min(preferred, key=lambda name: statistics.not_date[name].count, default="")
    if best and _is_few(statistics, statistics.not_date[best]):
        return ColumnType(ValueKind.DATE, best)
    return ColumnType(ValueKind.TEXT)


def _is_few(statistics: ColumnStatistics, wrong: Occurrences) -> bool:
    right = statistics.present.count - wrong.count
    return wrong.count < right and wrong.count <= max(1, FEW * statistics.present.count)


def _numeric_kind(statistics: ColumnStatistics) -> ValueKind:
    """Tell codes, such as 00501 or a number of twenty digits, from quantities."""
    numbers = statistics.present.count - statistics.not_number.count
    if statistics.codes and statistics.codes + statistics.integers == numbers:
        return ValueKind.TEXT
    return ValueKind.INTEGER if statistics.integers == numbers else ValueKind.NUMBER


def first_invalid_cell(statistics: ColumnStatistics) -> InvalidCell | None:
    """Return the first cell that the inferred type cannot hold, if there is one."""
    likely = infer_type(statistics)
    if likely.kind is ValueKind.TEXT:
        return None
    if likely.kind is ValueKind.DATE:
        return _invalid_date(statistics.not_date[likely.date_format], likely.date_format)
    return _invalid_number(statistics.not_number, statistics.infinite)


def _invalid_number(not_number: Occurrences, infinite: Occurrences) -> InvalidCell | None:
    if not_number.count:
        return InvalidCell(
            f"the text {_quoted(not_number.value)} stands in a column of numbers"
            f"{_and_more(not_number)}; write a number or leave the cell empty",
            not_number.row,
        )
    if infinite.count:
        return InvalidCell(
            f"the value {_quoted(infinite.value)} is infinite{_and_more(infinite)}: numbers must "
            "be finite; write a number or leave the cell empty",
            infinite.row,
        )
    return None


def _invalid_date(not_date: Occurrences, date_format: str) -> InvalidCell | None:
    if not not_date.count:
        return None
    return InvalidCell(
        f"{_quoted(not_date.value)} is no date like the others, which are written "
        f"{readable(date_format)}{_and_more(not_date)}; correct it or leave the cell empty",
        not_date.row,
    )


def _and_more(found: Occurrences) -> str:
    return f" (and {found.count - 1:,} more such cells)" if found.count > 1 else ""


def _quoted(value: str) -> str:
    return repr(value if len(value) <= SHOWN else value[:SHOWN] + "...")


class TypeMismatch(Exception):  # noqa: N818 - control flow, not an error
    """A value does not fit the type inferred from the first rows."""


class TypedColumn:
    """Converts one column batch by batch.

    Text is counted on the way, to notice a column of which only the first rows were text.
    """

    def __init__(self, column_type: ColumnType, decimal_point: str) -> None:
        self.type = column_type
        self.present = 0
        self._statistics = ColumnStatistics(decimal_point)

    def convert(self, values: pa.StringArray) -> pa.Array:
        """Return the values in the column's type; raises TypeMismatch."""
        self.present += len(values) - values.null_count
        match self.type.kind:
            case ValueKind.INTEGER:
                return _integers(values)
            case ValueKind.NUMBER:
                return _numbers(values, self._statistics.decimal_point)
            case ValueKind.DATE:
                return _dates(values, self.type.date_format)
            case ValueKind.TEXT:
                return self._text(values)

    def _text(self, values: pa.StringArray) -> pa.DictionaryArray:
        encoded = values.dictionary_encode()
        self._statistics.add(encoded)
        plain = unguard(encoded.dictionary)
        if plain is encoded.dictionary:
            return encoded
        return unguard(values).dictionary_encode()

    def confirm(self) -> None:
        """Check that all values together have this type; raises TypeMismatch."""
        found = self._statistics
        is_text = infer_type(found) == self.type and not first_invalid_cell(found)
        if not self.present or (self.type.kind is ValueKind.TEXT and not is_text):
            raise TypeMismatch


def arrow_schema(names: Sequence[str], types: Sequence[ColumnType]) -> pa.Schema:
    """Return the schema that the converted batches have."""
    return pa.schema(
        [(name, ARROW_TYPES[item.kind]) for name, item in zip(names, types, strict=True)]
    )


def _integers(values: pa.StringArray) -> pa.Array:
    plain = plain_number(values, ".")
    try:
        integers = plain.cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise TypeMismatch from error
    if _has_leading_zero(plain):
        raise TypeMismatch
    return integers


def _has_leading_zero(values: pa.StringArray) -> bool:
    length = pc.binary_length(values)
    padded = pc.and_(pc.starts_with(values, "0"), pc.greater(length, 1))
    negative = pc.and_(pc.starts_with(values, "-0"), pc.greater(length, 2))
    return bool(pc.any(pc.or_(padded, negative)).as_py())


def _numbers(values: pa.StringArray, decimal_point: str) -> pa.Array:
    try:
        numbers = plain_number(values, decimal_point).cast(pa.float64())
    except pa.ArrowInvalid as error:
        raise TypeMismatch from error
    if not pc.all(pc.is_finite(numbers)).as_py():
        raise TypeMismatch
    return numbers


def _dates(values: pa.StringArray, date_format: str) -> pa.Array:
    dates = parse_dates(values, date_format)
    if dates.null_count != values.null_count:
        raise TypeMismatch
    return dates
