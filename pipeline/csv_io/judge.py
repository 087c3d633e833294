"""The type of a column, by all of its values, and what stands in the way.

A column is numeric or a date when all its values are, text otherwise. When all but a few are,
those few are taken for mistakes and refused, because reading the column as text would silently
turn its numbers into categories.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.csv_io.dates import date_formats, readable

if TYPE_CHECKING:
    from pipeline.csv_io.tally import Found, Tally

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
