"""Times train plus score against the plain pipeline, as whole processes: part of ``make bench``.

Both log to one MLflow server with a PostgreSQL store and read a file that neither has seen, in
turns, so that what else the machine does hits both alike. *Commands* start cold. *Tasks* are forked
from a process that has their modules, as the scheduler of the stack forks its own; ours are of a
data set that was uploaded. They are compared with the plain pipeline as it is used, which starts
cold, and with the same pipeline as tasks.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from compose.launcher.services import EVERYWHERE
from compose.preload import PRELOADED
from pipeline.sample.write import write_sample
from tests.benchmarks.cost import NOTHING, Cost, wait_for
from tests.servers.mlflow import MlflowServer
from tests.servers.postgres import PostgresServer

ROOT = Path(__file__).parents[2]
ROUNDS, ROWS, TREES = 3, 209_306, "200"
PLAIN = "tests.benchmarks.plain_pipeline"
PLAIN_MODULES = (
    PLAIN,
    "mlflow.sklearn",
    "mlflow.pyfunc",
    "skops.io",
    "matplotlib.backends.backend_agg",
)
PLAIN_COMMANDS, PLAIN_TASKS = "plain: two commands", "plain: as tasks"

Environment = dict[str, str]


def plain_commands(file: Path, environment: Environment) -> Cost:
    """Train, then score, each with a cold start."""
    steps = (["-m", PLAIN, step, str(file)] for step in ("train", "score"))
    return sum((run(step, environment) for step in steps), NOTHING)


def plain_tasks(file: Path, environment: Environment) -> Cost:
    """Train, then score, both forked from a process that has the modules."""
    return as_forks(PLAIN_MODULES, ["tests.benchmarks.forked_plain", str(file)], environment)


def two_commands(file: Path, environment: Environment) -> Cost:
    """Register and train, then score."""
    trained = run(["-m", "pipeline", "train", str(file), "--n-estimators", TREES], environment)
    return trained + run(["-m", "pipeline", "score", str(file)], environment)


def one_command(file: Path, environment: Environment) -> Cost:
    """Register, train and score."""
    return run(["-m", "pipeline", "run", str(file), "--n-estimators", TREES], environment)


def tasks(file: Path, environment: Environment) -> Cost:
    """Register as an upload does; then measure both steps in forks that have the modules."""
    dataset = output(["-m", "pipeline", "register", str(file)], environment)
    return as_forks(PRELOADED, ["tests.benchmarks.forked_tasks", dataset, TREES], environment)


VARIANTS = {
    PLAIN_COMMANDS: plain_commands,
    "ours: two commands": two_commands,
    "ours: one command": one_command,
    PLAIN_TASKS: plain_tasks,
    "ours: as tasks": tasks,
}
AGAINST = (
    ("ours: two commands", PLAIN_COMMANDS),
    ("ours: one command", PLAIN_COMMANDS),
    ("ours: as tasks", PLAIN_COMMANDS),
    ("ours: as tasks", PLAIN_TASKS),
)


def run(command: list[str], environment: Environment) -> Cost:
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


def as_forks(modules: Iterable[str], program: list[str], environment: Environment) -> Cost:
    """Run a program that forks its tasks behind the stack's own preloader."""
    preload = ["-m", "compose.preload", *modules, "--", *program]
    return Cost(**json.loads(output(preload, environment | EVERYWHERE).splitlines()[-1]))


def output(command: list[str], environment: Environment) -> str:
    """Run one process to its end and return what it prints."""
    done = subprocess.run(
        [sys.executable, *command],
        env=environment,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{command} failed:\n{done.stderr[-3000:]}")
    return done.stdout.strip()


def rounds(folder: Path, tracking_uri: str) -> dict[str, list[Cost]]:
    """Run every variant on a new file in each round."""
    costs: dict[str, list[Cost]] = {name: [] for name in VARIANTS}
    environment = {**os.environ, "MLFLOW_TRACKING_URI": tracking_uri}
    environment["PIPELINE_CACHE_DIR"] = str(folder / "cache")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for number, (place, name) in product(range(ROUNDS), enumerate(VARIANTS)):
        file = folder / f"{number}_{place}.csv"
        write_sample(file, rows=ROWS, random_state=1000 * number + place)
        costs[name].append(VARIANTS[name](file, environment))
        say(name, costs[name][-1])
        file.unlink()
    return costs


def say(name: str, cost: Cost) -> None:
    """Print one measurement."""
    sys.stdout.write(
        f"{name:20} {cost.wall:6.2f} s   processor {cost.cpu:6.2f} s   peak {cost.peak:6.0f} MB\n"
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
    sys.stdout.write(f"\nmedians of {ROUNDS} rounds\n")
    for name, cost in medians.items():
        say(name, cost)
    for name, plain in AGAINST:
        theirs, ours = medians[plain], medians[name]
        sys.stdout.write(
            f"{name:20} against {plain:20} {theirs.wall / ours.wall:5.1f} times faster, "
            f"{theirs.cpu / ours.cpu:.1f} times less processor\n"
        )


if __name__ == "__main__":
    main()
