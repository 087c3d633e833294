"""A generated year of runs in a database of the tests."""

from datetime import UTC, datetime

from sqlalchemy import text

from app.database.recorder import record_history
from app.settings import ConsoleSettings
from pipeline.sample.history import write_history
from pipeline.sample.history_runs import generate_history
from tests.servers.postgres import TestDatabase

RUNS = 800
SETTINGS = ConsoleSettings(
    airflow_url="http://airflow.test",
    mlflow_public_url="http://mlflow.test",
    console_public_url="http://console.test/",
    fresh_hours=72,
)


def fill(database: TestDatabase, runs: int = RUNS) -> None:
    """Write a generated year that ends now."""
    history = generate_history(runs=runs, days=365, until=datetime.now(UTC), seed=0)
    with database.engine("postgres").begin() as connection:
        write_history(connection, history)
    record_history(database.engine("console"))
    with database.engine("postgres").begin() as connection:
        connection.execute(text("ANALYZE monitoring.recorded_runs, monitoring.recorded_metrics"))
