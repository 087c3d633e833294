"""Times every query of dashboards, alerts and the Trends page on 5,000 runs.

Run as ``make bench-monitoring``.
"""

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import Connection, text

from app.clients.postgres import Database
from app.database.migrations.upgrade import upgrade
from app.database.recorder import record_history
from app.services import caching
from app.services.trends.service import Trends
from app.services.trends.types import Grain, Scope
from tests.past import SETTINGS, fill
from tests.servers.grafana_files import EVERYTHING, all_panels, rules
from tests.servers.grafana_sql import Grafana
from tests.servers.postgres import PostgresServer, TestDatabase, upgrade_mlflow

RUNS, REPEATS, LIMIT_MS = 5_000, 11, 200
BY_GRAIN = ("rates", "activity", "means", "drift")
PAGE = (
    *(*BY_GRAIN, "headline", "training_rates", "statuses", "quality", "precision", "decisions"),
    *("recent", "failures"),
)
VIEWS = {
    "view runs, newest 100": "SELECT * FROM monitoring.runs ORDER BY started DESC LIMIT 100",
    "view runs, three columns": "SELECT run_id, started, anomaly_rate FROM monitoring.runs",
    "view daily": "SELECT * FROM monitoring.daily",
    "view rate_band": "SELECT * FROM monitoring.rate_band",
    "view verdict_precision": "SELECT * FROM monitoring.verdict_precision",
    "view freshness": "SELECT * FROM monitoring.freshness",
    "view run_metrics, one metric": (
        "SELECT started, value FROM monitoring.run_metrics WHERE metric = 'missing_rate'"
    ),
    "view drift, one run": (
        "SELECT feature, psi FROM monitoring.drift WHERE run_id = "
        "(SELECT run_id FROM monitoring.runs WHERE on_new_data LIMIT 1)"
    ),
}


def queries() -> Iterator[tuple[str, str]]:
    """Yield the name and the statement of everything that is timed."""
    yield from VIEWS.items()
    opened = Grafana(EVERYTHING, interval="1w")
    for panel in all_panels():
        for target in panel.targets:
            yield f"{panel.title} {target['refId']}", opened.expand(target["rawSql"])
    for rule in rules():
        yield f"alert {rule['uid']}", rule["data"][0]["model"]["rawSql"]


def page_queries(trends: Trends) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the name and the call of every query of the Trends page, for a year of runs."""
    for name in PAGE:
        ask = getattr(trends, name)
        for grain in Grain if name in BY_GRAIN else (Grain.WEEK,):
            yield f"page {name} by {grain}", partial(ask, Scope(days=365, grain=grain))
    for grain in Grain:
        scope = Scope(days=365, grain=grain)
        cell = trends.drift(scope)[0]
        find = partial(trends.drifted_run, scope, cell.feature, cell.begin)
        yield f"page drifted_run by {grain}", find
    yield from (("page datasets", trends.datasets), ("page models", trends.models))


def statement(connection: Connection, sql: str) -> Callable[[], object]:
    """Return the call that runs a statement and fetches its rows."""
    written = text(sql.replace(":", r"\:"))
    return lambda: connection.execute(written).all()


def milliseconds(call: Callable[[], object]) -> tuple[float, float]:
    """Return the median and the least time that a call takes."""
    taken = []
    for _ in range(REPEATS):
        caching.clear()
        begin = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - begin))
    return median(taken), min(taken)


def say(label: str, number: float, unit: str) -> None:
    """Print one line of the table."""
    sys.stdout.write(f"{label:45} {number:8.1f} {unit}\n")


def timed(label: str, begin: float) -> None:
    """Print how long something took once."""
    say(label, time.perf_counter() - begin, "s")


def prepare(server: PostgresServer) -> TestDatabase:
    """Return a database with 5,000 recorded runs."""
    database = server.create("bench")
    upgrade_mlflow(database)
    upgrade(database.engine("console"), SETTINGS)
    begin = time.perf_counter()
    fill(database, RUNS)
    timed(f"writing and recording {RUNS} runs", begin)
    begin = time.perf_counter()
    record_history(database.engine("console"))
    timed("recording again, nothing new", begin)
    return database


def main() -> None:
    """Print the median of every query, the slowest last."""
    with PostgresServer() as server:
        database = prepare(server)
        with database.engine("grafana_reader").connect() as connection:
            calls = [(name, statement(connection, sql)) for name, sql in queries()]
            calls += page_queries(Trends(Database(database.url("console"))))
            results = [(*milliseconds(call), name) for name, call in calls]
    for middle, least, name in sorted(results):
        over = ", over the limit" if middle > LIMIT_MS else ""
        say(name, middle, f"ms (least {least:.1f}){over}")


if __name__ == "__main__":
    main()
