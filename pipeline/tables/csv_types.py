"""What the values of a column are: numbers, dates or something else, counted batch by batch."""

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


@dataclass(frozen=True)
class Coded:
    """A batch of one column: its different values and, for each row, which one it has, or -1."""

    values: pa.Array
    places: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, encoded: pa.DictionaryArray) -> Coded:
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
class Found:
    """Some values of a column: how many, and the first with its row, counted from 0."""

    count: int = 0
    row: int = -1
    value: str = ""

    def add(self, mask: Mask, coded: Coded, offset: int) -> None:
        """Count the rows whose value is in ``mask``; ``offset`` rows came before."""
        count = coded.rows(mask)
        if count and not self.count:
            row = coded.first_row(mask)
            self.row, self.value = offset + row, coded.values[int(coded.places[row])].as_py()
        self.count += count


@dataclass
class Tally:
    """What the values of one column are, counted batch by batch."""

    decimal_point: str = "."
    rows: int = 0
    present: Found = field(default_factory=Found)
    not_number: Found = field(default_factory=Found)
    infinite: Found = field(default_factory=Found)
    integers: int = 0
    codes: int = 0
    not_date: dict[str, Found] = field(default_factory=dict)

    def add(self, encoded: pa.DictionaryArray) -> None:
        """Count one batch."""
        coded = Coded.of(encoded)
        number = self._add_numbers(coded)
        self._add_dates(coded, number)
        self.present.add(np.ones(len(number), dtype=bool), coded, self.rows)
        self.rows += len(encoded)

    def _add_numbers(self, coded: Coded) -> Mask:
        """Count the numbers; text that holds a letter of its own costs one look only."""
        plausible = _matches(coded.values, PLAUSIBLE_NUMBER)
        values = plain_number(coded.values.filter(pa.array(plausible)), self.decimal_point)
        number, integer = _matches(values, NUMBER), _matches(values, INTEGER) & ~_too_long(values)
        infinite = _matches(values, INFINITE) | _overflows(values, number & ~integer)
        self.integers += coded.rows(_scatter(integer, plausible))
        self.codes += coded.rows(_scatter(_matches(values, CODE) & ~integer, plausible))
        self.infinite.add(_scatter(infinite, plausible), coded, self.rows)
        self.not_number.add(~_scatter(number | infinite, plausible), coded, self.rows)
        return _scatter(number, plausible)

    def _add_dates(self, coded: Coded, number: Mask) -> None:
        """Count what each format does not fit; one first seen now fitted nothing before."""
        plausible = ~number & _matches(coded.values, PLAUSIBLE_DATE)
        found = dict(fitting_formats(coded.values.filter(pa.array(plausible))))
        for name in found:
            self.not_date.setdefault(name, replace(self.present))
        for name, misfits in self.not_date.items():
            dates = found.get(name, np.zeros(plausible.sum(), dtype=bool))
            misfits.add(~_scatter(dates, plausible), coded, self.rows)


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


FEW = 0.1
"""Share of a column's values that may break its type and still be taken for mistakes."""
SHOWN = 60


class Kind(StrEnum):
    """How a column is stored."""

    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"


@dataclass(frozen=True)
class ColumnType:
    """A column's kind; of a date column its format as well."""

    kind: Kind
    date_format: str = ""


@dataclass(frozen=True)
class Fault:
    """Why a column is refused, and the row, counted from 0, of the first cell that is wrong."""

    sentence: str
    row: int


def likely_type(tally: Tally) -> ColumnType:
    """Return the type that all values, or all but a few, have."""
    if _few(tally, tally.not_number):
        return ColumnType(_numeric_kind(tally))
    preferred = [item.name for item in date_formats() if item.name in tally.not_date]
    best = min(preferred, key=lambda name: tally.not_date[name].count, default="")
    if best and _few(tally, tally.not_date[best]):
        return ColumnType(Kind.DATE, best)
    return ColumnType(Kind.TEXT)


