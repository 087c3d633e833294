"""The views of the schema ``monitoring`` that the trends read, and how they are narrowed.

``docs/metrics.md`` says what their numbers mean; Grafana's panels read the same views.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Float,
    Label,
    TableClause,
    Text,
    column,
    func,
    literal_column,
    table,
)
from sqlalchemy.types import TypeEngine

from app.services.trends.types import Grain, Scope

MOMENT = DateTime(timezone=True)
TEXTS = (
    *("run_id", "run_name", "experiment_id", "run_kind", "status", "lifecycle_stage"),
    *("requested_by", "dag_run_id", "dag_id", "dataset_id", "dataset_name", "model_run_id"),
    *("feature", "alias", "action", "changed_by", "reason", "previous_run_id"),
)
MOMENTS = ("started", "ended", "last_decided", "changed_at")
KINDS: dict[str, TypeEngine[Any]] = {
    **dict.fromkeys(TEXTS, Text()),
    **dict.fromkeys(MOMENTS, MOMENT),
    "on_new_data": Boolean(),
}
MONDAY = "'1970-01-05 00:00:00+00'"
"""Where weeks are counted from; days are as well."""


def view(name: str, *columns: str) -> TableClause:
    """Describe a view by the columns that are asked for; most are numbers."""
    return table(
        name, *(column(each, KINDS.get(each, Float())) for each in columns), schema="monitoring"
    )


RUNS = view(
    "runs",
    *("run_id", "run_name", "experiment_id", "run_kind", "status", "lifecycle_stage", "started"),
    *("duration_seconds", "requested_by", "dag_run_id", "dag_id", "dataset_id", "dataset_name"),
    *("model_run_id", "on_new_data", "rows", "anomaly_rate", "threshold", "injected_recall"),
    *("injected_auc", "drift_max", "unseen_category_rate", "missing_rate", "work_seconds"),
)
BAND = view(
    "rate_band",
    *("run_id", "started", "dataset_id", "dataset_name", "model_run_id", "anomaly_rate"),
    *("low", "high", "deviation"),
)
DRIFT = view(
    "drift",
    *("run_id", "started", "status", "dataset_id", "dataset_name", "model_run_id"),
    *("feature", "psi"),
)
PRECISION = view(
    "verdict_precision",
    *("model_run_id", "confirmed", "false_alarms", "unsure", "precision"),
    *("precision_low", "precision_high", "last_decided"),
)
FRESHNESS = view("freshness", "hours_since_success")
THRESHOLDS = view(
    "threshold_changes",
    *("model_run_id", "changed_at", "changed_by", "previous", "threshold", "reason"),
)
MODELS = view(
    "model_changes",
    *("alias", "action", "model_run_id", "changed_at", "changed_by", "reason"),
)


def within(view: TableClause, scope: Scope, now: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions that keep a view's rows to the scope."""
    return [*in_time(view.c.started, scope, now), *chosen(view, scope)]


def in_time(moment: ColumnElement[Any], scope: Scope, now: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions that keep ``moment`` to the scope's time."""
    since, until = scope.since(now), scope.until()
    after = [] if since is None else [moment >= since]
    return after if until is None else [*after, moment < until]


def chosen(view: TableClause, scope: Scope) -> list[ColumnElement[bool]]:
    """Return the conditions on data set and model."""
    wanted = {"dataset_id": scope.dataset_id, "model_run_id": scope.model_run_id}
    return [view.c[name] == value for name, value in wanted.items() if value]


def begin_of(moment: ColumnElement[Any], grain: Grain) -> Label[Any]:
    """Return the begin of the stretch that ``moment`` lies in, labelled ``begin``.

    ``date_bin`` is twice as fast as ``date_trunc``, but knows no months. The grain is written into
    the statement, because PostgreSQL takes two equal parameters for different things.
    """
    words: dict[Grain, ColumnElement[Any]] = {
        Grain.DAY: func.date_bin(*_bins("1 day", moment), type_=MOMENT),
        Grain.WEEK: func.date_bin(*_bins("7 days", moment), type_=MOMENT),
        Grain.MONTH: func.date_trunc(
            literal_column("'month'"), moment, literal_column("'UTC'"), type_=MOMENT
        ),
    }
    return words.get(grain, moment).label("begin")


def _bins(width: str, moment: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    return literal_column(f"'{width}'"), moment, literal_column(MONDAY)
