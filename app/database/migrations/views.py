"""The views of the schema ``monitoring``, created again at every migration from SQL files.

They run with the rights of their owner, the console's role, so that a reader needs no right on
the tables; ``security_barrier`` keeps a reader's own functions from seeing hidden rows.
"""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from app.database.tables import MONITORING

FILES = Path(__file__).parent / "views"
READER = "grafana_reader"
INTERNAL = frozenset({"live_runs", "kept_runs", "kept_metrics", "kept_drift"})
READABLE_TABLES = ("settings",)


def statements() -> Iterator[str]:
    """Yield the SQL of every file, in the order in which the views build on each other."""
    for path in sorted(FILES.glob("*.sql")):
        yield path.read_text(encoding="utf-8")


def drop(connection: Connection) -> int:
    """Drop every view and return how many there were."""
    views = inspect(connection).get_view_names(MONITORING)
    if views:
        listed = ", ".join(f'"{MONITORING}"."{view}"' for view in views)
        connection.execute(text(f"DROP VIEW {listed}"))
    return len(views)


def create(connection: Connection) -> None:
    """Drop and create the views."""
    drop(connection)
    for statement in statements():
        connection.execute(text(statement))


def grant(connection: Connection) -> bool:
    """Grant the public views to the reader; return whether that role exists."""
    found = connection.scalar(
        text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :name)"), {"name": READER}
    )
    if found:
        readable = set(inspect(connection).get_view_names(MONITORING)) - INTERNAL
        listed = ", ".join(f'"{MONITORING}"."{name}"' for name in (*readable, *READABLE_TABLES))
        connection.execute(text(f"GRANT USAGE ON SCHEMA {MONITORING} TO {READER}"))
        connection.execute(text(f"GRANT SELECT ON {listed} TO {READER}"))
    return bool(found)