def _few(tally: Tally, wrong: Found) -> bool:
    right = tally.present.count - wrong.count
    return wrong.count < right and wrong.count <= max(1, FEW * tally.present.count)


def _numeric_kind(tally: Tally) -> Kind:
    """Tell codes, such as 00501 or a number of twenty digits, from numbers to count with."""
    numbers = tally.present.count - tally.not_number.count
    if tally.codes and tally.codes + tally.integers == numbers:
        return Kind.TEXT
    return Kind.INTEGER if tally.integers == numbers else Kind.NUMBER


def fault(tally: Tally) -> Fault | None:
    """Return what stands in the way of the likely type, if anything does."""
    likely = likely_type(tally)
    if likely.kind is Kind.TEXT:
        return None
    if likely.kind is Kind.DATE:
        return _date_fault(tally.not_date[likely.date_format], likely.date_format)
    return _number_fault(tally.not_number, tally.infinite)


def _number_fault(not_number: Found, infinite: Found) -> Fault | None:
    if not_number.count:
        return Fault(
            f"the text {_quoted(not_number.value)} stands in a column of numbers"
            f"{_and_more(not_number)}; write a number or leave the cell empty",
            not_number.row,
        )
    if infinite.count:
        return Fault(
            f"the value {_quoted(infinite.value)} is infinite{_and_more(infinite)}: numbers must "
            "be finite; write a number or leave the cell empty",
            infinite.row,
        )
    return None


def _date_fault(not_date: Found, date_format: str) -> Fault | None:
    if not not_date.count:
        return None
    return Fault(
        f"{_quoted(not_date.value)} is no date like the others, which are written "
        f"{readable(date_format)}{_and_more(not_date)}; correct it or leave the cell empty",
        not_date.row,
    )


def _and_more(found: Found) -> str:
    return f" (and {found.count - 1:,} more such cells)" if found.count > 1 else ""


def _quoted(value: str) -> str:
    return repr(value if len(value) <= SHOWN else value[:SHOWN] + "...")


TEXT = pa.dictionary(pa.int32(), pa.string())
ARROW_TYPES = {
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.DATE: TIMESTAMP,
    Kind.TEXT: TEXT,
}


class Contradiction(Exception):  # noqa: N818 - an expected turn, not an error
    """A value does not fit the type that the first rows suggested."""


class TypedColumn:
    """Converts one column batch by batch.

    Text is tallied on the way, so that a column which only began like text is noticed.
    """

    def __init__(self, column_type: ColumnType, decimal_point: str) -> None:
        self.type = column_type
        self.present = 0
        self._tally = Tally(decimal_point)

    def convert(self, values: pa.StringArray) -> pa.Array:
        """Return the values in the column's type; raises Contradiction."""
        self.present += len(values) - values.null_count
        match self.type.kind:
            case Kind.INTEGER:
                return _integers(values)
            case Kind.NUMBER:
                return _numbers(values, self._tally.decimal_point)
            case Kind.DATE:
                return _dates(values, self.type.date_format)
            case Kind.TEXT:
                return self._text(values)

    def _text(self, values: pa.StringArray) -> pa.DictionaryArray:
        encoded = values.dictionary_encode()
        self._tally.add(encoded)
        plain = unguard(encoded.dictionary)
        if plain is encoded.dictionary:
            return encoded
        return unguard(values).dictionary_encode()

    def confirm(self) -> None:
        """See that all values together suggest this very type; raises Contradiction."""
        text = self.type.kind is Kind.TEXT
        if not self.present or (
            text and (likely_type(self._tally) != self.type or fault(self._tally))
        ):
            raise Contradiction


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
        raise Contradiction from error
    if _has_leading_zero(plain):
        raise Contradiction
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
        raise Contradiction from error
    if not pc.all(pc.is_finite(numbers)).as_py():
        raise Contradiction
    return numbers


def _dates(values: pa.StringArray, date_format: str) -> pa.Array:
    dates = parse_dates(values, date_format)
    if dates.null_count != values.null_count:
        raise Contradiction
    return dates
