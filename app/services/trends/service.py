"""Long-term trends, read from the views of the schema ``monitoring``.

Where a Grafana panel shows the same, it runs the same query, so that the numbers agree.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, get_type_hints

from sqlalchemy import Row, Select, func, literal_column, select

from app.clients.postgres import Database
from app.services.caching import SHORT, Subject, cached
from app.services.trends import queries
from app.services.trends.export import to_csv
from app.services.trends.queries import (
    BAND,
    DRIFT,
    FAILED,
    FINISHED,
    MODELS,
    POINTS,
    PRECISION,
    RUNS,
    THRESHOLDS,
    begin_of,
    in_time,
    of_choices,
    within,
)
from app.services.trends.types import (
    Activity,
    Decision,
    DriftCell,
    DriftedRun,
    FilterOption,
    Headline,
    ModelPrecision,
    ModelQuality,
    RatePoint,
    RunMeans,
    Scope,
    TrendRun,
)

T = TypeVar("T")
MOST_CELLS, MOST_RUNS, MOST_DECISIONS, MOST_JUDGED, MOST_OPTIONS = 60_000, 25, 200, 50, 300
ACTIONS = {"promote": "promoted", "roll_back": "rolled back", "remove": "removed"}


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


class Trends:
    """Reads trends. Each method is one query; points are returned oldest first."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    @cached(SHORT, Subject.RUNS, Subject.MODELS, Subject.VERDICTS)
    def headline(self, scope: Scope) -> Headline:
        """Return the single numbers of a scope."""
        return self._read(Headline, queries.headline(scope, self._now()))[0]

    @cached(SHORT, Subject.RUNS)
    def rates(self, scope: Scope) -> tuple[RatePoint, ...]:
        """Return the anomaly rate on new data with its expected band."""
        outside = func.count().filter(BAND.c.deviation > 1)
        low, high = func.avg(BAND.c.low), func.avg(BAND.c.high)
        means = queries.mean_rates(BAND, scope.grain, low, high, outside)
        return self._read(RatePoint, means.where(*within(BAND, scope, self._now())))[::-1]

    @cached(SHORT, Subject.RUNS)
    def training_rates(self, scope: Scope) -> tuple[RatePoint, ...]:
        """Return the anomaly rate on the models' own training data."""
        none = func.avg(RUNS.c.anomaly_rate).filter(RUNS.c.on_new_data)
        means = queries.mean_rates(RUNS, scope.grain, none, none, literal_column("0")).where(
            RUNS.c.run_kind == "score",
            ~RUNS.c.on_new_data,
            RUNS.c.status == FINISHED,
            RUNS.c.anomaly_rate.is_not(None),
            *within(RUNS, scope, self._now()),
        )
        return self._read(RatePoint, means)[::-1]

    @cached(SHORT, Subject.RUNS)
    def statuses(self, scope: Scope) -> dict[str, int]:
        """Return how many runs have which status."""
        count = select(RUNS.c.status, func.count().label("runs"))
        chosen = count.where(*within(RUNS, scope, self._now()))
        rows = self._database.rows(chosen.group_by(RUNS.c.status).order_by(RUNS.c.status))
        return {row.status: int(row.runs) for row in rows}

    @cached(SHORT, Subject.RUNS)
    def activity(self, scope: Scope) -> tuple[Activity, ...]:
        """Return how many runs began and how many rows they read, by kind and status."""
        begin = begin_of(RUNS.c.started, scope.grain)
        rows = func.sum(RUNS.c.rows).filter(RUNS.c.status == FINISHED)
        statement = (
            select(
                begin,
                RUNS.c.run_kind.label("kind"),
                RUNS.c.status,
                func.count().label("runs"),
                func.coalesce(rows, 0).label("rows"),
            )
            .where(*within(RUNS, scope, self._now()))
            .group_by(begin.element, RUNS.c.run_kind, RUNS.c.status)
            .order_by(begin.element.desc(), RUNS.c.run_kind, RUNS.c.status)
            .limit(POINTS)
        )
        return self._read(Activity, statement)[::-1]

    @cached(SHORT, Subject.RUNS)
    def means(self, scope: Scope) -> tuple[RunMeans, ...]:
        """Return mean durations and mean shares of missing and unseen values."""
        begin = begin_of(RUNS.c.started, scope.grain)
        training, scoring = (RUNS.c.run_kind == kind for kind in ("train", "score"))
        statement = (
            select(
                begin,
                func.avg(RUNS.c.work_seconds).filter(training).label("training"),
                func.avg(RUNS.c.work_seconds).filter(scoring).label("scoring"),
                func.avg(RUNS.c.missing_rate).filter(scoring).label("missing"),
                func.avg(RUNS.c.unseen_category_rate).filter(scoring).label("unseen"),
            )
            .where(RUNS.c.status == FINISHED, *within(RUNS, scope, self._now()))
            .group_by(begin.element)
            .order_by(begin.element.desc())
            .limit(POINTS)
        )
        return self._read(RunMeans, statement)[::-1]

    @cached(SHORT, Subject.RUNS)
    def quality(self, scope: Scope) -> tuple[ModelQuality, ...]:
        """Return how well each new model detects injected anomalies."""
        recall, auc = RUNS.c.injected_recall, RUNS.c.injected_auc
        columns = RUNS.c.started.label("trained"), RUNS.c.run_id
        statement = (
            select(*columns, recall.label("recall"), auc.label("auc"))
            .where(recall.is_not(None), RUNS.c.status == FINISHED)
            .where(*within(RUNS, scope, self._now()))
            .order_by(RUNS.c.started.desc())
            .limit(POINTS)
        )
        return self._read(ModelQuality, statement)[::-1]

    @cached(SHORT, Subject.RUNS, Subject.VERDICTS)
    def precision(self, scope: Scope) -> tuple[ModelPrecision, ...]:
        """Return the verdict precision of each model, the model judged last at the end."""
        known = select(PRECISION).where(
            PRECISION.c.precision.is_not(None), *of_choices(PRECISION, scope)
        )
        newest = known.order_by(PRECISION.c.last_decided.desc()).limit(MOST_JUDGED)
        judged = newest.subquery("judged")
        statement = (
            select(
                judged.c.model_run_id,
                RUNS.c.started.label("trained"),
                judged.c.precision,
                judged.c.precision_low.label("low"),
                judged.c.precision_high.label("high"),
                *(judged.c.confirmed, judged.c.false_alarms, judged.c.unsure),
            )
            .join_from(judged, RUNS, RUNS.c.run_id == judged.c.model_run_id, isouter=True)
            .order_by(judged.c.last_decided.desc())
        )
        return self._read(ModelPrecision, statement)[::-1]

    @cached(SHORT, Subject.MODELS)
    def decisions(self, scope: Scope) -> tuple[Decision, ...]:
        """Return changed thresholds of the chosen model, and promotions of any model."""
        now = self._now()
        changed, promoted = (
            self._database.rows(
                select(view)
                .where(*in_time(view.c.changed_at, scope, now), *conditions)
                .order_by(view.c.changed_at.desc())
                .limit(MOST_DECISIONS)
            )
            for view, conditions in ((THRESHOLDS, of_choices(THRESHOLDS, scope)), (MODELS, []))
        )
        both = [
            _decision(row, "threshold", f"Threshold {row.previous:.4f} → {row.threshold:.4f}")
            for row in changed
        ]
        for row in promoted:
            done = ACTIONS.get(row.action, row.action)
            both.append(_decision(row, "model", f"{row.alias} {done}".capitalize()))
        return tuple(sorted(both, key=lambda decision: decision.when))

    @cached(SHORT, Subject.RUNS)
    def drift(self, scope: Scope) -> tuple[DriftCell, ...]:
        """Return the largest index of each feature in each of the newest periods."""
        now, begin = self._now(), begin_of(DRIFT.c.started, scope.grain)
        statement = (
            select(begin, DRIFT.c.feature, func.max(DRIFT.c.psi).label("psi"))
            .where(DRIFT.c.status == FINISHED, *within(DRIFT, scope, now))
            .where(DRIFT.c.started >= queries.oldest_column(scope, now))
            .group_by(begin.element, DRIFT.c.feature)
            .limit(MOST_CELLS)
        )
        cells = self._read(DriftCell, statement)
        return tuple(sorted(cells, key=lambda cell: (cell.begin, cell.feature)))

    @cached(SHORT, Subject.RUNS)
    def drifted_run(self, scope: Scope, feature: str, begin: datetime) -> DriftedRun | None:
        """Return the run behind one cell of the drift heatmap; None once it is gone."""
        names = ("run_id", "started", "dataset_name", "psi", "model_run_id")
        statement = (
            select(*(DRIFT.c[name] for name in names))
            .where(DRIFT.c.status == FINISHED, DRIFT.c.feature == feature)
            .where(DRIFT.c.started >= begin, DRIFT.c.started < scope.grain.following(begin))
            .where(*within(DRIFT, scope, self._now()))
            .order_by(DRIFT.c.psi.desc())
            .limit(1)
        )
        found = self._read(DriftedRun, statement)
        return found[0] if found else None

    @cached(SHORT, Subject.RUNS, Subject.CLEANUP)
    def recent(self, scope: Scope, *statuses: str) -> tuple[TrendRun, ...]:
        """Return the newest runs, newest first; only those of some statuses where any is given."""
        names = ("dataset_name", "anomaly_rate", "drift_max", "rows", "requested_by")
        statement = (
            select(
                RUNS.c.run_id,
                RUNS.c.run_name.label("name"),
                RUNS.c.run_kind.label("kind"),
                RUNS.c.status,
                RUNS.c.lifecycle_stage.label("stage"),
                RUNS.c.started,
                RUNS.c.duration_seconds.label("seconds"),
                *(RUNS.c[name] for name in (*names, "experiment_id", "dag_id", "dag_run_id")),
            )
            .where(*within(RUNS, scope, self._now()))
            .order_by(RUNS.c.started.desc())
            .limit(MOST_RUNS)
        )
        wanted = statement.where(RUNS.c.status.in_(statuses)) if statuses else statement
        return self._read(TrendRun, wanted)

    def failures(self, scope: Scope) -> tuple[TrendRun, ...]:
        """Return the newest failed and cancelled runs, newest first."""
        return self.recent(scope, FAILED, "KILLED")

    @cached(SHORT, Subject.RUNS, Subject.DATASETS)
    def datasets(self) -> tuple[FilterOption, ...]:
        """Return the data sets that runs have read, the last used first."""
        key, newest = RUNS.c.dataset_id, func.max(RUNS.c.started)
        statement = (
            select(key.label("key"), func.max(RUNS.c.dataset_name).label("name"))
            .add_columns(newest.label("newest"))
            .where(key.is_not(None))
            .group_by(key)
            .order_by(newest.desc())
            .limit(MOST_OPTIONS)
        )
        return self._read(FilterOption, statement)

    @cached(SHORT, Subject.RUNS, Subject.MODELS)
    def models(self) -> tuple[FilterOption, ...]:
        """Return the models that were trained, newest first."""
        started = RUNS.c.started
        statement = (
            select(RUNS.c.run_id.label("key"), RUNS.c.run_name.label("name"))
            .add_columns(started.label("newest"))
            .where(RUNS.c.run_kind == "train", RUNS.c.status == FINISHED)
            .order_by(started.desc())
            .limit(MOST_OPTIONS)
        )
        return self._read(FilterOption, statement)

    def export(self, name: str, scope: Scope) -> bytes:
        """Return the result of the method ``name`` as CSV."""
        return to_csv(getattr(self, name)(scope.at_least_daily if name == "activity" else scope))

    def _read(self, kind: type[T], statement: Select[Any]) -> tuple[T, ...]:
        """Read rows as dataclasses of the same names: absent texts are empty, times in UTC."""
        texts = {name for name, hint in get_type_hints(kind).items() if hint is str}
        return tuple(
            kind(**{name: _value(each, text=name in texts) for name, each in row._asdict().items()})
            for row in self._database.rows(statement)
        )


def _value(value: Any, *, text: bool) -> Any:  # noqa: ANN401 - whatever a row holds
    if value is None and text:
        return ""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _decision(row: Row[Any], kind: str, label: str) -> Decision:
    when, model = row.changed_at.astimezone(UTC), row.model_run_id or ""
    return Decision(when, kind, label, row.changed_by, row.reason, model)
