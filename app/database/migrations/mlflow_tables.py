"""Checks that MLflow's tables have the columns that the views need."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Boolean, Connection, Float, Integer, String, inspect


class MigrationError(Exception):
    """The migration is refused; nothing was changed."""


@dataclass(frozen=True)
class TypeFamily:
    """Column types that the views accept alike."""

    label: str
    types: tuple[type, ...]


TEXT = TypeFamily("text", (String,))
NUMBER = TypeFamily("a number", (Integer, BigInteger, Float))
FLAG = TypeFamily("true or false", (Boolean,))

NEEDED = {
    "experiments": {"experiment_id": NUMBER, "name": TEXT},
    "runs": {
        "run_uuid": TEXT,
        "name": TEXT,
        "experiment_id": NUMBER,
        "status": TEXT,
        "lifecycle_stage": TEXT,
        "start_time": NUMBER,
        "end_time": NUMBER,
    },
    "tags": {"run_uuid": TEXT, "key": TEXT, "value": TEXT},
    "params": {"run_uuid": TEXT, "key": TEXT, "value": TEXT},
    "latest_metrics": {"run_uuid": TEXT, "key": TEXT, "value": NUMBER, "is_nan": FLAG},
}
FIX = (
    "Start or upgrade MLflow first (`mlflow db upgrade`); if it is newer than this console, "
    "upgrade the console. Nothing was changed."
)


def check(connection: Connection) -> None:
    """Check MLflow's tables against the columns that the views need.

    Raises
    ------
    MigrationError
        Names every table and column that is missing or of another type.
    """
    found = columns_found(connection)
    problems = [problem for table in NEEDED for problem in problems_of(table, found)]
    if problems:
        listed = "; ".join(problems)
        raise MigrationError(f"MLflow's tables are not as the views need them: {listed}. {FIX}")


def columns_found(connection: Connection) -> dict[str, dict[str, object]]:
    """Return the column types of each needed table that exists."""
    inspector = inspect(connection)
    present = set(inspector.get_table_names("public")) & NEEDED.keys()
    return {
        table: {column["name"]: column["type"] for column in inspector.get_columns(table, "public")}
        for table in present
    }


def problems_of(table: str, found: dict[str, dict[str, object]]) -> list[str]:
    """List what is wrong with one table."""
    if table not in found:
        return [f"table {table} is missing"]
    columns = found[table]
    return [
        f"column {table}.{name} is {columns.get(name, 'missing')}, expected {kind.label}"
        for name, kind in NEEDED[table].items()
        if not isinstance(columns.get(name), kind.types)
    ]
