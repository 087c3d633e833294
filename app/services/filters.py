"""Filters of tables: one record, its text in an address, and its label for a reader."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

Value = str | float | int | bool | None

SHOWN_VALUES = 3
MISSING = "missing"


class Op(StrEnum):
    """How a filter compares."""

    IN = "in"
    OUT = "out"
    BETWEEN = "between"
    CONTAINS = "contains"
    BELOW = "<"
    AT_MOST = "<="
    EQUAL = "="
    UNEQUAL = "!="
    AT_LEAST = ">="
    ABOVE = ">"


SIGNS = {
    Op.BELOW: "<",
    Op.AT_MOST: "≤",
    Op.EQUAL: "=",
    Op.UNEQUAL: "≠",
    Op.AT_LEAST: "≥",
    Op.ABOVE: ">",
}


@dataclass(frozen=True)
class Filter:
    """One condition on one column.

    Attributes
    ----------
    column
        A column of the data, or ``metrics.<name>`` or ``params.<name>`` of a run.
    values
        The values for ``in`` and ``out`` (None is a missing value), both ends for ``between``
        (each is included, None leaves it open; dates as ISO text), otherwise one value.
    """

    column: str
    op: Op
    values: tuple[Value, ...]

    def to_text(self) -> str:
        """Write the filter for an address.

        >>> Filter("units", Op.BETWEEN, (2, None)).to_text()
        '["units","between",2,null]'
        """
        content = [self.column, self.op.value, *self.values]
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))

    @property
    def label(self) -> str:
        """The filter for a reader.

        >>> Filter("weather", Op.IN, ("RAIN", None)).label
        'weather is RAIN or missing'
        """
        return f"{self.column} {self._condition()}"

    def _condition(self) -> str:
        shown = [_value_label(value) for value in self.values]
        if self.op in SIGNS:
            return f"{SIGNS[self.op]} {shown[0]}"
        if self.op is Op.CONTAINS:
            return f"contains “{shown[0]}”"
        if self.op is Op.BETWEEN:
            return _range_label(*shown)
        rest = len(shown) - SHOWN_VALUES
        listed = shown[:SHOWN_VALUES] + ([f"{rest} more"] if rest > 0 else [])
        return f"{'is' if self.op is Op.IN else 'is not'} {' or '.join(listed)}"


def _range_label(low: str, high: str) -> str:
    if high == MISSING:
        return f"from {low}"
    if low == MISSING:
        return f"up to {high}"
    return f"is {low}" if low == high else f"from {low} to {high}"


def _value_label(value: Value) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:,.6g}"
    return str(value).removesuffix("T00:00:00")


def parse(text: str) -> Filter | None:
    """Read what ``to_text`` wrote; None for anything else, since anyone can type an address."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    match content:
        case [str(column), str(op), *values] if op in set(Op) and _fit(Op(op), values):
            return Filter(column, Op(op), tuple(values))
    return None


def parse_all(texts: Iterable[str]) -> tuple[Filter, ...]:
    """Read the filters of an address, each once, and leave out what is none."""
    found = (parse(text) for text in texts)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _fit(op: Op, values: list[object]) -> bool:
    """Tell whether the values are of a type and number that ``op`` can use."""
    if not all(value is None or isinstance(value, str | int | float | bool) for value in values):
        return False
    if op is Op.BETWEEN:
        return len(values) == 2 and values != [None, None] and _are_ends(values)  # noqa: PLR2004
    if op is Op.CONTAINS:
        return len(values) == 1 and isinstance(values[0], str) and bool(values[0])
    return len(values) == 1 and values != [None] if op in SIGNS else bool(values)


def _are_ends(values: list[object]) -> bool:
    """Tell whether both ends are numbers or both dates."""
    given = [value for value in values if value is not None]
    if all(isinstance(value, str) for value in given):
        return all(_is_date(str(value)) for value in given)
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in given)


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class TimeRange:
    """The last ``days``, or from ``first`` to ``last``, both included; None leaves an end open."""

    days: int | None = None
    first: date | None = None
    last: date | None = None

    def since(self, now: datetime, zone: tzinfo = UTC) -> datetime | None:
        """Return the first moment that counts; None where all before does."""
        if self.days is not None:
            return now - timedelta(days=self.days)
        return datetime.combine(self.first, time(), zone) if self.first else None

    def until(self, zone: tzinfo = UTC) -> datetime | None:
        """Return the first moment that no longer counts; None for an open end."""
        return datetime.combine(self.last, time(), zone) + timedelta(days=1) if self.last else None
