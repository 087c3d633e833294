"""Writes a generated past into MLflow's tables and ours, and takes it out again."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

from psycopg import Cursor, sql
from sqlalchemy import Connection, insert, text

from app.database.tables import ModelChangeRow, ThresholdChangeRow, VerdictRow
from app.monitoring.history.model import MARK, Past, PastDataset, PastRun
from app.services.system.names import DATASET_EXPERIMENT, EXPERIMENT

REAL_RUNS = text("""
    SELECT count(*), min(run.start_time) FROM public.tags AS kind
    JOIN public.runs AS run ON run.run_uuid = kind.run_uuid
    WHERE kind.key = 'run_kind' AND NOT EXISTS (
        SELECT FROM public.tags AS mark WHERE mark.run_uuid = kind.run_uuid AND mark.key = :mark
    )
""")
NEW_EXPERIMENT = text("""
    WITH made AS (SELECT nextval('public.experiments_experiment_id_seq') AS id)
    INSERT INTO public.experiments
        (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
    SELECT id, :name, 'mlflow-artifacts:/' || id, 'active',
        extract(epoch FROM now()) * 1000, extract(epoch FROM now()) * 1000
    FROM made
    RETURNING experiment_id
""")
RUN_TABLES = ("latest_metrics", "metrics", "params", "tags", "runs")
RUN_COLUMNS = (
    *("run_uuid", "name", "source_type", "source_name", "entry_point_name", "user_id", "status"),
    *(
        "start_time",
        "end_time",
        "source_version",
        "lifecycle_stage",
        "artifact_uri",
        "experiment_id",
    ),
)
METRIC_COLUMNS = ("key", "value", "timestamp", "step", "is_nan", "run_uuid")


def real_runs(connection: Connection) -> tuple[int, datetime | None]:
    """Return how many runs the console's own jobs made, and when the first of them began."""
    count, first = connection.execute(REAL_RUNS, {"mark": MARK[0]}).one()
    return int(count), datetime.fromtimestamp(first / 1000).astimezone() if count else None


def remove(connection: Connection) -> int:
    """Take every generated run and the decisions on it out again; return how many runs."""
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE generated ON COMMIT DROP AS "
            "SELECT run_uuid FROM public.tags WHERE key = :key AND value = :value"
        ),
        {"key": MARK[0], "value": MARK[1]},
    )
    for table, column in (
        *(("console." + name, "model_run_id") for name in _decision_tables()),
        ("monitoring.recorded_runs", "run_id"),
        *((f"public.{name}", "run_uuid") for name in RUN_TABLES),
    ):
        found = "(SELECT run_uuid FROM generated)"
        connection.execute(text(f"DELETE FROM {table} WHERE {column} IN {found}"))  # noqa: S608 - own names
    return int(connection.execute(text("SELECT count(*) FROM generated")).scalar_one())


def write(connection: Connection, past: Past) -> None:
    """Write all of it in bulk."""
    experiment, datasets = (
        _experiment(connection, name) for name in (EXPERIMENT, DATASET_EXPERIMENT)
    )
    runs = [*past.runs, *map(as_run, past.datasets)]
    of = {run.run_id: experiment for run in past.runs}
    cursor = cast("Cursor[object]", connection.connection.cursor())
    _copy(
        cursor, "runs", RUN_COLUMNS, (_run_row(run, of.get(run.run_id, datasets)) for run in runs)
    )
    tags = ((key, value, run.run_id) for run in runs for key, value in _all_tags(run).items())
    params = ((key, value, run.run_id) for run in runs for key, value in run.params.items())
    _copy(cursor, "tags", ("key", "value", "run_uuid"), tags)
    _copy(cursor, "params", ("key", "value", "run_uuid"), params)
    for table in ("metrics", "latest_metrics"):
        _copy(cursor, table, METRIC_COLUMNS, (row for run in runs for row in _metric_rows(run)))
    _write_decisions(connection, past)


def analyze(connection: Connection) -> None:
    """Tell the planner now what it would find out by itself a minute later."""
    ours = ("monitoring.recorded_runs", "monitoring.recorded_metrics")
    theirs = (f"public.{table}" for table in ("experiments", *RUN_TABLES))
    connection.execute(text(f"ANALYZE {', '.join((*ours, *theirs))}"))


def as_run(past: PastDataset) -> PastRun:
    """Return the MLflow run that a registered data set is."""
    tags = {
        "run_kind": "dataset",
        "dataset_id": past.dataset_id,
        "name": past.name,
        "sha256": past.dataset_id.ljust(64, "0"),
        "requested_by": "history",
        "rows": str(past.rows),
        "columns": "24",
        "size_bytes": str(past.rows * 230),
        "parquet_sha256": "",
        MARK[0]: MARK[1],
    }
    return PastRun(past.run_id, past.name, "FINISHED", past.registered, past.registered, tags)


def _decision_tables() -> tuple[str, ...]:
    return tuple(kind.__tablename__ for kind in (VerdictRow, ThresholdChangeRow, ModelChangeRow))


def _write_decisions(connection: Connection, past: Past) -> None:
    for kind, rows in (
        (VerdictRow, past.verdicts),
        (ThresholdChangeRow, past.threshold_changes),
        (ModelChangeRow, past.model_changes),
    ):
        if rows:
            connection.execute(insert(kind), rows)


def _experiment(connection: Connection, name: str) -> int:
    """Return the experiment's id; it is made as MLflow makes one where it is missing."""
    known = connection.scalar(
        text("SELECT experiment_id FROM public.experiments WHERE name = :name"), {"name": name}
    )
    return int(known if known is not None else connection.scalar(NEW_EXPERIMENT, {"name": name}))


def _all_tags(run: PastRun) -> dict[str, str]:
    user = run.tags["requested_by"]
    return {"mlflow.runName": run.name, "mlflow.user": user, **run.tags}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _run_row(run: PastRun, experiment: int) -> tuple[object, ...]:
    ended = _milliseconds(run.ended)
    place = f"mlflow-artifacts:/{experiment}/{run.run_id}/artifacts"
    user = run.tags["requested_by"]
    begin = (run.run_id, run.name, "UNKNOWN", "", "", user, run.status)
    return (*begin, _milliseconds(run.started), ended, "", "active", place, experiment)


def _metric_rows(run: PastRun) -> Iterable[tuple[object, ...]]:
    when = _milliseconds(run.ended)
    return ((key, value, when, 0, False, run.run_id) for key, value in run.metrics.items())


def _copy(
    cursor: Cursor[object], table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier("public", table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
