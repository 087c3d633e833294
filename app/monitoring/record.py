"""Copies what is trended from MLflow's tables into our own."""

from sqlalchemy import Engine, TextClause, text

from app.database.history import RecordedRun

SETTLED_AFTER = "1 hour"
OURS = {
    "drift_features": "(SELECT array_agg(substr(key, 7) ORDER BY key) FROM {drift})",
    "drift_values": "(SELECT array_agg(value ORDER BY key) FROM {drift})",
    "settled": f"coalesce(ended < now() - interval '{SETTLED_AFTER}', false)",
    "recorded_at": "now()",
}
"""What is not among the columns of ``live_runs``, and how it is found."""

DRIFT = (
    "public.latest_metrics WHERE run_uuid = run_id AND starts_with(key, 'drift/') AND NOT is_nan"
)
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
    ours = ", ".join(OURS.values()).format(drift=DRIFT)
    fresh = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS[1:], *OURS))
    return text(f"""
        WITH recorded AS (
            INSERT INTO monitoring.recorded_runs ({columns}, {", ".join(OURS)})
            SELECT {columns}, {ours}
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
