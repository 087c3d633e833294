"""Copies what is trended from MLflow's tables to ``monitoring``, where it outlives deleted runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import Engine, TextClause, create_engine, text
from sqlalchemy.exc import DBAPIError

from app.database.tables import RecordedRun
from app.settings import ConsoleSettings

log = logging.getLogger(__name__)

SETTLED_AFTER = "1 hour"
COMPUTED = {
    "drift_features": "(SELECT array_agg(substr(key, 7) ORDER BY key) FROM {drift})",
    "drift_values": "(SELECT array_agg(value ORDER BY key) FROM {drift})",
    "settled": f"coalesce(ended < now() - interval '{SETTLED_AFTER}', false)",
    "recorded_at": "now()",
}
"""SQL of the columns that ``live_runs`` does not have."""

DRIFT = (
    "public.latest_metrics WHERE run_uuid = run_id AND starts_with(key, 'drift/') AND NOT is_nan"
)
COLUMNS = [column.name for column in RecordedRun.__table__.columns if column.name not in COMPUTED]


def record_history(engine: Engine) -> int:
    """Record the runs that are new or may still change; doing it again changes nothing.

    A run is settled, and not looked at again, once it was recorded an hour after its end: late
    metrics and tags are still seen until then.

    Returns
    -------
    int
        How many runs were recorded, anew or again.

    Raises
    ------
    sqlalchemy.exc.DBAPIError
        PostgreSQL does not answer, or the views are not there because a migration is due.
    """
    with engine.begin() as connection:
        return int(connection.execute(_record_statement()).scalar_one())


def _record_statement() -> TextClause:
    """Return one statement for both tables, so that both see the same snapshot."""
    columns = ", ".join(COLUMNS)
    computed = ", ".join(COMPUTED.values()).format(drift=DRIFT)
    fresh = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS[1:], *COMPUTED))
    return text(f"""
        WITH recorded AS (
            INSERT INTO monitoring.recorded_runs ({columns}, {", ".join(COMPUTED)})
            SELECT {columns}, {computed}
            FROM monitoring.live_runs
            ON CONFLICT (run_id) DO UPDATE SET {fresh}
            RETURNING run_id
        ), metrics AS (
            INSERT INTO monitoring.recorded_metrics (run_id, metric, value)
            SELECT run_id, key, value FROM public.latest_metrics JOIN recorded ON run_id = run_uuid
            WHERE NOT is_nan
            ON CONFLICT (run_id, metric) DO UPDATE SET value = excluded.value
        )
        SELECT count(*) FROM recorded
    """)  # noqa: S608 - made of our own column names


@asynccontextmanager
async def history_recorder(settings: ConsoleSettings) -> AsyncIterator[None]:
    """Record in the background while the block runs; several servers may do so at once."""
    engine = create_engine(
        settings.database_url,
        pool_size=1,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 3, "application_name": "anomaly-console history"},
    )
    task = asyncio.create_task(
        record_repeatedly(lambda: record_history(engine), settings.history_seconds)
    )
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        engine.dispose()


async def record_repeatedly(record: Callable[[], int], pause_seconds: float) -> None:
    """Call ``record`` in a thread again and again; log only the first of several failures."""
    failing = False
    while True:
        try:
            await asyncio.to_thread(record)
        except DBAPIError as error:
            if not failing:
                log.warning("the runs' history cannot be recorded, trying on: %s", error.orig)
            failing = True
        else:
            failing = False
        await asyncio.sleep(pause_seconds)
