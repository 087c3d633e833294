"""Filters of scored rows as conditions in SQL."""

from collections.abc import Mapping, Sequence

from app.clients.errors import NotFound
from app.services.anomalies.types import Field, Kind, View
from app.services.filters import SIGNS, Filter, Op

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
    if chosen.op in SIGNS:
        return f"{name} {chosen.op} ?", [chosen.values[0]]
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
