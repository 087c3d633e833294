"""The recorded history: complete, never behind, and independent of what MLflow keeps."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy import Engine

from app.database.recorder import record_history
from pipeline.sample.history import write_history
from pipeline.sample.history_runs import GENERATED_TAG, generate_history
from tests.past import fill
from tests.servers.postgres import TestDatabase

ROOT = Path(__file__).parents[3]
NUMBERS = "run_id, run_kind, status, rows, anomaly_rate, drift_max, dataset_name, model_run_id"


def shown(database: TestDatabase, view: str = "runs", columns: str = NUMBERS) -> list[tuple]:
    """What the reader sees, in a fixed order."""
    query = f"SELECT {columns} FROM monitoring.{view}"  # noqa: S608 - constants
    return sorted(database.run("grafana_reader", query), key=repr)


@pytest.fixture
def live(migrated: TestDatabase) -> TestDatabase:
    """Some runs in MLflow's tables, not recorded yet."""
    history = generate_history(runs=60, days=60, until=datetime.now(UTC), seed=3)
    with migrated.engine("postgres").begin() as connection:
        write_history(connection, history)
    return migrated


@pytest.fixture
def console(live: TestDatabase) -> Engine:
    """The console's connection to them."""
    return live.engine("console")


def test_runs_show_before_they_are_recorded(live: TestDatabase) -> None:
    """The views need no recorder to be complete."""
    assert len(shown(live)) == 60
    assert live.run("console", "SELECT count(*) FROM monitoring.recorded_runs") == [(0,)]


def test_recording_changes_no_number(live: TestDatabase, console: Engine) -> None:
    """A reader cannot tell whether a run was recorded."""
    views = {"runs": NUMBERS, "run_metrics": "*", "drift": "*", "daily": "*", "rate_band": "*"}
    before = {view: shown(live, view, columns) for view, columns in views.items()}
    assert record_history(console) == 60
    assert {view: shown(live, view, columns) for view, columns in views.items()} == before


def test_settled_runs_are_recorded_once(live: TestDatabase, console: Engine) -> None:
    """Only a run that ended within the last hour is looked at again."""
    live.run(
        "mlflow",
        "UPDATE runs SET end_time = :now WHERE run_uuid = (SELECT max(run_uuid) FROM runs "
        "JOIN tags USING (run_uuid) WHERE key = 'run_kind' AND value = 'score')",
        now=int(datetime.now(UTC).timestamp() * 1000),
    )
    assert record_history(console) == 60
    assert record_history(console) == 1
    assert record_history(console) == 1


def test_a_running_run_is_followed_to_its_end(live: TestDatabase, console: Engine) -> None:
    """What is recorded of an unfinished run gives way to how it ended."""
    run_id = shown(live)[0][0]
    running = "UPDATE runs SET status = 'RUNNING', end_time = NULL WHERE run_uuid = :run"
    live.run("mlflow", running, run=run_id)
    record_history(console)
    ended = "UPDATE runs SET status = 'FAILED', end_time = :now WHERE run_uuid = :run"
    live.run("mlflow", ended, run=run_id, now=int(datetime.now(UTC).timestamp() * 1000))
    status = "SELECT status FROM monitoring.runs WHERE run_id = :run"
    assert live.run("grafana_reader", status, run=run_id) == [("FAILED",)]
    assert record_history(console) == 1


def test_history_survives_mlflow_gc(live: TestDatabase, console: Engine) -> None:
    """Runs that ``mlflow gc`` has purged go on showing, with every number and their drift."""
    views = {"runs": NUMBERS, "run_metrics": "*", "drift": "*", "daily": "*", "rate_band": "*"}
    record_history(console)
    before = {view: shown(live, view, columns) for view, columns in views.items()}
    purge(live, [row[0] for row in before["runs"]])
    assert {view: shown(live, view, columns) for view, columns in views.items()} == before
    assert {row[2] for row in shown(live, "runs", "run_id, started, lifecycle_stage")} == {"purged"}
    assert record_history(console) == 0


def test_an_unsettled_run_survives_mlflow_gc(live: TestDatabase, console: Engine) -> None:
    """So does one that was purged within the hour of its end, without showing twice."""
    run_id = shown(live)[0][0]
    now = int(datetime.now(UTC).timestamp() * 1000)
    live.run("mlflow", "UPDATE runs SET end_time = :now WHERE run_uuid = :run", now=now, run=run_id)
    record_history(console)
    assert len(shown(live)) == 60
    purge(live, [run_id])
    assert len(shown(live)) == 60
    assert run_id in {row[0] for row in shown(live, "run_metrics", "run_id, metric, value")} | {
        row[0] for row in shown(live) if row[2] != "FINISHED"
    }


