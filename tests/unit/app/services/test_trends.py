"""The long view over score runs."""

import sqlite3
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine

from app.clients.errors import Unreachable
from app.services.trends import score_runs_query

TABLES = """
CREATE TABLE experiments (experiment_id INTEGER, name TEXT);
CREATE TABLE runs (run_uuid TEXT, experiment_id INTEGER, status TEXT, lifecycle_stage TEXT,
                   start_time INTEGER);
CREATE TABLE latest_metrics (run_uuid TEXT, key TEXT, value REAL, is_nan BOOLEAN);
CREATE TABLE tags (run_uuid TEXT, key TEXT, value TEXT);
INSERT INTO experiments VALUES (1, 'traffic_anomaly_detection'), (2, 'another');
INSERT INTO runs VALUES
    ('early', 1, 'FINISHED', 'active', 1000), ('late', 1, 'FINISHED', 'active', 3000),
    ('train', 1, 'FINISHED', 'active', 2000), ('failed', 1, 'FAILED', 'active', 2000),
    ('deleted', 1, 'FINISHED', 'deleted', 2000), ('foreign', 2, 'FINISHED', 'active', 2000);
INSERT INTO tags SELECT run_uuid, 'run_kind', 'score' FROM runs WHERE run_uuid <> 'train';
INSERT INTO tags VALUES ('train', 'run_kind', 'train'), ('late', 'dataset_id', 'abc');
INSERT INTO latest_metrics VALUES
    ('late', 'anomaly_rate', 0.12, 0), ('late', 'drift_max', 0, 1), ('late', 'rows', 50, 0);
"""


@pytest.fixture
def ask(tmp_path):
    """A function that runs the query on tables of MLflow's shape."""
    file = tmp_path / "mlflow.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(TABLES)
    engine = create_engine(f"sqlite:///{file}")

    def rows(since=None, limit=10):
        with engine.connect() as connection:
            return connection.execute(score_runs_query(since, limit)).all()

    return rows


def test_only_finished_score_runs_count(ask):
    """Failed, deleted, train and foreign runs are left out; the newest comes first."""
    assert [row.run_uuid for row in ask()] == ["late", "early"]


def test_metrics_and_tags_stand_beside_their_run(ask):
    """What was not logged, or is no number, is empty."""
    late, early = ask()
    assert (late.anomaly_rate, late.rows, late.drift_max) == (0.12, 50, None)
    assert (late.dataset_id, late.model_run_id) == ("abc", None)
    assert (early.anomaly_rate, early.dataset_id) == (None, None)


def test_the_past_can_be_cut_off(ask):
    """By moment and by number."""
    assert [row.run_uuid for row in ask(since=datetime.fromtimestamp(2, UTC))] == ["late"]
    assert [row.run_uuid for row in ask(limit=1)] == ["late"]


def test_a_trend_runs_from_old_to_new(console):
    """Rows are ready to be drawn from left to right."""
    trend = console.trends.score_runs()
    assert [row.started for row in trend] == sorted(row.started for row in trend)
    assert [row.anomaly_rate for row in trend] == [0.12, 0.105, 0.092]
    assert {row.rows for row in trend} == {2_000}
    assert all(row.model_run_id and row.dataset_id for row in trend)


def test_a_trend_without_a_database_says_so(console, world):
    """It does not pretend that nothing happened."""
    world.stop("PostgreSQL")
    with pytest.raises(Unreachable, match="PostgreSQL"):
        console.trends.score_runs()
