"""Run a migration in one transaction: completely or not at all."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import ProgrammingError

from app.database.migrations import mlflow_tables, views
from app.database.migrations.mlflow_tables import MigrationError
from app.database.tables import CONSOLE, MONITORING, MonitoringSetting
from app.settings import ConsoleSettings

LOCK = 7_303_014
LOCK_TIMEOUT = "10s"


def upgrade(engine: Engine, settings: ConsoleSettings) -> str:
    """Bring tables, views, grants and settings up to date; doing it again changes nothing.

    Raises
    ------
    MigrationError
        A schema cannot be made, or MLflow's tables are not as expected; nothing was changed.
    """
    with engine.begin() as connection:
        _lock(connection)
        _create_schemas(connection)
        _upgrade_tables(connection)
        mlflow_tables.check(connection)
        views.create(connection)
        readable = views.grant(connection)
        _store_settings(connection, settings)
    note = "" if readable else f"; the role {views.READER} does not exist, so Grafana cannot read"
    return f"The schemas {CONSOLE} and {MONITORING} are up to date{note}."


def detach(engine: Engine) -> str:
    """Drop the views, so that MLflow may change its tables; tables and their rows stay."""
    with engine.begin() as connection:
        _lock(connection)
        dropped = views.drop(connection)
    again = "run `python -m app.database.migrations` after `mlflow db upgrade`"
    return f"{dropped} views dropped; {again}."


def _lock(connection: Connection) -> None:
    """Wait for another migration, but only seconds for a long query on a view."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))


def _create_schemas(connection: Connection) -> None:
    present = set(inspect(connection).get_schema_names())
    for schema in (CONSOLE, MONITORING):
        if schema in present:
            continue
        try:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        except ProgrammingError as error:
            user = connection.engine.url.username
            raise MigrationError(
                f"The schema {schema} is missing and the role {user} may not create it: run "
                f"`CREATE SCHEMA {schema} AUTHORIZATION {user}` as the database's owner."
            ) from error


def _upgrade_tables(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _store_settings(connection: Connection, settings: ConsoleSettings) -> None:
    table = MonitoringSetting.__table__
    rows = [
        {"name": name, "value": value, "meaning": meaning}
        for name, (value, meaning) in _settings_for_grafana(settings).items()
    ]
    statement = insert(MonitoringSetting).values(rows)
    fresh = {"value": statement.excluded.value, "meaning": statement.excluded.meaning}
    connection.execute(statement.on_conflict_do_update(index_elements=[table.c.name], set_=fresh))


def _settings_for_grafana(settings: ConsoleSettings) -> dict[str, tuple[str, str]]:
    """Return the values that Grafana's dashboards look up, each with its meaning."""
    return {
        "console_url": (settings.console_public_url.rstrip("/"), "The console's address in links."),
        "mlflow_url": (settings.mlflow_link, "MLflow's address in links."),
        "airflow_url": (settings.airflow_link, "Airflow's address in links."),
        "fresh_hours": (
            str(settings.fresh_hours),
            "Hours without a successful run until an alert fires.",
        ),
    }
