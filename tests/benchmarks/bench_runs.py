"""Times the Runs page on 500 and on 5,000 runs: ``make bench-runs``.

A real MLflow server on a real PostgreSQL holds a generated year. The page's script runs on the
server side as for a browser, once for each address below; the time in which MLflow answers is
measured apart from the console's own. The console's processor time is measured as well, because
MLflow and PostgreSQL share the machine.
"""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[2]))

import requests
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app import wiring
from app.database.migrations.upgrade import upgrade
from app.services import caching
from app.services.runs.queries import RunFilter
from app.wiring import Console
from pipeline.tracking.client import TrackingServer
from pipeline.tracking.runs import RunKind, RunStatus
from tests.fakes.world import FakeWorld
from tests.past import SETTINGS, fill
from tests.servers.mlflow import MlflowServer
from tests.servers.postgres import PostgresServer, upgrade_mlflow

FEW, MANY, REPEATS = 500, 5_000, 5
Query = dict[str, str | list[str]]


def addresses(console: Console) -> dict[str, Query]:
    """Return the addresses to draw the page at, by what they show."""
    newest = console.runs.search(RunFilter(status=RunStatus.FINISHED), limit=10).runs
    train = console.runs.search(RunFilter(kind=RunKind.TRAIN), limit=1).runs[0]
    data = newest[0].dataset_id
    return {
        "first page": {},
        "a page in the middle": {"at": "250"},
        "kind": {"kind": "Training"},
        "status": {"status": "Failed"},
        "data set": {"dataset": data},
        "who": {"who": "ana"},
        "time": {"started": "Last 30 days"},
        "text in the name": {"text": "accidents"},
        "a complete run id": {"text": newest[3].run_id},
        "metric >": {"f": '["metrics.anomaly_rate",">",0.11]'},
        "three metrics": {
            "f": [
                '["metrics.anomaly_rate",">",0.1]',
                '["metrics.drift_max","<",0.3]',
                '["metrics.rows",">",190000]',
            ]
        },
        "parameter =": {"f": '["params.n_estimators","=",200]'},
        "parameter >, all fit": {"f": '["params.n_estimators",">",100]'},
        "parameter >, none fits": {"f": '["params.n_estimators",">",500]'},
        "everything at once": {
            "kind": "Scoring",
            "who": "ana",
            "started": "Last 90 days",
            "f": '["metrics.anomaly_rate",">",0.1]',
        },
        "sorted by anomaly rate": {"sort": "Anomaly rate"},
        "sorted by name, ascending": {"sort": "Name", "order": "Ascending"},
        "sorted by duration of scoring": {"sort": "Scoring time"},
        "one run": {"run": train.run_id},
        "compare two": {"compare": ",".join(run.run_id for run in newest[:2])},
        "compare ten": {"compare": ",".join(run.run_id for run in newest)},
    }


class Clocked:
    """Counts the requests to MLflow and the seconds until their answers are there."""

    def __init__(self) -> None:
        self.requests, self.seconds = 0, 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look at every request that MLflow's client sends."""
        send = requests.Session.send

        def timed(*args: Any, **options: Any) -> requests.Response:
            begin = time.perf_counter()
            response = send(*args, **options)
            self.seconds += time.perf_counter() - begin
            self.requests += 1
            return response

        with patch.object(requests.Session, "send", timed):
            yield


@dataclass(frozen=True)
class Measurement:
    """Milliseconds of one drawing of the page, and requests to MLflow."""

    whole: float
    mlflow: float
    worked: float
    requests: int

    @property
    def own(self) -> float:
        """Milliseconds of the console itself."""
        return self.whole - self.mlflow


