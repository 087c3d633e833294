"""Trends outside of the console: as CSV files, and as dashboards in Grafana."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, fields
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from app.services.runs.queries import milliseconds
from app.services.trends.types import Scope
from pipeline.tables.csv_writer import guard_name

DETECTION, OPERATIONS = "anomaly-detection", "anomaly-operations"
ALL = "$__all"


def to_csv(rows: Sequence[Any]) -> bytes:
    """Write dataclasses of one type as CSV with times in UTC and guards against formulas."""
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


def dashboard_url(base: str, uid: str, scope: Scope, first: datetime | None) -> str:
    """Return a dashboard's address with the same time range and variables.

    Parameters
    ----------
    uid
        ``DETECTION`` or ``OPERATIONS``.
    first
        When the first run began: the start of an open time range.
    """
    since, until = f"now-{scope.days}d", "now"
    if scope.days is None:
        begin, end = scope.since(datetime.now(UTC)) or first, scope.until()
        since = str(milliseconds(begin)) if begin else "now-1y"
        until = str(milliseconds(end)) if end else "now"
    chosen = {
        "from": since,
        "to": until,
        "timezone": "utc",
        "var-experiment": ALL,
        "var-dataset": scope.dataset_id or ALL,
        "var-model": scope.model_run_id or ALL,
    }
    return f"{base.rstrip('/')}/d/{uid}?{urlencode(chosen)}"
