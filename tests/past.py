"""A generated year of runs in a database of the tests."""

from datetime import UTC, datetime

from app.database.recorder import record_history
from app.monitoring.history import store
from app.monitoring.history.generate import generate
from app.settings import ConsoleSettings
from tests.servers.postgres import TestDatabase

RUNS = 800
SETTINGS = ConsoleSettings(
    airflow_url="http://airflow.test",
    mlflow_tracking_uri="http://mlflow.test",
    console_public_url="http://console.test/",
    fresh_hours=72,
)


def fill(database: TestDatabase, runs: int = RUNS) -> None:
    """Write a generated year that ends now."""
    past = generate(runs=runs, days=365, until=datetime.now(UTC), seed=0)
    with database.engine("postgres").begin() as connection:
        store.write(connection, past)
    record_history(database.engine("console"))
    with database.engine("postgres").begin() as connection:
        store.analyze(connection)
