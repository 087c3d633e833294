"""The name of a record by its content, the same wherever and in whatever order it turns up."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isnan

import pyarrow as pa

from pipeline.schema import SCORED_COLUMNS


def record_key(values: Mapping[str, object]) -> str:
    """Return the SHA-256 of a record's own columns, in hex.

    Columns go by name, a whole number is the same written as 2 or 2.0, and an empty cell counts
    like a column that is not there. The scored columns say nothing about the record and are left
    out.

    >>> record_key({"units": 2, "weather": "SNOW"}) == record_key({"weather": "SNOW", "units": 2.0})
    True
    """
    cells = [
        (name, *_canonical(value))
        for name, value in sorted(values.items())
        if name not in SCORED_COLUMNS and not _is_empty(value)
    ]
    text = json.dumps(cells, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def keys_of(rows: pa.Table) -> list[str]:
    """Return the key of each row of a table."""
    return [record_key(row) for row in rows.to_pylist()]


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))


def _canonical(value: object) -> tuple[str, str]:
    """Return kind and text of a value; the kind keeps the text 1 apart from the number 1."""
    if isinstance(value, bool):
        return "b", str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        return "n", _number(value)
    if isinstance(value, (datetime, date)):
        return "d", _moment(value)
    if isinstance(value, (time, timedelta)):
        return "t", str(value)
    return "s", str(value)


def _number(value: float | Decimal) -> str:
    whole = isinstance(value, int) or value == value.__floor__() if _is_finite(value) else False
    return str(int(value)) if whole else repr(float(value))


def _is_finite(value: float | Decimal) -> bool:
    return abs(value) != float("inf")


def _moment(value: date) -> str:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day).isoformat()  # noqa: DTZ001 - as stored
    return (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat()
