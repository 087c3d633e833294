"""Filters as text: short and exact for an address, plain for a reader."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.clients.errors import NotFound
from app.services.anomalies.types import Field, Filter, Kind, Op, Value, View

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


BASE = "{base}"
"""Stands in a query for the database of the run."""

FLAGGED = "anomaly_pred = -1"
Parameters = list[object]


def quoted(name: str) -> str:
    """Quote a column's name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def anomalous(view: View) -> str:
    """Return the condition that makes a row an anomaly of this view."""
    return FLAGGED if view.threshold is None else f"severity >= {float(view.threshold)!r}"


def condition(filters: Sequence[Filter], fields: Mapping[str, Field]) -> tuple[str, Parameters]:
    """Return the condition that all filters hold, and its parameters.

    Raises
    ------
    NotFound
        A filter names a column that is not there.
    """
    parts, values = ["true"], Parameters()
    for each in filters:
        if each.column not in fields:
            raise NotFound("console", f"The scored rows have no column {each.column!r}.")
        part, given = _single(each, fields[each.column])
        parts.append(part)
        values += given
    return " AND ".join(parts), values


def _single(chosen: Filter, field: Field) -> tuple[str, Parameters]:
    name = quoted(chosen.column)
    if chosen.op is Op.CONTAINS:
        return f"contains(lower({name}::VARCHAR), lower(?))", [chosen.values[0]]
    if chosen.op is Op.BETWEEN:
        return _between(chosen, name, field)
    part, values = _one_of(chosen, name)
    return (f"({part})" if chosen.op is Op.IN else f"NOT coalesce({part}, false)"), values


def _between(chosen: Filter, name: str, field: Field) -> tuple[str, Parameters]:
    cast = "::TIMESTAMP" if field.kind is Kind.DATE else ""
    ends = zip((">=", "<="), chosen.values, strict=True)
    given = [(sign, value) for sign, value in ends if value is not None]
    parts = [f"{name}{cast} {sign} ?{cast}" for sign, _ in given]
    return " AND ".join(parts), [value for _, value in given]


def _one_of(chosen: Filter, name: str) -> tuple[str, Parameters]:
    values = Parameters(value for value in chosen.values if value is not None)
    parts = []
    if values:
        parts.append(f"{name} IN ({', '.join('?' * len(values))})")
    if None in chosen.values:
        parts.append(f"{name} IS NULL")
    return " OR ".join(parts) or "false", values
