"""Times train plus score as whole processes against the plain pipeline: part of ``make bench``.

Both log to one MLflow server with a PostgreSQL store and read a file that neither has seen, in
turns, so that what else the machine does hits both alike.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from pipeline.sample import write_sample
from tests.mlflow_server import MlflowServer
from tests.postgres import PostgresServer

ROOT = Path(__file__).parents[2]
PLAIN = str(Path(__file__).with_name("plain_pipeline.py"))
ROUNDS, ROWS, TREES = 1, 209_306, "200"
VARIANTS = {
    "plain: train, then score": [["{plain}", "train", "{file}"], ["{plain}", "score", "{file}"]],
    "ours: train, then score": [
        ["-m", "pipeline", "train", "{file}", "--n-estimators", TREES],
        ["-m", "pipeline", "score", "{file}"],
    ],
    "ours: both in one process": [["-m", "pipeline", "run", "{file}", "--n-estimators", TREES]],
}


@dataclass(frozen=True)
class Cost:
    """What processes took: seconds on the clock, seconds of processor, peak memory in MB."""

    wall: float
    cpu: float
    peak: float

    def __add__(self, other: "Cost") -> "Cost":
        """One after the other."""
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


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
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{command} failed:\n{errors.decode()[-3000:]}")
    wall = time.perf_counter() - begin
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measure(name: str, file: Path, environment: dict[str, str]) -> Cost:
    """Run a variant on one file."""
    total = Cost(0.0, 0.0, 0.0)
    for command in VARIANTS[name]:
        total += run([part.format(plain=PLAIN, file=file) for part in command], environment)
    return total


def rounds(folder: Path, tracking_uri: str) -> dict[str, list[Cost]]:
    """Run every variant on a new file in each round."""
    costs: dict[str, list[Cost]] = {name: [] for name in VARIANTS}
    environment = {**os.environ, "MLFLOW_TRACKING_URI": tracking_uri}
    environment["PIPELINE_CACHE_DIR"] = str(folder / "cache")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for number, name in product(range(ROUNDS), VARIANTS):
        file = folder / f"{number}_{len(name)}.csv"
        write_sample(file, rows=ROWS, random_state=1000 * number + len(name))
        costs[name].append(measure(name, file, environment))
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
