"""What a trend shows as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, fields
from datetime import UTC, datetime
from typing import Any

from pipeline.csv_io.guard import guard_name


def to_csv(rows: Sequence[Any]) -> bytes:
    """Write dataclasses of one kind as CSV, times in UTC; a spreadsheet runs none of its text."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    if rows:
        writer.writerow(field.name for field in fields(rows[0]))
    writer.writerows([_cell(value) for value in astuple(row)] for row in rows)
    return sink.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return guard_name(value) if isinstance(value, str) else value
