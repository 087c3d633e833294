"""Filters as text: short and exact for an address, plain for a reader."""

import json
from collections.abc import Iterable
from datetime import datetime

from app.services.explore_model import Filter, Op, Value

SHOWN_VALUES = 3
MISSING = "missing"


def to_text(chosen: Filter) -> str:
    """Write a filter for an address.

    >>> to_text(Filter("units", Op.BETWEEN, (2, None)))
    '["units","between",2,null]'
    """
    content = [chosen.column, chosen.op.value, *chosen.values]
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> Filter | None:
    """Read what ``to_text`` wrote; None for anything else, since anyone can type an address."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    match content:
        case [str(column), str(op), *values] if op in set(Op) and _fit(Op(op), values):
            return Filter(column, Op(op), tuple(values))
    return None


def from_texts(texts: Iterable[str]) -> tuple[Filter, ...]:
    """Read the filters of an address, each once, and leave out what is none."""
    found = (from_text(text) for text in texts)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def in_words(chosen: Filter) -> str:
    """Say a filter in a few words.

    >>> in_words(Filter("weather", Op.IN, ("RAIN", None)))
    'weather is RAIN or missing'
    """
    return f"{chosen.column} {_condition(chosen)}"


def _condition(chosen: Filter) -> str:
    shown = [_said(value) for value in chosen.values]
    match chosen.op:
        case Op.CONTAINS:
            return f"contains “{shown[0]}”"
        case Op.BETWEEN:
            return _span(*shown)
    rest = len(shown) - SHOWN_VALUES
    listed = shown[:SHOWN_VALUES] + ([f"{rest} more"] if rest > 0 else [])
    return f"{'is' if chosen.op is Op.IN else 'is not'} {' or '.join(listed)}"


def _span(low: str, high: str) -> str:
    if high == MISSING:
        return f"from {low}"
    if low == MISSING:
        return f"up to {high}"
    return f"is {low}" if low == high else f"from {low} to {high}"


def _said(value: Value) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:,.6g}"
    return str(value).removesuffix("T00:00:00")


def _fit(op: Op, values: list[object]) -> bool:
    """Tell whether the values are of a kind and number that ``op`` can use."""
    if not all(value is None or isinstance(value, str | int | float | bool) for value in values):
        return False
    if op is Op.BETWEEN:
        return len(values) == 2 and values != [None, None] and _are_ends(values)  # noqa: PLR2004
    if op is Op.CONTAINS:
        return len(values) == 1 and isinstance(values[0], str) and bool(values[0])
    return bool(values)


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
