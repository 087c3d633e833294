"""The migration against a real PostgreSQL whose tables a real MLflow has made."""

import subprocess
import sys
from pathlib import Path

import mlflow.store.db.utils as mlflow_db
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from app.database.migrations.mlflow_tables import MigrationError
from app.database.migrations.upgrade import detach, upgrade
from app.database.migrations.views import INTERNAL
from app.database.tables import Base, CleanupOperation, CleanupOutcome, VerdictRow
from tests.past import SETTINGS
from tests.servers.postgres import PostgresServer, TestDatabase, upgrade_mlflow

ROOT = Path(__file__).parents[3]
BEFORE_LONGER_TAGS = "4465047574b1"
READABLE = {
    *("runs", "run_metrics", "drift", "daily", "rate_band", "freshness", "verdicts"),
    *("verdict_precision", "threshold_changes", "model_changes"),
}


def views(database: TestDatabase) -> set[str]:
    """Names of the views there are."""
    return set(inspect(database.engine("postgres")).get_view_names("monitoring"))


def test_the_migration_makes_views_and_tables(migrated: TestDatabase) -> None:
    """One run makes both schemas complete."""
    assert views(migrated) == READABLE | INTERNAL
    tables = inspect(migrated.engine("postgres")).get_table_names("console")
    assert {"verdicts", "threshold_changes", "model_changes"} <= set(tables)
    assert {CleanupOperation.__tablename__, CleanupOutcome.__tablename__} <= set(tables)


def test_the_migration_can_be_run_again(migrated: TestDatabase) -> None:
    """A second run succeeds, keeps rows and takes over changed settings."""
    migrated.run("console", "INSERT INTO monitoring.settings VALUES ('kept', '1', '')")
    upgrade(migrated.engine("console"), SETTINGS.model_copy(update={"fresh_hours": 5.0}))
    stored = dict(migrated.run("console", "SELECT name, value FROM monitoring.settings"))
    assert stored["kept"] == "1"
    assert stored["fresh_hours"] == "5.0"
    assert stored["console_url"] == "http://console.test"


def test_the_models_describe_the_migrated_tables(migrated: TestDatabase) -> None:
    """Alembic finds no difference between the tables and their description."""
    ours = {"console", "monitoring"}

    def only_ours(name: str | None, kind: str, _: object) -> bool:
        return kind != "schema" or name in ours

    with migrated.engine("postgres").connect() as connection:
        options = {"include_schemas": True, "include_name": only_ours}
        context = MigrationContext.configure(
            connection, opts=options | {"version_table_schema": "console"}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_every_view_and_its_main_columns_are_documented(migrated: TestDatabase) -> None:
    """A reader finds in the database what a view holds."""
    undocumented = migrated.run(
        "postgres",
        "SELECT relname FROM pg_class WHERE relnamespace = 'monitoring'::regnamespace "
        "AND relkind = 'v' AND relname = ANY(:readable) AND obj_description(oid) IS NULL",
        readable=sorted(READABLE),
    )
    assert undocumented == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM public.runs",
        "SELECT * FROM public.latest_metrics",
        "SELECT * FROM console.verdicts",
        "SELECT * FROM monitoring.recorded_runs",
        "SELECT * FROM monitoring.kept_runs",
        "SELECT * FROM monitoring.live_runs",
        "INSERT INTO monitoring.settings VALUES ('a', 'b', 'c')",
        "UPDATE monitoring.settings SET value = ''",
        "DELETE FROM monitoring.threshold_changes",
        "CREATE TABLE monitoring.mine (x int)",
        "CREATE TEMPORARY TABLE mine (x int)",
        "CREATE TABLE public.mine (x int)",
    ],
)
def test_the_reader_can_do_nothing_else(year: TestDatabase, statement: str) -> None:
    """Neither MLflow's tables nor our own, and no writing anywhere."""
    with pytest.raises(ProgrammingError, match="permission denied"):
        year.run("grafana_reader", statement)


@pytest.mark.parametrize("view", sorted(READABLE | {"settings"}))
def test_the_reader_reads_every_view(year: TestDatabase, view: str) -> None:
    """What is meant for reading can be read, and shows something on a year of runs."""
    assert year.run("grafana_reader", f"SELECT * FROM monitoring.{view} LIMIT 1")  # noqa: S608


def test_every_view_is_empty_on_an_empty_store(migrated: TestDatabase) -> None:
    """No view fails or makes rows up before the first run."""
    shown = " UNION ALL ".join(f"SELECT count(*) FROM monitoring.{view}" for view in READABLE)  # noqa: S608
    assert {row[0] for row in migrated.run("grafana_reader", shown)} == {0}


def test_a_reader_sees_no_run_of_others_through_its_own_condition(migrated: TestDatabase) -> None:
    """A condition that fails on a hidden row is not asked about it."""
    migrated.run("mlflow", "INSERT INTO experiments (experiment_id, name) VALUES (77, 'secret')")
    migrated.run(
        "mlflow",
        "INSERT INTO runs (run_uuid, name, status, lifecycle_stage, experiment_id, start_time) "
        "VALUES ('a', 'not a number', 'FINISHED', 'active', 77, 0)",
    )
    condition = "run_name::int = 1 OR experiment::int = 1"
    found = migrated.run(
        "grafana_reader",
        f"SELECT * FROM monitoring.runs WHERE {condition}",  # noqa: S608 - a constant
    )
    assert found == []


