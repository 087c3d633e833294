"""The views of the schema ``monitoring`` that trends read, and how a query is limited to a scope.

``docs/metrics.md`` defines their numbers; Grafana's panels read the same views.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Float,
    Label,
    ScalarSelect,
    Select,
    TableClause,
    Text,
    column,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.types import TypeEngine

from app.services.trends.types import Grain, Scope

POINTS, COLUMNS = 2_000, 120
FINISHED, FAILED = "FINISHED", "FAILED"
TIMESTAMP = DateTime(timezone=True)
TEXTS = (
    *("run_id", "run_name", "experiment_id", "run_kind", "status", "lifecycle_stage"),
    *("requested_by", "dag_run_id", "dag_id", "dataset_id", "dataset_name", "model_run_id"),
    *("feature", "alias", "action", "changed_by", "reason"),
)
TYPES: dict[str, TypeEngine[Any]] = {
    **dict.fromkeys(TEXTS, Text()),
    **dict.fromkeys(("started", "last_decided", "changed_at"), TIMESTAMP),
    "on_new_data": Boolean(),
}
MONDAY = "1970-01-05 00:00:00+00"
"""The origin of weeks, and of days as well."""


def view(name: str, *columns: str) -> TableClause:
    """Describe a view by the columns that are read; most are numbers."""
    typed = (column(each, TYPES.get(each, Float())) for each in columns)
    return table(name, *typed, schema="monitoring")


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
    """Return the conditions that limit a view's rows to the scope."""
    return [*in_time(view.c.started, scope, now), *of_choices(view, scope)]


def in_time(moment: ColumnElement[Any], scope: Scope, now: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions that limit ``moment`` to the scope's time range."""
    since, until = scope.since(now), scope.until()
    after = [] if since is None else [moment >= since]
    return after if until is None else [*after, moment < until]


def of_choices(view: TableClause, scope: Scope) -> list[ColumnElement[bool]]:
    """Return the conditions on data set and model, as far as the view has these columns."""
    wanted = {"dataset_id": scope.dataset_id, "model_run_id": scope.model_run_id}
    return [view.c[name] == value for name, value in wanted.items() if value and name in view.c]


def begin_of(moment: ColumnElement[Any], grain: Grain) -> Label[Any]:
    """Return the start of the period that ``moment`` lies in, labelled ``begin``.

    ``date_bin`` is twice as fast as ``date_trunc``, but knows no months. The grain is a literal in
    the statement, because PostgreSQL would not group by an expression with bound parameters.
    """
    day, week, month = _text("1 day"), _text("7 days"), _text("month")
    periods: dict[Grain, ColumnElement[Any]] = {
        Grain.DAY: func.date_bin(day, moment, _text(MONDAY), type_=TIMESTAMP),
        Grain.WEEK: func.date_bin(week, moment, _text(MONDAY), type_=TIMESTAMP),
        Grain.MONTH: func.date_trunc(month, moment, _text("UTC"), type_=TIMESTAMP),
    }
    return periods.get(grain, moment).label("begin")


def _text(value: str) -> ColumnElement[str]:
    return literal_column(f"'{value}'")


def headline(scope: Scope, now: datetime) -> Select[Any]:
    """Select every single number in one row; the runs are read once."""
    names = (
        *("run_id", "run_kind", "status", "started", "rows", "dataset_id", "on_new_data"),
        *("anomaly_rate", "drift_max", "injected_recall", "threshold"),
    )
    runs = select(*(RUNS.c[name] for name in names)).where(*within(RUNS, scope, now)).cte("chosen")
    done, newest = runs.c.status == FINISHED, runs.c.started.desc()
    threshold = func.coalesce(_moved_threshold(runs.c.run_id), runs.c.threshold)

    def latest(
        value: ColumnElement[Any], where: ColumnElement[bool], *first: ColumnElement[Any]
    ) -> ScalarSelect[Any]:
        found = select(value).where(done, where).order_by(*first, newest).limit(1)
        return found.scalar_subquery()

    drift, recall, is_score = runs.c.drift_max, runs.c.injected_recall, runs.c.run_kind == "score"
    age = select(func.min(FRESHNESS.c.hours_since_success)).scalar_subquery()
    return select(
        func.count().label("runs"),
        func.count().filter(done).label("finished"),
        func.count().filter(runs.c.status == FAILED).label("failed"),
        _running(scope).label("running"),
        func.coalesce(func.sum(runs.c.rows).filter(done), 0).label("rows"),
        func.count(runs.c.dataset_id.distinct()).label("datasets"),
        func.min(runs.c.started).label("first"),
        latest(runs.c.anomaly_rate, is_score, runs.c.on_new_data.desc()).label("latest_rate"),
        latest(drift, drift.is_not(None)).label("latest_drift"),
        latest(recall, recall.is_not(None)).label("recall"),
        latest(threshold, runs.c.run_kind == "train").label("threshold"),
        _latest_precision(scope).label("precision"),
        age.label("hours_since_success"),
    ).select_from(runs)


def _running(scope: Scope) -> ScalarSelect[Any]:
    running = select(func.count()).select_from(RUNS).where(RUNS.c.status == "RUNNING")
    return running.where(*of_choices(RUNS, scope)).scalar_subquery()


def _moved_threshold(model_run_id: ColumnElement[str]) -> ScalarSelect[Any]:
    moved = select(THRESHOLDS.c.threshold).where(THRESHOLDS.c.model_run_id == model_run_id)
    newest = moved.order_by(THRESHOLDS.c.changed_at.desc()).limit(1)
    return newest.scalar_subquery().correlate_except(THRESHOLDS)


def _latest_precision(scope: Scope) -> ScalarSelect[Any]:
    known = select(PRECISION.c.precision).where(PRECISION.c.precision.is_not(None))
    newest = known.where(*of_choices(PRECISION, scope)).order_by(PRECISION.c.last_decided.desc())
    return newest.limit(1).scalar_subquery()


def mean_rates(
    view: TableClause,
    grain: Grain,
    low: ColumnElement[Any],
    high: ColumnElement[Any],
    outside: ColumnElement[Any],
) -> Select[Any]:
    """Select the mean rate of each period with its band, the newest first."""
    begin = begin_of(view.c.started, grain)
    each_run = [view.c.run_id] if grain is Grain.RUN else []
    return (
        select(
            begin,
            func.avg(view.c.anomaly_rate).label("rate"),
            low.label("low"),
            high.label("high"),
            func.count().label("runs"),
            func.max(view.c.run_id).label("run_id"),
            func.max(view.c.dataset_name).label("dataset_name"),
            outside.label("outside"),
        )
        .group_by(begin.element, *each_run)
        .order_by(begin.element.desc())
        .limit(POINTS)
    )


def oldest_column(scope: Scope, now: datetime) -> ScalarSelect[Any]:
    """Select where the newest ``COLUMNS`` periods with a scoring begin."""
    begin = begin_of(RUNS.c.started, scope.grain)
    scored = RUNS.c.run_kind == "score", RUNS.c.status == FINISHED, *within(RUNS, scope, now)
    newest = select(begin).where(*scored).distinct().order_by(begin.element.desc()).limit(COLUMNS)
    return select(func.min(newest.subquery().c.begin)).scalar_subquery()
