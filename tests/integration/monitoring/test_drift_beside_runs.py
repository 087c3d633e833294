"""The drift kept beside each recorded run, from before it was kept there and after MLflow's gc."""

from app.database.migrations.upgrade import detach, upgrade
from tests.past import SETTINGS, fill
from tests.servers.postgres import TestDatabase

DRIFT = "SELECT run_id, feature, psi, level FROM monitoring.drift ORDER BY run_id, feature"


def test_an_older_record_is_filled_from_its_metrics(migrated: TestDatabase) -> None:
    """A store that recorded before the columns came shows the same drift after the migration."""
    fill(migrated, runs=60)
    before = migrated.run("grafana_reader", DRIFT)
    detach(migrated.engine("console"))
    for name in ("drift_features", "drift_values", "score_threshold"):
        migrated.run("console", f"ALTER TABLE monitoring.recorded_runs DROP COLUMN {name}")
    migrated.run("console", "DROP TABLE console.cleanup_outcomes, console.cleanup_operations")
    migrated.run("console", "UPDATE console.alembic_version SET version_num = '0002'")
    upgrade(migrated.engine("console"), SETTINGS)
    assert migrated.run("grafana_reader", DRIFT) == before
    assert len(before) > 1_000


def test_drift_outlives_the_run_in_mlflow(migrated: TestDatabase) -> None:
    """What MLflow has purged keeps its place in the map."""
    fill(migrated, runs=30)
    before = migrated.run("grafana_reader", DRIFT)
    for table in ("latest_metrics", "metrics", "params", "tags", "runs"):
        migrated.run("mlflow", f"DELETE FROM {table}")  # noqa: S608 - names of our own
    assert migrated.run("grafana_reader", DRIFT) == before


def test_drift_of_a_run_that_is_not_recorded_yet_shows_at_once(migrated: TestDatabase) -> None:
    """The view reads MLflow for it, and never twice once it is recorded."""
    fill(migrated, runs=30)
    before = migrated.run("grafana_reader", DRIFT)
    migrated.run("console", "DELETE FROM monitoring.recorded_runs")
    assert migrated.run("grafana_reader", DRIFT) == before
