"""Times previews and the retention's proposal on 500 and on 5,000 runs: ``make bench-cleanup``.

A real MLflow server on a real PostgreSQL holds a generated year. Each query runs with
nothing cached, by turns on few runs and on many, so that only their number differs.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from app.clients.mlflow_bin import MlflowBin
from app.database.migrations.upgrade import upgrade
from app.services import caching
from app.services.cleanup.log import OperationLog
from app.services.cleanup.queries import StoredFiles
from app.services.cleanup.types import Operation
from app.services.runs.queries import RunFilter
from app.services.runs.types import RunKind
from app.wiring import Console
from tests.benchmarks.bench_runs import FEW, MANY, Clocked, say
from tests.fakes.world import FakeWorld
from tests.past import SETTINGS, fill
from tests.servers.mlflow import MlflowServer
from tests.servers.postgres import PostgresServer, upgrade_mlflow

sys.path.insert(0, str(Path(__file__).parents[2]))


REPEATS = 5
KEEP_DAYS = 180


@dataclass(frozen=True)
class Desk:
    """Makes consoles on a store of some size, a new one for each query."""

    console: Callable[[], Console]
    clock: Clocked


@contextmanager
def desk_on(server: PostgresServer, runs: int) -> Iterator[Desk]:
    """Yield consoles on MLflow with so many runs."""
    database = server.create(f"cleanup_{runs}")
    upgrade_mlflow(database)
    upgrade(database.engine("console"), SETTINGS)
    fill(database, runs)
    with TemporaryDirectory() as name, MlflowServer(Path(name), database.url("mlflow")) as mlflow:
        clock, world = Clocked(), FakeWorld(Path(name) / "console")
        client = MlflowBin(mlflow.url, transport=clock)
        settings = world.shared.settings.model_copy(update={"retention_days": KEEP_DAYS})
        common = replace(
            world.shared,
            settings=settings,
            mlflow=client,
            bin=client,
            operation_log=OperationLog(database.url("console")),
        )
        identity = world.console().identity
        yield Desk(
            lambda: Console(identity, replace(common, stored_files=StoredFiles(client))), clock
        )


def queries() -> dict[str, Callable[[Console], object]]:
    """Return the queries by their names."""

    def newest(console: Console, kind: RunKind | None, count: int) -> tuple[str, ...]:
        found = console.runs.search(RunFilter(kind=kind), limit=count).runs
        return tuple(run.run_id for run in found)

    return {
        "delete one model": lambda c: c.cleanup.preview(
            Operation.DELETE, newest(c, RunKind.TRAIN, 1)
        ),
        "delete 100 runs": lambda c: c.cleanup.preview(Operation.DELETE, newest(c, None, 100)),
        "archive 100 runs": lambda c: c.cleanup.preview(Operation.ARCHIVE, newest(c, None, 100)),
        "retention's proposal": lambda c: c.cleanup.due(Operation.DELETE),
        "counts by stage": lambda c: c.cleanup.counts(),
    }


def main() -> None:
    """Print the median of each query in ms, and its requests to MLflow."""
    with PostgresServer() as server, ExitStack() as stack:
        desks = [stack.enter_context(desk_on(server, runs)) for runs in (FEW, MANY)]
        say(f"{'ms (requests)':24}{FEW:>16,}{MANY:>16,}")
        for name, ask in queries().items():
            cells = []
            for desk in desks:
                taken = []
                for _ in range(REPEATS + 1):
                    caching.clear()
                    desk.clock.requests = 0
                    begin = time.perf_counter()
                    ask(desk.console())
                    taken.append(1000 * (time.perf_counter() - begin))
                cells.append(f"{median(taken[1:]):,.0f} ({desk.clock.requests})")
            say(f"{name:24}" + "".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()
