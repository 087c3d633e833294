"""The questions that trends ask of the views: each one statement that limits itself.

Where a Grafana panel shows the same, it asks the same way, so that the numbers agree.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Label,
    ScalarSelect,
    Select,
    TableClause,
    func,
    literal_column,
    select,
)

from app.services.trends.types import Grain, Scope
from app.services.trends.views import (
    BAND,
    DRIFT,
    FRESHNESS,
    MODELS,
    PRECISION,
    RUNS,
    THRESHOLDS,
    begin_of,
    chosen,
    in_time,
    within,
)

POINTS, COLUMNS, CELLS = 2_000, 120, 60_000
LISTED, CHANGES, CHOICES = 25, 200, 300
FINISHED, FAILED = "FINISHED", "FAILED"
UNSUCCESSFUL = (FAILED, "KILLED")


def headline(scope: Scope, now: datetime) -> Select[Any]:
    """Select every single number in one row; the runs are read once."""
    names = (
        *("run_id", "run_kind", "status", "started", "rows", "dataset_id", "on_new_data"),
        *("anomaly_rate", "drift_max", "injected_recall", "threshold"),
    )
    runs = select(*(RUNS.c[name] for name in names)).where(*within(RUNS, scope, now)).cte("chosen")
    done, newest = runs.c.status == FINISHED, runs.c.started.desc()
    threshold = func.coalesce(_moved_threshold(runs.c.run_id), runs.c.threshold)

    def first_of(what: ColumnElement[Any], *where: ColumnElement[bool]) -> Label[Any]:
        found = select(what).where(done, *where).order_by(newest).limit(1)
        return found.scalar_subquery().label(None)

    latest = select(runs.c.anomaly_rate).where(done, runs.c.run_kind == "score")
    latest = latest.order_by(runs.c.on_new_data.desc(), newest).limit(1)
    return select(
        func.count().label("runs"),
        func.count().filter(done).label("finished"),
        func.count().filter(runs.c.status == FAILED).label("failed"),
        _running(scope).label("running"),
        func.coalesce(func.sum(runs.c.rows).filter(done), 0).label("rows"),
        func.count(runs.c.dataset_id.distinct()).label("datasets"),
        func.min(runs.c.started).label("first"),
        latest.scalar_subquery().label("latest_rate"),
        first_of(runs.c.drift_max, runs.c.drift_max.is_not(None)).label("latest_drift"),
        first_of(runs.c.injected_recall, runs.c.injected_recall.is_not(None)).label("recall"),
        first_of(threshold, runs.c.run_kind == "train").label("threshold"),
        _latest_precision(scope).label("precision"),
        select(func.min(FRESHNESS.c.hours_since_success))
        .scalar_subquery()
        .label("hours_since_success"),
    ).select_from(runs)


def _running(scope: Scope) -> ScalarSelect[Any]:
    running = select(func.count()).select_from(RUNS).where(RUNS.c.status == "RUNNING")
    return running.where(*chosen(RUNS, scope)).scalar_subquery()


def _moved_threshold(model_run_id: ColumnElement[str]) -> ScalarSelect[Any]:
    moved = select(THRESHOLDS.c.threshold).where(THRESHOLDS.c.model_run_id == model_run_id)
    newest = moved.order_by(THRESHOLDS.c.changed_at.desc()).limit(1)
    return newest.scalar_subquery().correlate_except(THRESHOLDS)


def _latest_precision(scope: Scope) -> ScalarSelect[Any]:
    judged = select(PRECISION.c.precision).where(PRECISION.c.precision.is_not(None))
    of_model = judged.where(*of_model_alone(PRECISION, scope))
    return of_model.order_by(PRECISION.c.last_decided.desc()).limit(1).scalar_subquery()


def of_model_alone(view: TableClause, scope: Scope) -> list[ColumnElement[bool]]:
    """Return the condition on the model, for views that know no data set."""
    return [view.c.model_run_id == scope.model_run_id] if scope.model_run_id else []


def rates(scope: Scope, now: datetime) -> Select[Any]:
    """Select the rate on new data and its band, newest first."""
    beyond = func.count().filter(BAND.c.deviation > 1)
    ends = func.avg(BAND.c.low), func.avg(BAND.c.high)
    return _rates(BAND, scope, *ends, beyond).where(*within(BAND, scope, now))


def training_rates(scope: Scope, now: datetime) -> Select[Any]:
    """Select the rate on the model's own training data, newest first."""
    nothing = func.avg(RUNS.c.anomaly_rate).filter(RUNS.c.on_new_data)
    return _rates(RUNS, scope, nothing, nothing, literal_column("0")).where(
        RUNS.c.run_kind == "score",
        ~RUNS.c.on_new_data,
        RUNS.c.status == FINISHED,
        RUNS.c.anomaly_rate.is_not(None),
        *within(RUNS, scope, now),
    )