class Tab:
    """One browser tab on the Runs page."""

    def __init__(self, console: Console, clock: Clocked) -> None:
        self._console, self._clock = console, clock
        self._tab = AppTest.from_file(
            str(Path(wiring.__file__).with_name("main.py")), default_timeout=60
        )
        self._tab._page_hash = calc_hash("runs")

    def draw(self, query: Query) -> Measurement:
        """Draw the page at an address with empty caches."""
        st.cache_data.clear()
        caching.clear()
        self._tab.query_params.clear()
        for key, value in query.items():
            self._tab.query_params[key] = value
        self._clock.requests, self._clock.seconds = 0, 0.0
        with patch.object(wiring, "connect", lambda _token: self._console):
            begin, worked = time.perf_counter(), time.process_time()
            self._tab.run()
            whole, worked = time.perf_counter() - begin, time.process_time() - worked
        words = [each.body for each in self._tab.get("html")]
        if any("The list of runs" in each and "could not" in each for each in words):
            raise RuntimeError(f"the page failed at {query}")
        clock = self._clock
        return Measurement(1000 * whole, 1000 * clock.seconds, 1000 * worked, clock.requests)


@contextmanager
def console_on(server: PostgresServer, runs: int) -> Iterator[tuple[Console, Clocked]]:
    """Yield a console on MLflow with so many runs."""
    database = server.create(f"bench_{runs}")
    upgrade_mlflow(database)
    upgrade(database.engine("console"), SETTINGS)
    begin = time.perf_counter()
    fill(database, runs)
    say(f"writing {runs:,} runs took {time.perf_counter() - begin:.1f} s")
    with TemporaryDirectory() as name, MlflowServer(Path(name), database.url("mlflow")) as mlflow:
        clock, world = Clocked(), FakeWorld(Path(name) / "console")
        common = replace(world.shared, mlflow=TrackingServer(mlflow.url))
        with clock.watching():
            yield Console(world.console().identity, common), clock


@dataclass(frozen=True)
class Setup:
    """A browser tab on a console with a number of runs, and the addresses to draw."""

    tab: Tab
    addresses: dict[str, Query]


def measure(setups: list[Setup]) -> Iterator[tuple[str, list[Measurement]]]:
    """Yield each address with the medians of drawing the page on each console, by turns."""
    for name in setups[0].addresses:
        drawn: list[list[Measurement]] = [[] for _ in setups]
        for _ in range(REPEATS + 1):
            for setup, taken in zip(setups, drawn, strict=True):
                taken.append(setup.tab.draw(setup.addresses[name]))
        yield name, [middle(taken[1:]) for taken in drawn]


def middle(drawn: list[Measurement]) -> Measurement:
    """Return the medians."""
    return Measurement(
        median(each.whole for each in drawn),
        median(each.mlflow for each in drawn),
        median(each.worked for each in drawn),
        drawn[0].requests,
    )


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Print a line for each address: the page and what of it is MLflow's, few runs and many."""
    logging.disable(logging.WARNING)  # Streamlit misses a browser at each drawing
    with PostgresServer() as server, ExitStack() as stack:
        setups = []
        for runs in (FEW, MANY):
            console, clock = stack.enter_context(console_on(server, runs))
            setups.append(Setup(Tab(console, clock), addresses(console)))
        say(f"{'ms':30} {'page':>15} {'of it MLflow':>15} {'console alone':>15} {'requests':>9}")
        say(f"{'runs':30}" + f" {FEW:>7,} {MANY:>7,}" * 3)
        results = []
        for name, (few, many) in measure(setups):
            results.append((few, many))
            pairs = ((few.whole, many.whole), (few.mlflow, many.mlflow), (few.own, many.own))
            figures = " ".join(f"{before:7.0f} {after:7.0f}" for before, after in pairs)
            say(f"{name:30} {figures} {many.requests:9}")
    for label, of in (("MLflow", lambda t: t.mlflow), ("the console alone", lambda t: t.own)):
        ratio = median(of(many) / max(of(few), 0.1) for few, many in results)
        say(f"{MANY // FEW} times the runs: {label} takes {ratio:.2f} times as long (median)")


if __name__ == "__main__":
    main()
