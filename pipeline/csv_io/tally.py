"""What the values of a column are: numbers, dates or something else, counted batch by batch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from pipeline.csv_io.dates import fitting_formats

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.csv_io.dates import Mask

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