def purge(database: TestDatabase, run_ids: list[str]) -> None:
    """Delete runs and purge them as ``mlflow gc`` does."""
    tracking = SqlAlchemyStore(database.url("mlflow"), "unused")
    for run_id in run_ids:
        tracking.delete_run(run_id)
        tracking._hard_delete_run(run_id)
    tracking._dispose_engine()


def test_a_deleted_run_is_told_apart(live: TestDatabase, console: Engine) -> None:
    """What is in MLflow's bin still counts, and says so."""
    run_id = shown(live)[0][0]
    record_history(console)
    live.run("mlflow", "UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid = :r", r=run_id)
    stages = "SELECT lifecycle_stage FROM monitoring.runs WHERE run_id = :run"
    assert live.run("grafana_reader", stages, run=run_id) == [("deleted",)]


def test_values_that_are_no_number_are_left_out(live: TestDatabase, console: Engine) -> None:
    """MLflow stores not-a-number as zero with a flag; the views show nothing instead of zero."""
    live.run("mlflow", "UPDATE latest_metrics SET is_nan = true, value = 0 WHERE key = 'drift_max'")
    assert {row[5] for row in shown(live)} == {None}
    record_history(console)
    assert {row[5] for row in shown(live)} == {None}


def test_a_parameter_that_is_no_number_breaks_nothing(live: TestDatabase) -> None:
    """Somebody's own run with odd parameters shows as a run without them."""
    live.run("mlflow", "UPDATE params SET value = 'auto' WHERE key = 'contamination'")
    assert set(live.run("grafana_reader", "SELECT contamination FROM monitoring.runs")) == {(None,)}


def run_command(database: TestDatabase, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a database."""
    database_url = database.url("postgres")
    return subprocess.run(
        (sys.executable, "-m", "pipeline.sample.history", "--database", database_url, *arguments),
        cwd=ROOT,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_writes_replaces_and_removes(migrated: TestDatabase) -> None:
    """A second call replaces what the first wrote; ``--remove`` leaves the store as it was."""
    for runs in ("200", "100"):
        done = run_command(migrated, "--runs", runs, "--days", "90")
        assert done.returncode == 0, done.stderr
    assert len(shown(migrated)) == 100
    assert shown(migrated, "verdicts", "model_run_id, row_hash, verdict")
    assert run_command(migrated, "--remove").returncode == 0
    assert shown(migrated) == []
    assert migrated.run("console", "SELECT count(*) FROM console.verdicts") == [(0,)]


def test_the_command_refuses_a_store_with_real_runs(live: TestDatabase) -> None:
    """Generated runs get beside real ones only when told so, and then before them."""
    live.run("mlflow", "DELETE FROM tags WHERE key = :mark", mark=GENERATED_TAG[0])
    refused = run_command(live, "--runs", "50")
    assert refused.returncode == 1
    assert "real runs" in refused.stderr
    assert len(shown(live)) == 60

    forced = run_command(live, "--runs", "50", "--force")
    assert forced.returncode == 0, forced.stderr
    generated = (
        "SELECT max(start_time) FILTER (WHERE key IS NOT NULL) < "
        "min(start_time) FILTER (WHERE key IS NULL) FROM runs "
        "LEFT JOIN tags ON tags.run_uuid = runs.run_uuid AND key = :mark"
    )
    assert live.run("mlflow", generated, mark=GENERATED_TAG[0]) == [(True,)]


def test_the_year_has_what_the_dashboards_show(migrated: TestDatabase) -> None:
    """Models, drift above both limits, failures, verdicts and decisions are all there."""
    fill(migrated, runs=400)
    for query in (
        "SELECT count(*) > 5 FROM monitoring.runs WHERE run_kind = 'train'",
        "SELECT max(psi) > 0.25 AND min(psi) < 0.1 FROM monitoring.drift",
        "SELECT count(*) > 0 FROM monitoring.runs WHERE status = 'FAILED'",
        "SELECT bool_and(precision_low < precision) FROM monitoring.verdict_precision",
        "SELECT bool_and(precision < precision_high) FROM monitoring.verdict_precision",
        "SELECT count(*) > 0 FROM monitoring.threshold_changes",
        "SELECT count(*) > 0 FROM monitoring.model_changes",
    ):
        assert migrated.run("grafana_reader", query) == [(True,)], query
