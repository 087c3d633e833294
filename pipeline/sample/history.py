"""Write a generated history into MLflow's and the console's tables: ``make history``.

For demos, tests and benchmarks: the runs have no models and no scores behind them. The console's
server records them for the trends within a minute, as it does with any run.
"""

import argparse
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from pipeline.errors import DataError
from pipeline.sample.history_runs import GENERATED_TAG, GeneratedRun, History, generate_history
from pipeline.tracking.names import DATASET_EXPERIMENT, EXPERIMENT

if TYPE_CHECKING:
    from psycopg import Cursor

REAL_RUNS = text("""
    SELECT count(*), min(run.start_time) FROM public.tags AS kind
    JOIN public.runs AS run ON run.run_uuid = kind.run_uuid
    WHERE kind.key = 'run_kind' AND NOT EXISTS (
        SELECT FROM public.tags AS mark WHERE mark.run_uuid = kind.run_uuid AND mark.key = :tag
    )
""")
GENERATED_RUNS = text("""
    CREATE TEMPORARY TABLE generated ON COMMIT DROP AS
    SELECT run_uuid FROM public.tags WHERE key = :key AND value = :value
""")
FIND_EXPERIMENT = text("SELECT experiment_id FROM public.experiments WHERE name = :name")
NEW_EXPERIMENT = text("""
    WITH made AS (SELECT nextval('public.experiments_experiment_id_seq') AS id)
    INSERT INTO public.experiments
        (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
    SELECT id, :name, 'mlflow-artifacts:/' || id, 'active',
        extract(epoch FROM now()) * 1000, extract(epoch FROM now()) * 1000
    FROM made
    RETURNING experiment_id
""")
RUN_TABLES = tuple(
    f"public.{table}" for table in ("latest_metrics", "metrics", "params", "tags", "runs")
)
DECISION_TABLES = ("console.verdicts", "console.threshold_changes", "console.model_changes")


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    engine = create_engine(options.database)
    try:
        with engine.begin() as connection:
            if options.remove:
                done = f"{remove_history(connection)} generated runs removed."
            else:
                done = _replace(connection, options)
    except DataError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except DBAPIError as error:
        sys.stderr.write(f"PostgreSQL refused: {error.orig}\n")
        return 1
    finally:
        engine.dispose()
    sys.stdout.write(f"{done}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipeline.sample.history", description=__doc__)
    parser.add_argument(
        "--database",
        required=True,
        help="SQLAlchemy address, with a role that owns MLflow's tables",
    )
    parser.add_argument("--runs", type=int, default=2_000, help="about how many (2000)")
    parser.add_argument("--days", type=float, default=365, help="how far back (365)")
    parser.add_argument("--seed", type=int, default=0, help="random seed (0)")
    parser.add_argument("--force", action="store_true", help="also into a store with real runs")
    parser.add_argument("--remove", action="store_true", help="remove the generated history")
    return parser


def _replace(connection: Connection, options: argparse.Namespace) -> str:
    """Replace the generated history; real runs are kept and are newer than all of it."""
    count, first = connection.execute(REAL_RUNS, {"tag": GENERATED_TAG[0]}).one()
    if count and not options.force:
        raise DataError(
            f"The store holds {count} real runs, among which generated ones would mislead; "
            "--force writes them all the same, before the first real run."
        )
    until = datetime.fromtimestamp(first / 1000, UTC) if count else datetime.now(UTC)
    history = generate_history(runs=options.runs, days=options.days, until=until, seed=options.seed)
    remove_history(connection)
    write_history(connection, history)
    counts = f"{len(history.runs)} runs, {len(history.datasets)} data sets"
    return f"{counts} and {len(history.verdicts)} verdicts written."


def remove_history(connection: Connection) -> int:
    """Delete every generated run and the decisions on it; return how many runs."""
    connection.execute(GENERATED_RUNS, dict(zip(("key", "value"), GENERATED_TAG, strict=True)))
    columns = {
        **dict.fromkeys(DECISION_TABLES, "model_run_id"),
        "monitoring.recorded_runs": "run_id",
        **dict.fromkeys(RUN_TABLES, "run_uuid"),
    }
    for table, column in columns.items():
        found = "(SELECT run_uuid FROM generated)"
        connection.execute(text(f"DELETE FROM {table} WHERE {column} IN {found}"))  # noqa: S608 - own names
    return int(connection.execute(text("SELECT count(*) FROM generated")).scalar_one())


def write_history(connection: Connection, history: History) -> None:
    """Write all of it in bulk."""
    for name, runs in ((EXPERIMENT, history.runs), (DATASET_EXPERIMENT, history.datasets)):
        known = connection.scalar(FIND_EXPERIMENT, {"name": name})
        experiment = known or connection.scalar(NEW_EXPERIMENT, {"name": name})
        _copy(connection, "public.runs", (_run_row(run, experiment) for run in runs))
        tags = (_pairs(run, {**_mlflow_tags(run), **run.tags}) for run in runs)
        _copy(connection, "public.tags", (row for rows in tags for row in rows))
        params = (row for run in runs for row in _pairs(run, run.params))
        _copy(connection, "public.params", params)
        for table in ("public.metrics", "public.latest_metrics"):
            _copy(connection, table, (row for run in runs for row in _metric_rows(run)))
    decisions = (history.verdicts, history.threshold_changes, history.model_changes)
    for table, rows in zip(DECISION_TABLES, decisions, strict=True):
        _copy(connection, table, rows)
    connection.execute(text(f"ANALYZE public.experiments, {', '.join(RUN_TABLES)}"))


def _mlflow_tags(run: GeneratedRun) -> dict[str, str]:
    return {"mlflow.runName": run.name, "mlflow.user": run.tags["requested_by"]}


def _run_row(run: GeneratedRun, experiment: int) -> dict[str, object]:
    return {
        "run_uuid": run.run_id,
        "name": run.name,
        "source_type": "UNKNOWN",
        "source_name": "",
        "entry_point_name": "",
        "user_id": run.tags["requested_by"],
        "status": run.status,
        "start_time": int(run.started.timestamp() * 1000),
        "end_time": int(run.ended.timestamp() * 1000),
        "source_version": "",
        "lifecycle_stage": "active",
        "artifact_uri": f"mlflow-artifacts:/{experiment}/{run.run_id}/artifacts",
        "experiment_id": experiment,
    }


def _pairs(run: GeneratedRun, values: dict[str, str]) -> Iterable[dict[str, object]]:
    return ({"key": key, "value": value, "run_uuid": run.run_id} for key, value in values.items())


def _metric_rows(run: GeneratedRun) -> Iterable[dict[str, object]]:
    logged = {"timestamp": int(run.ended.timestamp() * 1000), "step": 0, "is_nan": False}
    values = run.metrics.items()
    return ({"run_uuid": run.run_id, "key": key, "value": value, **logged} for key, value in values)


def _copy(connection: Connection, table: str, rows: Iterable[dict[str, object]]) -> None:
    """Append rows of equal keys to a table."""
    source = iter(rows)
    first = next(source, None)
    if first is None:
        return
    cursor = cast("Cursor[object]", connection.connection.cursor())
    with cursor.copy(f"COPY {table} ({', '.join(first)}) FROM STDIN") as copy:
        copy.write_row(tuple(first.values()))
        for row in source:
            copy.write_row(tuple(row.values()))


if __name__ == "__main__":
    sys.exit(main())
