"""Copies what is trended from MLflow's tables into our own."""

from sqlalchemy import Engine, TextClause, text

from app.database.history import RecordedRun

SETTLED_AFTER = "1 hour"
OURS = ("settled", "recorded_at")
COLUMNS = [column.name for column in RecordedRun.__table__.columns if column.name not in OURS]


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
        return int(connection.execute(_runs_and_their_metrics()).scalar_one())


def _runs_and_their_metrics() -> TextClause:
    """Do both in one statement, so that they see the same moment."""
    columns = ", ".join(COLUMNS)
    fresh = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS[1:], *OURS))
    return text(f"""
        WITH recorded AS (
            INSERT INTO monitoring.recorded_runs ({columns}, settled, recorded_at)
            SELECT {columns}, coalesce(ended < now() - interval '{SETTLED_AFTER}', false), now()
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
