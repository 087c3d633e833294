"""The log of cleanup in a real PostgreSQL, and the one right to erase a run of MLflow's."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import ProgrammingError

from app.services.cleanup.log import OperationLog
from app.services.cleanup.types import LoggedItem, Operation, StageCounts
from pipeline.errors import Rejected
from tests.servers.postgres import TestDatabase

OURS = ("traffic_anomaly_detection", "traffic_datasets")
RUN, MODEL, ACTIVE, FOREIGN, BUSY = ("a" * 32, "b" * 32, "c" * 32, "d" * 32, "e" * 32)
DELETED_MS = 1_750_000_000_000
ITEM = LoggedItem(RUN, "score", "score a.csv", 1234)


@pytest.fixture
def store(migrated: TestDatabase) -> TestDatabase:
    """Five runs: two deleted, one of them an alias's model; an active, a foreign, a busy one."""
    for number, name in enumerate((*OURS, "somebody_elses"), start=90):
        made = "INSERT INTO experiments (experiment_id, name) VALUES (:number, :name)"
        migrated.run("mlflow", made, number=number, name=name)
    runs = {
        RUN: (90, "FINISHED", "deleted"),
        MODEL: (90, "FINISHED", "deleted"),
        ACTIVE: (90, "FINISHED", "active"),
        FOREIGN: (92, "FINISHED", "deleted"),
        BUSY: (90, "RUNNING", "deleted"),
    }
    for run_id, (experiment, status, stage) in runs.items():
        migrated.run(
            "mlflow",
            "INSERT INTO runs (run_uuid, name, status, lifecycle_stage, experiment_id, start_time, "
            "deleted_time) VALUES (:run, 'a run', :status, :stage, :experiment, 1000, :deleted)",
            run=run_id,
            status=status,
            stage=stage,
            experiment=experiment,
            deleted=DELETED_MS if stage == "deleted" else None,
        )
        for statement in (
            "INSERT INTO tags (run_uuid, key, value) VALUES (:run, 'run_kind', 'score')",
            "INSERT INTO params (run_uuid, key, value) VALUES (:run, 'model', 'latest')",
        ):
            migrated.run("mlflow", statement, run=run_id)
    for statement in (
        "INSERT INTO registered_models (name) VALUES ('m')",
        f"INSERT INTO model_versions (name, version, run_id) VALUES ('m', 1, '{MODEL}')",  # noqa: S608
        "INSERT INTO registered_model_aliases (name, alias, version) VALUES ('m', 'champion', 1)",
    ):
        migrated.run("mlflow", statement)
    return migrated


@pytest.fixture
def log(store: TestDatabase) -> OperationLog:
    """The console's client, with the console's role."""
    return OperationLog(store.url("console"))


def rows(store: TestDatabase, run_id: str) -> int:
    """Count what MLflow's tables hold of a run."""
    tables = {"runs": "run_uuid", "tags": "run_uuid", "params": "run_uuid"}
    return sum(
        len(store.run("mlflow", f"SELECT FROM {table} WHERE {key} = :run", run=run_id))
        for table, key in tables.items()
    )


def test_deleted_run_is_erased_and_stays_in_the_trends(
    store: TestDatabase, log: OperationLog
) -> None:
    """Run, tags and params are gone; what was recorded before shows it as purged."""
    log.record()
    assert log.erase(RUN) is True
    assert rows(store, RUN) == 0
    assert log.erase(RUN) is False
    kept = store.run(
        "grafana_reader", "SELECT lifecycle_stage FROM monitoring.runs WHERE run_id = :run", run=RUN
    )
    assert kept == [("purged",)]


@pytest.mark.parametrize("run_id", [ACTIVE, FOREIGN, BUSY])
def test_other_runs_are_not_erased(store: TestDatabase, log: OperationLog, run_id: str) -> None:
    """An active run, one of another experiment and one in progress keep every row."""
    assert log.erase(run_id) is False
    assert rows(store, run_id) == 3


def test_database_refuses_to_erase_the_model_of_an_alias(
    store: TestDatabase, log: OperationLog
) -> None:
    """The champion stays, whatever the console asks for."""
    with pytest.raises(Rejected, match="alias"):
        log.erase(MODEL)
    assert rows(store, MODEL) == 3


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM public.runs",
        "UPDATE public.runs SET lifecycle_stage = 'deleted'",
        "DELETE FROM public.tags",
    ],
)
def test_console_may_not_write_mlflow_tables_otherwise(store: TestDatabase, statement: str) -> None:
    """The function is the only way."""
    with pytest.raises(ProgrammingError, match="permission denied"):
        store.run("console", statement)


def test_grafana_may_not_erase(store: TestDatabase) -> None:
    """Grafana's reader does not even see the schema."""
    with pytest.raises(ProgrammingError, match="permission denied"):
        store.run("grafana_reader", f"SELECT console.erase_run('{RUN}')")


def test_operation_is_logged_before_and_after(log: OperationLog) -> None:
    """Without an outcome an operation counts as interrupted."""
    first = log.begin(Operation.DELETE, (ITEM,), "too old", "ana")
    (begun,) = log.history(10)
    assert (begun.id, begun.done, begun.items, begun.size_bytes) == (first, None, (ITEM,), 1234)
    log.end(first, 1, 1234, "")
    second = log.begin(Operation.RESTORE, (ITEM,), "", "ben")
    newest, ended = log.history(10)
    assert (newest.id, ended.done, ended.freed_bytes, ended.failure) == (second, 1, 1234, "")
    assert [each.id for each in log.history(10, before=second)] == [first]


def test_runs_are_counted_by_stage_and_listed_by_deletion(
    store: TestDatabase, log: OperationLog
) -> None:
    """Only those of the console's experiments."""
    tagged = "INSERT INTO tags (run_uuid, key, value) VALUES (:run, 'archived', 'x')"
    store.run("mlflow", tagged, run=ACTIVE)
    assert log.counts(OURS) == StageCounts(active=0, archived=1, deleted=3)
    when = datetime.fromtimestamp(DELETED_MS / 1000, UTC)
    assert log.in_trash(when, OURS, 10) == []
    assert set(log.in_trash(when + timedelta(days=1), OURS, 10)) == {RUN, MODEL, BUSY}
