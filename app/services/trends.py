"""The long view: score runs over time, straight from PostgreSQL."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, column, select, table

from app.clients.database import Database
from app.services import names
from app.services.run_model import moment

EXPERIMENTS = table("experiments", column("experiment_id"), column("name"))
RUNS = table(
    "runs",
    *map(column, ("run_uuid", "experiment_id", "status", "lifecycle_stage", "start_time")),
)
METRICS = table("latest_metrics", *map(column, ("run_uuid", "key", "value", "is_nan")))
TAGS = table("tags", *map(column, ("run_uuid", "key", "value")))


@dataclass(frozen=True)
class TrendRow:
    """One finished score run; metrics are None where the run did not log them.

    Attributes
    ----------
    anomaly_rate
        Share of rows flagged at the frozen training threshold, 0 to 1.
    drift_max
        Largest drift of any feature from the training data.
    """

    run_id: str
    started: datetime
    dataset_id: str
    model_run_id: str
    requested_by: str
    rows: int | None
    anomaly_rate: float | None
    drift_max: float | None


class Trends:
    """Reads trends; never writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def score_runs(self, *, since: datetime | None = None, limit: int = 1_000) -> list[TrendRow]:
        """Return the newest ``limit`` finished score runs, oldest first."""
        newest_first = self._database.rows(score_runs_query(since, limit))
        return [_row(row) for row in reversed(newest_first)]


def score_runs_query(since: datetime | None, limit: int) -> Select[Any]:
    """Select finished score runs with their metrics and tags beside them, newest first."""
    earliest = int((since or datetime.fromtimestamp(0, UTC)).timestamp() * 1000)
    return (
        select(
            RUNS.c.run_uuid,
            RUNS.c.start_time,
            *(_tag(key).label(key) for key in ("dataset_id", "model_run_id", "requested_by")),
            *(_metric(key).label(key) for key in ("rows", "anomaly_rate", "drift_max")),
        )
        .join_from(RUNS, EXPERIMENTS, RUNS.c.experiment_id == EXPERIMENTS.c.experiment_id)
        .where(
            EXPERIMENTS.c.name == names.EXPERIMENT,
            RUNS.c.lifecycle_stage == "active",
            RUNS.c.status == "FINISHED",
            RUNS.c.start_time >= earliest,
            _tag("run_kind") == "score",
        )
        .order_by(RUNS.c.start_time.desc())
        .limit(limit)
    )


def _tag(key: str) -> ColumnElement[str]:
    mine = and_(TAGS.c.run_uuid == RUNS.c.run_uuid, TAGS.c.key == key)
    return select(TAGS.c.value).where(mine).correlate(RUNS).scalar_subquery()


def _metric(key: str) -> ColumnElement[float]:
    mine = and_(METRICS.c.run_uuid == RUNS.c.run_uuid, METRICS.c.key == key, ~METRICS.c.is_nan)
    return select(METRICS.c.value).where(mine).correlate(RUNS).scalar_subquery()


def _row(row: Row[Any]) -> TrendRow:
    return TrendRow(
        run_id=row.run_uuid,
        started=moment(row.start_time),
        dataset_id=row.dataset_id or "",
        model_run_id=row.model_run_id or "",
        requested_by=row.requested_by or "",
        rows=None if row.rows is None else int(row.rows),
        anomaly_rate=row.anomaly_rate,
        drift_max=row.drift_max,
    )
