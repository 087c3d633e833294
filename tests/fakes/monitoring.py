"""The views of the schema ``monitoring`` in memory, filled from the runs of a ``FakeMlflow``.

The real queries run on SQLite with the two functions of PostgreSQL that they use; the band of a
rate is a tenth around the mean of the runs before.
"""

import sqlite3
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from statistics import fmean

from sqlalchemy import create_engine, event, insert
from sqlalchemy.pool import StaticPool

from app.services.trends import queries
from pipeline.orchestration import TRAIN_DAG
from pipeline.tracking import names

VIEWS = (
    *(queries.RUNS, queries.BAND, queries.DRIFT, queries.PRECISION),
    *(queries.FRESHNESS, queries.THRESHOLDS, queries.MODELS),
)
STAMP = "%Y-%m-%d %H:%M:%S.%f"
RUN_METRICS = (
    *("rows", "anomaly_rate", "threshold", "injected_recall", "injected_auc", "drift_max"),
    *("unseen_category_rate", "missing_rate"),
)


def date_bin(width, moment, origin):
    """Return the begin of the days that a moment lies in, as PostgreSQL does."""
    first = datetime.fromisoformat(origin).replace(tzinfo=None)
    days = timedelta(days=int(width.split(" ")[0]))
    return (first + (datetime.fromisoformat(moment) - first) // days * days).strftime(STAMP)


def date_trunc(_month, moment, _zone):
    """Return the first of the month that a moment lies in."""
    first = datetime.fromisoformat(moment).replace(day=1, hour=0, minute=0, second=0)
    return first.replace(microsecond=0).strftime(STAMP)


def moment(milliseconds):
    """Return a time of MLflow's."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


class FakeMonitoring:
    """Runs queries on the views.

    Attributes
    ----------
    decisions
        Rows of decisions by view: ``threshold_changes``, ``model_changes`` and
        ``verdict_precision``.
    """

    def __init__(self, mlflow):
        self._mlflow = mlflow
        self.decisions = {view: [] for view in ("threshold_changes", "model_changes")}
        self.decisions["verdict_precision"] = []

    def rows(self, query):
        """Return the rows of a statement, times in UTC."""
        with self._filled().connect() as connection:
            result = connection.execute(query)
            kind = namedtuple("Row", result.keys())  # noqa: PYI024 - its columns are the statement's
            return [kind(*map(in_utc, row)) for row in result]

    def _filled(self):
        engine = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
        event.listen(engine, "connect", attach)
        tables = self._tables()
        with engine.begin() as connection:
            for view in VIEWS:
                columns = ", ".join(view.c.keys())
                connection.exec_driver_sql(f"CREATE TABLE monitoring.{view.name} ({columns})")
                for row in tables[view.name]:
                    connection.execute(insert(view), {key: row.get(key) for key in view.c.keys()})  # noqa: SIM118 - columns are no mapping
        return engine

    def _tables(self):
        runs = [self._run(run) for run in self._mlflow.runs if self._kind(run)]
        return self.decisions | {
            "runs": runs,
            "rate_band": list(self._band(runs)),
            "drift": list(self._drift(runs)),
            "freshness": self._freshness(runs),
        }

    def _kind(self, run):
        experiment = self._mlflow.experiments.get(names.EXPERIMENT)
        return run.tags.get("run_kind") if run.experiment_id == experiment else None

    def _run(self, run):
        kind, metrics = self._kind(run), run.metrics
        model = self._mlflow.find(run.tags.get("model_run_id", ""))
        dataset = run.tags.get("dataset_id")
        return {
            **{name: metrics.get(name) for name in RUN_METRICS},
            **{name: run.tags.get(name) for name in ("requested_by", "dag_run_id", "dataset_id")},
            "run_id": run.run_id,
            "run_name": run.name,
            "run_kind": kind,
            "status": run.status,
            "experiment_id": run.experiment_id,
            "lifecycle_stage": "active",
            "started": moment(run.start_ms),
            "ended": run.end_ms and moment(run.end_ms),
            "duration_seconds": run.end_ms and (run.end_ms - run.start_ms) / 1000,
            "dag_id": TRAIN_DAG if run.tags.get("dag_run_id") else None,
            "dataset_name": self._name_of(dataset),
            "model_run_id": run.run_id if kind == "train" else run.tags.get("model_run_id"),
            "on_new_data": kind == "score" and dataset != (model and model.tags.get("dataset_id")),
            "work_seconds": metrics.get("training_seconds", metrics.get("scoring_seconds")),
        }

    def _name_of(self, dataset):
        found = [
            run.name for run in self._mlflow.runs if run.tags.get("sha256", "")[:16] == dataset
        ]
        return found[0] if found else dataset

    @staticmethod
    def _band(runs):
        before = []
        for run in sorted(runs, key=lambda run: run["started"]):
            if run["on_new_data"] and run["status"] == "FINISHED":
                centre = fmean(before[-30:]) if len(before) >= 10 else None
                low, high = (centre and centre * part for part in (0.9, 1.1))
                off = centre and abs(run["anomaly_rate"] - centre) / (0.1 * centre)
                yield run | {"low": low, "high": high, "deviation": off}
                before.append(run["anomaly_rate"])

    def _drift(self, runs):
        for run in runs:
            for name, value in self._mlflow.find(run["run_id"]).metrics.items():
                if name.startswith("drift/"):
                    yield run | {"feature": name.removeprefix("drift/"), "psi": value}

    @staticmethod
    def _freshness(runs):
        ended = [run["ended"] for run in runs if run["status"] == "FINISHED"]
        age = datetime.now(UTC) - max(ended) if ended else None
        return [{"hours_since_success": age / timedelta(hours=1)}] if ended else []


def attach(connection, _record):
    """Give a new connection the schema and the functions."""
    connection.execute("ATTACH ':memory:' AS monitoring")
    connection.create_function("date_bin", 3, date_bin)
    connection.create_function("date_trunc", 3, date_trunc)
    assert sqlite3.sqlite_version_info >= (3, 30), "FILTER needs SQLite 3.30"


def in_utc(value):
    """Add the zone that SQLite forgets."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
