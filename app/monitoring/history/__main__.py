"""Write a generated past into MLflow's tables and ours: ``python -m app.monitoring.history``.

For demos, tests and benchmarks only: the runs have no models and no scores behind them. The
database is DATABASE_ADMIN_URL, whose role may write MLflow's tables and ours.
"""

import argparse
import sys
from datetime import UTC, datetime

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError

from app.database.recorder import record_history
from app.monitoring.history import store
from app.monitoring.history.generate import generate
from app.settings import ConsoleSettings


class RefusedError(Exception):
    """The store is not one to write a generated past into."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    choice = _parser().parse_args(arguments)
    url = ConsoleSettings().database_admin_url
    if not url:
        sys.stderr.write("DATABASE_ADMIN_URL must name a role that may write MLflow's tables.\n")
        return 2
    engine = create_engine(url)
    try:
        said = _remove(engine) if choice.remove else _write(engine, choice)
    except RefusedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except DBAPIError as error:
        sys.stderr.write(f"PostgreSQL refused: {error.orig}\n")
        return 1
    finally:
        engine.dispose()
    sys.stdout.write(f"{said}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.monitoring.history", description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000, help="about how many (2000)")
    parser.add_argument("--days", type=float, default=365, help="how far back (365)")
    parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same past (0)")
    parser.add_argument("--force", action="store_true", help="also into a store with real runs")
    parser.add_argument("--remove", action="store_true", help="take the generated past out again")
    return parser


def _remove(engine: Engine) -> str:
    with engine.begin() as connection:
        return f"{store.remove(connection)} generated runs removed."


def _write(engine: Engine, choice: argparse.Namespace) -> str:
    """Replace what was generated before; real runs stay, and stay the newest."""
    with engine.begin() as connection:
        real, first = store.real_runs(connection)
        if real and not choice.force:
            raise RefusedError(
                f"The store holds {real} real runs, among which generated ones would mislead; "
                "--force writes them all the same, before the first real run."
            )
        until = first or datetime.now(UTC)
        past = generate(runs=choice.runs, days=choice.days, until=until, seed=choice.seed)
        store.remove(connection)
        store.write(connection, past)
    record_history(engine)
    with engine.begin() as connection:
        store.analyze(connection)
    runs, verdicts = len(past.runs), len(past.verdicts)
    return f"{runs} runs, {len(past.datasets)} data sets and {verdicts} verdicts written."


if __name__ == "__main__":
    sys.exit(main())
