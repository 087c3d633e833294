"""Times train plus score as whole processes against the plain pipeline: part of ``make bench``.

Both log to one MLflow server with a PostgreSQL store and read a file that neither has seen, in
turns, so that what else the machine does hits both alike. *As tasks* are processes forked from one
that has the modules, as the scheduler of the stack forks them, of a data set that was uploaded.
"""

import json
import os
import subprocess
import sys
import time
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from compose.launcher.services import EVERYWHERE, PRELOADED
from pipeline.sample import write_sample
from tests.benchmarks.cost import Cost, wait_for
from tests.mlflow_server import MlflowServer
from tests.postgres import PostgresServer

ROOT = Path(__file__).parents[2]
PLAIN = str(Path(__file__).with_name("plain_pipeline.py"))
ROUNDS, ROWS, TREES = 3, 209_306, "200"
VARIANTS = {
    "plain: train, then score": [["{plain}", "train", "{file}"], ["{plain}", "score", "{file}"]],
    "ours: train, then score": [
        ["-m", "pipeline", "train", "{file}", "--n-estimators", TREES],
        ["-m", "pipeline", "score", "{file}"],
    ],
    "ours: both in one process": [["-m", "pipeline", "run", "{file}", "--n-estimators", TREES]],
}
AS_TASKS = "ours: as tasks"


def run(command: list[str], environment: dict[str, str]) -> Cost:
    """Run one process to its end."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    errors = process.stderr.read() if process.stderr else b""
    status, cost = wait_for(process.pid, begin)
    if status:
        raise RuntimeError(f"{command} failed:\n{errors.decode()[-3000:]}")
    return cost


def measure(name: str, file: Path, environment: dict[str, str]) -> Cost:
    """Run a variant on one file."""
    total = Cost(0.0, 0.0, 0.0)
    for command in VARIANTS[name]:
        total += run([part.format(plain=PLAIN, file=file) for part in command], environment)
    return total


def measure_tasks(file: Path, environment: dict[str, str]) -> Cost:
    """Register a file as an upload does; then measure both steps in forks that have the modules."""
    dataset = output(["-m", "pipeline", "register", str(file)], environment)
    preload = ["-m", "compose.launcher.preload", *PRELOADED, "--"]
    task = ["tests.benchmarks.forked_tasks", dataset, TREES]
    return Cost(**json.loads(output([*preload, *task], environment | EVERYWHERE)))


def output(command: list[str], environment: dict[str, str]) -> str:
    """Run one process to its end and return what it prints."""
    return subprocess.run(
        [sys.executable, *command],
        env=environment,
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.strip()


def rounds(folder: Path, tracking_uri: str) -> dict[str, list[Cost]]:
    """Run every variant on a new file in each round."""
    names = [*VARIANTS, AS_TASKS]
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    environment = {**os.environ, "MLFLOW_TRACKING_URI": tracking_uri}
    environment["PIPELINE_CACHE_DIR"] = str(folder / "cache")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for number, name in product(range(ROUNDS), names):
        file = folder / f"{number}_{len(name)}.csv"
        write_sample(file, rows=ROWS, random_state=1000 * number + len(name))
        tasks = name == AS_TASKS
        costs[name].append(
            measure_tasks(file, environment) if tasks else measure(name, file, environment)
        )
        say(name, costs[name][-1])
        file.unlink()
    return costs


def say(name: str, cost: Cost) -> None:
    """Print one measurement."""
    sys.stdout.write(
        f"{name:32} {cost.wall:6.2f} s   processor {cost.cpu:6.2f} s   peak {cost.peak:6.0f} MB\n"
    )
    sys.stdout.flush()


def middle(costs: list[Cost]) -> Cost:
    """Return the median of each figure."""
    figures = ("wall", "cpu", "peak")
    return Cost(*(median(getattr(cost, figure) for cost in costs) for figure in figures))


def main() -> None:
    """Print each round, the medians and their ratios to the plain pipeline."""
    with PostgresServer() as server, TemporaryDirectory() as name:
        backend = server.create("bench").url("mlflow")
        with MlflowServer(Path(name), backend) as mlflow:
            costs = rounds(Path(name), mlflow.url)
    medians = {name: middle(found) for name, found in costs.items()}
    plain = medians["plain: train, then score"]
    sys.stdout.write(f"\nmedians of {ROUNDS} rounds\n")
    for name, cost in medians.items():
        say(name, cost)
        sys.stdout.write(
            f"{'':32} {plain.wall / cost.wall:6.1f} times faster, "
            f"{plain.cpu / cost.cpu:.1f} times less processor\n"
        )


if __name__ == "__main__":
    main()