def _rates(
    view: TableClause,
    scope: Scope,
    low: ColumnElement[Any],
    high: ColumnElement[Any],
    outside: ColumnElement[Any],
) -> Select[Any]:
    begin = begin_of(view.c.started, scope.grain)
    each = [view.c.run_id] if scope.grain is Grain.RUN else []
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
        .group_by(begin.element, *each)
        .order_by(begin.element.desc())
        .limit(POINTS)
    )


def statuses(scope: Scope, now: datetime) -> Select[Any]:
    """Select how many runs there are of each status."""
    count = select(RUNS.c.status, func.count().label("runs")).where(*within(RUNS, scope, now))
    return count.group_by(RUNS.c.status).order_by(RUNS.c.status)


def activity(scope: Scope, now: datetime) -> Select[Any]:
    """Select runs and the rows of finished ones by kind and status, newest first."""
    begin = begin_of(RUNS.c.started, scope.grain)
    keys = RUNS.c.run_kind, RUNS.c.status
    rows = func.sum(RUNS.c.rows).filter(RUNS.c.status == FINISHED)
    return (
        select(
            begin,
            RUNS.c.run_kind.label("kind"),
            RUNS.c.status,
            func.count().label("runs"),
            func.coalesce(rows, 0).label("rows"),
        )
        .where(*within(RUNS, scope, now))
        .group_by(begin.element, *keys)
        .order_by(begin.element.desc(), *keys)
        .limit(POINTS)
    )


def means(scope: Scope, now: datetime) -> Select[Any]:
    """Select durations and the shares of odd values, newest first."""
    begin = begin_of(RUNS.c.started, scope.grain)
    training, scoring = (RUNS.c.run_kind == kind for kind in ("train", "score"))
    return (
        select(
            begin,
            func.avg(RUNS.c.work_seconds).filter(training).label("training"),
            func.avg(RUNS.c.work_seconds).filter(scoring).label("scoring"),
            func.avg(RUNS.c.missing_rate).filter(scoring).label("missing"),
            func.avg(RUNS.c.unseen_category_rate).filter(scoring).label("unseen"),
        )
        .where(RUNS.c.status == FINISHED, *within(RUNS, scope, now))
        .group_by(begin.element)
        .order_by(begin.element.desc())
        .limit(POINTS)
    )


def quality(scope: Scope, now: datetime) -> Select[Any]:
    """Select the models' own tests, newest first."""
    return (
        select(
            RUNS.c.started.label("trained"),
            RUNS.c.run_id,
            RUNS.c.injected_recall.label("recall"),
            RUNS.c.injected_auc.label("auc"),
        )
        .where(
            RUNS.c.injected_recall.is_not(None),
            RUNS.c.status == FINISHED,
            *within(RUNS, scope, now),
        )
        .order_by(RUNS.c.started.desc())
        .limit(POINTS)
    )


def precision(scope: Scope) -> Select[Any]:
    """Select what people said of each model, the model judged last first."""
    judged = select(PRECISION).where(
        PRECISION.c.precision.is_not(None), *of_model_alone(PRECISION, scope)
    )
    found = judged.order_by(PRECISION.c.last_decided.desc()).limit(50).subquery("judged")
    return (
        select(
            found.c.model_run_id,
            RUNS.c.started.label("trained"),
            found.c.precision,
            found.c.precision_low.label("low"),
            found.c.precision_high.label("high"),
            found.c.confirmed,
            found.c.false_alarms,
            found.c.unsure,
        )
        .join_from(found, RUNS, RUNS.c.run_id == found.c.model_run_id, isouter=True)
        .order_by(found.c.last_decided.desc())
    )


