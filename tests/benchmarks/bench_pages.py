"""Times the Anomalies page on a million scored rows: ``make bench-pages``.

The page's own script runs on the server side as for a browser; what it would send is weighed, and
the growth of the process is measured. What a browser does with it is not part of this.
"""

import gc
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import psutil
import pyarrow as pa
from pyarrow import parquet as pq
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.local_script_runner import LocalScriptRunner
from streamlit.util import calc_hash

from app import wiring
from app.services import caching
from app.services.explanations.service import Pending
from app.wiring import Console
from pipeline.sample.write import write_sample
from pipeline.tables.csv_convert import csv_to_parquet
from tests.fakes.world import FakeWorld

ROWS = 1_000_000
SHARE = 0.1
MEGABYTE = 1e6
LIMITS = {"open": 2000.0, "move": 300.0, "sent": 2.0, "memory": 300.0}
YEARS = (2019, 2020, 2021)


def is_in(*values: str) -> str:
    """Write a filter on the weather as an address does."""
    return json.dumps(["weather_condition", "in", *values])


MOVES: dict[str, list[dict[str, str]]] = {
    "threshold": [{"t": t} for t in ("97", "98", "99", "99.5", "85")],
    "filter: values": [{"f": is_in(*pair)} for pair in (("RAIN",), ("SNOW",), ("RAIN", "SNOW"))],
    "filter: a range": [{"f": f'["num_units","between",{n},4]'} for n in (1, 2, 3)],
    "filter: almost all rows": [{"f": f'["crash_hour","out",{n}]'} for n in (3, 4, 5)],
    "filter: a year": [{"f": f'["crash_date","between","{y}","{y}-12-31"]'} for y in YEARS],
    "filter: text": [{"f": f'["damage","contains","{t}"]'} for t in ("500", "over", "less")],
    "filter and threshold": [{"f": is_in("RAIN"), "t": t} for t in ("97", "98", "99")],
    "sorted by a column": [{"sort": n} for n in ("injuries_total", "damage", "crash_hour")],
    "another page of rows": [{"page": n} for n in ("50", "500", "3000")],
    "pairs of values": [{"segments": "Pairs", "t": t} for t in ("96", "97.5", "98.5")],
    "points": [{"drawn": "Points", "t": t} for t in ("96", "97.5", "98.5")],
}


def scored_file(target: Path) -> None:
    """Write a million records with scores; only their distribution matters here."""
    with TemporaryDirectory() as name:
        records, typed = Path(name) / "records.csv", Path(name) / "records.parquet"
        write_sample(records, rows=ROWS, random_state=1)
        csv_to_parquet(records, typed)
        table = pq.read_table(typed)
    random = np.random.default_rng(2)
    injuries = table.column("injuries_total").to_numpy(zero_copy_only=False)
    score = random.normal(0.1, 0.05, ROWS) - 0.03 * np.minimum(np.nan_to_num(injuries), 4)
    score -= np.quantile(score, SHARE)
    severity = 100.0 * (ROWS - 1 - score.argsort().argsort()) / ROWS
    for column, values in (
        ("anomaly_pred", np.where(score < 0, -1, 1).astype(np.int8)),
        ("anomaly_score", score),
        ("severity", severity),
    ):
        table = table.append_column(column, pa.array(values))
    pq.write_table(table, target)


class Tab:
    """One browser tab: draws the page and measures server time and megabytes sent."""

    def __init__(self, console: Console, run_id: str) -> None:
        self._console = console
        self._tab = AppTest.from_file(
            str(Path(wiring.__file__).with_name("main.py")), default_timeout=60
        )
        self._tab._page_hash = calc_hash("anomalies")
        self._run_id = run_id
        self.sent = 0.0
        self.worked = 0.0

    def draw(self, **query: str) -> float:
        """Draw the page at an address, as after a move in this tab; return milliseconds."""
        self._tab.query_params.clear()
        for key, value in {"run": self._run_id, **query}.items():
            self._tab.query_params[key] = value
        with patch.object(wiring, "connect", lambda _token: self._console), self._weighed():
            begin, worked = time.perf_counter(), time.process_time()
            self._tab.run()
            taken = 1000 * (time.perf_counter() - begin)
            self.worked = 1000 * (time.process_time() - worked)
        if any("could not be shown" in each.body for each in self._tab.get("html")):
            raise RuntimeError(f"the page failed at {query}")
        return taken

    @contextmanager
    def _weighed(self) -> Iterator[None]:
        """Add up what the page sends."""
        original = LocalScriptRunner.forward_msgs

        def weigh(runner: LocalScriptRunner) -> object:
            messages = original(runner)
            self.sent = sum(message.ByteSize() for message in messages) / MEGABYTE
            return messages

        with patch.object(LocalScriptRunner, "forward_msgs", weigh):
            yield


def memory() -> float:
    """Megabytes that this process holds."""
    gc.collect()
    return psutil.Process().memory_info().rss / MEGABYTE


def say(label: str, number: float, unit: str, limit: float = inf) -> None:
    """Print one line of the table."""
    told = "" if limit == inf else f"(limit {limit:g}){', over the limit' * (number > limit)}"
    sys.stdout.write(f"{label:38} {number:8.1f} {unit} {told}\n")
    sys.stdout.flush()


def world(folder: Path) -> FakeWorld:
    """Return a console on fakes, with one large run and one small one to warm up on."""
    made = FakeWorld(folder)
    # As in the console, explanations in advance run in a thread of their own.
    made.shared = replace(made.shared, explaining=Pending(made.explainer))
    dataset = made.add_dataset("accidents.csv", age=9).tags["dataset_id"]
    for age in (8, 7):
        made.add_scoring(made.add_training(dataset, age=age), age=age)
    return made


def main() -> None:
    """Print what opening, moving and filtering take, what is sent and what memory grows by."""
    with TemporaryDirectory() as name:
        made = world(Path(name))
        console = made.console()
        large, small = (run.run_id for run in console.runs.search().runs if run.kind == "score")
        file = Path(name) / "scored.parquet"
        scored_file(file)
        Tab(console, small).draw()
        before = memory()
        tab = Tab(console, large)
        with patch.object(made.shared.mlflow, "download", lambda _r, _p, to: shutil.copy(file, to)):
            say("first opening, fetched and prepared", tab.draw(), "ms")
        caching.clear()
        tab = Tab(console, large)
        say("opening", tab.draw(), "ms", LIMITS["open"])
        say("sent to the browser", tab.sent, "MB", LIMITS["sent"])
        for label, queries in MOVES.items():
            taken = [(tab.draw(**query), tab.worked) for query in queries]
            say(label, median(wall for wall, _ in taken), "ms", LIMITS["move"])
            say("  processor, all threads", median(worked for _, worked in taken), "ms")
        say("sent to the browser, points", tab.sent, "MB", LIMITS["sent"])
        say("growth of memory", memory() - before, "MB", LIMITS["memory"])


if __name__ == "__main__":
    main()