def test_a_missing_role_is_told(migrated: TestDatabase) -> None:
    """Without the reader's role the migration succeeds and says what does not work."""
    migrated.run("postgres", "ALTER ROLE grafana_reader RENAME TO someone_else")
    try:
        said = upgrade(migrated.engine("console"), SETTINGS)
    finally:
        migrated.run("postgres", "ALTER ROLE someone_else RENAME TO grafana_reader")
    assert "grafana_reader does not exist" in said


def test_missing_tables_and_columns_are_named(database: TestDatabase) -> None:
    """An MLflow of another shape is refused in one sentence, and nothing is made."""
    database.run("mlflow", "ALTER TABLE latest_metrics RENAME COLUMN is_nan TO not_a_number")
    database.run("mlflow", "ALTER TABLE params RENAME TO parameters")
    database.run("mlflow", "ALTER TABLE runs ALTER COLUMN start_time TYPE text")
    with pytest.raises(MigrationError) as refused:
        upgrade(database.engine("console"), SETTINGS)
    message = str(refused.value)
    assert "table params is missing" in message
    assert "column latest_metrics.is_nan is missing, expected true or false" in message
    assert "column runs.start_time is TEXT, expected a number" in message
    assert "mlflow db upgrade" in message
    assert inspect(database.engine("postgres")).get_table_names("monitoring") == []


def test_views_stay_when_the_check_fails(migrated: TestDatabase) -> None:
    """What worked goes on working when MLflow's tables turn out to be unknown."""
    migrated.run("mlflow", "ALTER TABLE runs RENAME COLUMN name TO title")
    with pytest.raises(MigrationError, match=r"column runs\.name is missing"):
        upgrade(migrated.engine("console"), SETTINGS)
    assert views(migrated) == READABLE | INTERNAL
    assert migrated.run("grafana_reader", "SELECT * FROM monitoring.runs") == []


def test_a_missing_schema_that_may_not_be_made_is_told(database: TestDatabase) -> None:
    """The sentence names the statement that mends it."""
    database.run("postgres", "DROP SCHEMA monitoring")
    with pytest.raises(MigrationError, match="CREATE SCHEMA monitoring AUTHORIZATION console"):
        upgrade(database.engine("console"), SETTINGS)


def test_views_survive_an_upgrade_of_mlflow(server: PostgresServer) -> None:
    """From an older MLflow's tables to today's: detach, ``mlflow db upgrade``, migrate."""
    database = server.create("older_mlflow")
    engine = database.engine("mlflow")
    mlflow_db.InitialBase.metadata.create_all(engine)
    config = mlflow_db._get_alembic_config(database.url("mlflow"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE_LONGER_TAGS)
    upgrade(database.engine("console"), SETTINGS)

    blocked = upgrade_mlflow(database)
    assert "used by a view" in blocked.stderr
    assert "views dropped" in detach(database.engine("console"))
    assert upgrade_mlflow(database).returncode == 0
    upgrade(database.engine("console"), SETTINGS)

    assert views(database) == READABLE | INTERNAL
    assert database.run("grafana_reader", "SELECT * FROM monitoring.runs") == []


def test_the_command_migrates(database: TestDatabase) -> None:
    """``python -m app.database.migrations`` takes the database from the environment."""
    done = subprocess.run(
        (sys.executable, "-m", "app.database.migrations"),
        cwd=ROOT,
        env={"DATABASE_URL": database.url("console"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "The schemas console and monitoring are up to date.\n"


def verdict(**changes: object) -> VerdictRow:
    """A verdict as the console would write it, but for the changes."""
    sensible: dict[str, object] = {
        "row_hash": "0" * 64,
        "run_id": "1" * 32,
        "model_run_id": "2" * 32,
        "verdict": "confirmed",
        "reviewer": "ana",
        "sampled_by": "queue",
        "anomaly_score": -0.1,
        "severity": 99.0,
        "flagged": True,
    }
    return VerdictRow(**sensible | changes)


def test_a_verdict_is_kept_with_its_time(migrated: TestDatabase) -> None:
    """The database adds when it was decided, and the rest comes back as written."""
    with Session(migrated.engine("console")) as session:
        session.add(verdict())
        session.commit()
        kept = session.scalars(select(VerdictRow)).one()
    assert (kept.verdict, kept.comment, kept.flagged) == ("confirmed", "", True)
    assert kept.decided_at.tzinfo is not None


@pytest.mark.parametrize("change", [{"verdict": "perhaps"}, {"sampled_by": "chance"}])
def test_a_verdict_that_means_nothing_is_refused(
    migrated: TestDatabase, change: dict[str, str]
) -> None:
    """Only the words that the views know get in."""
    with Session(migrated.engine("console")) as session:
        session.add(verdict(**change))
        with pytest.raises(IntegrityError, match="ck_verdicts"):
            session.commit()