def threshold_changes(scope: Scope, now: datetime) -> Select[Any]:
    """Select the moves of thresholds, newest first."""
    when = in_time(THRESHOLDS.c.changed_at, scope, now)
    return (
        select(THRESHOLDS)
        .where(*when, *of_model_alone(THRESHOLDS, scope))
        .order_by(THRESHOLDS.c.changed_at.desc())
        .limit(CHANGES)
    )


def model_changes(scope: Scope, now: datetime) -> Select[Any]:
    """Select promotions, roll-backs and removals, newest first; whatever model is chosen."""
    when = in_time(MODELS.c.changed_at, scope, now)
    return select(MODELS).where(*when).order_by(MODELS.c.changed_at.desc()).limit(CHANGES)


def drift(scope: Scope, now: datetime) -> Select[Any]:
    """Select the largest index of each feature in each of the newest stretches that were scored."""
    begin = begin_of(DRIFT.c.started, scope.grain)
    return (
        select(begin, DRIFT.c.feature, func.max(DRIFT.c.psi).label("psi"))
        .where(DRIFT.c.status == FINISHED, *within(DRIFT, scope, now))
        .where(DRIFT.c.started >= _oldest_column(scope, now))
        .group_by(begin.element, DRIFT.c.feature)
        .limit(CELLS)
    )


def _oldest_column(scope: Scope, now: datetime) -> ScalarSelect[Any]:
    begin = begin_of(RUNS.c.started, scope.grain)
    scored = RUNS.c.run_kind == "score", RUNS.c.status == FINISHED, *within(RUNS, scope, now)
    newest = select(begin).where(*scored).distinct().order_by(begin.element.desc()).limit(COLUMNS)
    return select(func.min(newest.subquery().c.begin)).scalar_subquery()


def drifted_run(scope: Scope, feature: str, begin: datetime, now: datetime) -> Select[Any]:
    """Select the run behind one cell of the drift map."""
    stretch = DRIFT.c.started >= begin, DRIFT.c.started < scope.grain.following(begin)
    names = ("run_id", "started", "dataset_name", "psi", "model_run_id")
    return (
        select(*(DRIFT.c[name] for name in names))
        .where(DRIFT.c.status == FINISHED, DRIFT.c.feature == feature, *stretch)
        .where(*within(DRIFT, scope, now))
        .order_by(DRIFT.c.psi.desc())
        .limit(1)
    )


def listed(scope: Scope, now: datetime, *, failed: bool = False) -> Select[Any]:
    """Select the newest runs; those that failed or were cancelled alone if asked for."""
    unsuccessful = [RUNS.c.status.in_(UNSUCCESSFUL)] if failed else []
    return (
        select(
            RUNS.c.run_id,
            RUNS.c.run_name.label("name"),
            RUNS.c.run_kind.label("kind"),
            RUNS.c.status,
            RUNS.c.lifecycle_stage.label("stage"),
            RUNS.c.started,
            RUNS.c.duration_seconds.label("seconds"),
            *(RUNS.c[name] for name in ("dataset_name", "anomaly_rate", "drift_max", "rows")),
            *(RUNS.c[name] for name in ("requested_by", "experiment_id", "dag_id", "dag_run_id")),
        )
        .where(*unsuccessful, *within(RUNS, scope, now))
        .order_by(RUNS.c.started.desc())
        .limit(LISTED)
    )


def datasets() -> Select[Any]:
    """Select the data sets that runs have read, the last used first."""
    newest = func.max(RUNS.c.started)
    return (
        select(
            RUNS.c.dataset_id.label("key"),
            func.max(RUNS.c.dataset_name).label("name"),
            newest.label("newest"),
        )
        .where(RUNS.c.dataset_id.is_not(None))
        .group_by(RUNS.c.dataset_id)
        .order_by(newest.desc())
        .limit(CHOICES)
    )


def models() -> Select[Any]:
    """Select the models that were trained, newest first."""
    return (
        select(
            RUNS.c.run_id.label("key"),
            RUNS.c.run_name.label("name"),
            RUNS.c.started.label("newest"),
        )
        .where(RUNS.c.run_kind == "train", RUNS.c.status == FINISHED)
        .order_by(RUNS.c.started.desc())
        .limit(CHOICES)
    )
