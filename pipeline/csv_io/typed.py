"""Batches of text turned into typed columns, as long as every value fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import compute as pc

from pipeline.csv_io.dates import TIMESTAMP, parse_dates
from pipeline.csv_io.guard import unguard
from pipeline.csv_io.judge import ColumnType, Kind, fault, likely_type
from pipeline.csv_io.tally import Tally, plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

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
