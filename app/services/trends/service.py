"""What a trend shows as CSV."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import astuple, fields
from datetime import UTC, datetime
from typing import Any, TypeVar, get_type_hints
from urllib.parse import urlencode

from sqlalchemy import Row, Select

from app.clients.postgres import Database
from app.services.trends import queries as query
from app.services.trends.types import (
    Activity,
    Change,
    Choice,
    DriftCell,
    DriftedRun,
    Headline,
    Means,
    Precision,
    Quality,
    RatePoint,
    Scope,
    TrendRun,
)
from pipeline.tables.csv_writer import guard_name


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


DETECTION, OPERATIONS = "anomaly-detection", "anomaly-operations"
ALL = "$__all"


def dashboard_url(base: str, uid: str, scope: Scope, first: datetime | None) -> str:
    """Return a dashboard's address with the same time range and variables.

    Parameters
    ----------
    uid
        ``DETECTION`` or ``OPERATIONS``.
    first
        When the first run began: where "all time" begins.
    """
    since, until = _times(scope, first)
    chosen = {
        "from": since,
        "to": until,
        "timezone": "utc",
        "var-experiment": ALL,
        "var-dataset": scope.dataset_id or ALL,
        "var-model": scope.model_run_id or ALL,
    }
    return f"{base.rstrip('/')}/d/{uid}?{urlencode(chosen)}"


def _times(scope: Scope, first: datetime | None) -> tuple[str, str]:
    if scope.days is not None:
        return f"now-{scope.days}d", "now"
    since, until = scope.since(datetime.now(UTC)) or first, scope.until()
    return _milliseconds(since) if since else "now-1y", _milliseconds(until) if until else "now"


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


T = TypeVar("T")
DONE = {"promote": "promoted", "roll_back": "rolled back", "remove": "removed"}


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


class Trends:
    """Reads trends; never writes. Each method is one question, answered oldest first."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def headline(self, scope: Scope) -> Headline:
        """Return the period in single numbers."""
        return self._all(Headline, query.headline(scope, self._now()))[0]

    def rates(self, scope: Scope) -> list[RatePoint]:
        """Return the anomaly rate on new data beside the band it should lie in."""
        return self._oldest_first(RatePoint, query.rates(scope, self._now()))

    def training_rates(self, scope: Scope) -> list[RatePoint]:
        """Return the anomaly rate on the models' own training data, which says little."""
        return self._oldest_first(RatePoint, query.training_rates(scope, self._now()))

    def statuses(self, scope: Scope) -> dict[str, int]:
        """Return how many runs ended in which state."""
        rows = self._database.rows(query.statuses(scope, self._now()))
        return {row.status: int(row.runs) for row in rows}

    def activity(self, scope: Scope) -> list[Activity]:
        """Return how many runs began and how many rows they read."""
        return self._oldest_first(Activity, query.activity(scope, self._now()))

    def means(self, scope: Scope) -> list[Means]:
        """Return durations and the shares of missing and unseen values."""
        return self._oldest_first(Means, query.means(scope, self._now()))

    def quality(self, scope: Scope) -> list[Quality]:
        """Return each new model's own test."""
        return self._oldest_first(Quality, query.quality(scope, self._now()))

    def precision(self, scope: Scope) -> list[Precision]:
        """Return what reviewers said of each model."""
        return self._oldest_first(Precision, query.precision(scope))

    def changes(self, scope: Scope) -> list[Change]:
        """Return the decisions on thresholds and models."""
        now = self._now()
        moved = self._database.rows(query.threshold_changes(scope, now))
        promoted = self._database.rows(query.model_changes(scope, now))
        both = [*map(_threshold_change, moved), *map(_model_change, promoted)]
        return sorted(both, key=lambda change: change.when)

    def drift(self, scope: Scope) -> list[DriftCell]:
        """Return the largest index of each feature, of the newest stretches of time."""
        cells = self._all(DriftCell, query.drift(scope, self._now()))
        return sorted(cells, key=lambda cell: (cell.begin, cell.feature))

    def drifted_run(self, scope: Scope, feature: str, begin: datetime) -> DriftedRun | None:
        """Return the run behind one cell of the drift map; None once it is gone."""
        found = self._all(DriftedRun, query.drifted_run(scope, feature, begin, self._now()))
        return found[0] if found else None

    def recent(self, scope: Scope) -> list[TrendRun]:
        """Return the newest runs, newest first."""
        return self._all(TrendRun, query.listed(scope, self._now()))

    def failures(self, scope: Scope) -> list[TrendRun]:
        """Return the newest runs that failed or were cancelled, newest first."""
        return self._all(TrendRun, query.listed(scope, self._now(), failed=True))

    def datasets(self) -> list[Choice]:
        """Return the data sets that runs have read, the last used first."""
        return self._all(Choice, query.datasets())

    def models(self) -> list[Choice]:
        """Return the models that were trained, newest first."""
        return self._all(Choice, query.models())

    def _all(self, kind: type[T], statement: Select[Any]) -> list[T]:
        texts = {name for name, said in get_type_hints(kind).items() if said is str}
        return [_as(kind, texts, row) for row in self._database.rows(statement)]

    def _oldest_first(self, kind: type[T], statement: Select[Any]) -> list[T]:
        return self._all(kind, statement)[::-1]


def _as(kind: type[T], texts: set[str], row: Row[Any]) -> T:
    """Fill a dataclass from a row of the same names: missing texts are empty, times in UTC."""
    values = row._asdict().items()
    return kind(**{name: _value(value, text=name in texts) for name, value in values})


def _value(value: Any, *, text: bool) -> Any:  # noqa: ANN401 - whatever a row holds
    if value is None and text:
        return ""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _threshold_change(row: Row[Any]) -> Change:
    words = f"Threshold {row.previous:.4f} → {row.threshold:.4f}"
    return Change(
        row.changed_at.astimezone(UTC),
        "threshold",
        words,
        row.changed_by,
        row.reason,
        row.model_run_id or "",
    )


def _model_change(row: Row[Any]) -> Change:
    words = f"{row.alias} {DONE.get(row.action, row.action)}".capitalize()
    return Change(
        row.changed_at.astimezone(UTC),
        "model",
        words,
        row.changed_by,
        row.reason,
        row.model_run_id or "",
    )
