"""Past one machine's worth: two Celery workers, two Dask workers."""

import json
from datetime import datetime
from itertools import combinations

import pytest

from pipeline.orchestration import SCORE_DAG
from tests.servers.airflow import AirflowApi
from tests.servers.containers import SCALED, ContainerStack

ROWS, SMALL_ROWS = 1_000_000, 3_000
QUICK = {"n_estimators": 50, "max_samples": 256, "contamination": 0.05}
# Seconds that each Dask worker has spent on the scoring of chunks, by its own count.
WORK_DONE = """
import json
from distributed import Client

def seconds(dask_worker):
    kept = dask_worker.digests_total.items()
    return sum(v for k, v in kept if k[0] == "execute" and k[2:4] == ("call", "thread-cpu"))

print(json.dumps(Client("tcp://dask-scheduler:8786").run(seconds)))
"""


@pytest.fixture(scope="module", autouse=True)
def scaled(stack: ContainerStack) -> None:
    """The same stack with the overlay on it."""
    stack.up(SCALED)


def registered(stack: ContainerStack, rows: int) -> str:
    """Make sample data and register it from a worker's container; return the data set's id."""
    file = f"/var/cache/tmp/{rows}.csv"
    stack.inside("airflow-worker", "python", "-m", "pipeline", "sample", file, "--rows", str(rows))
    said = stack.inside("airflow-worker", "python", "-m", "pipeline", "register", file)
    return said.strip().splitlines()[-1].split()[-1]


def period(task: dict[str, str]) -> tuple[datetime, datetime]:
    """Return when a task began and ended."""
    return datetime.fromisoformat(task["start_date"]), datetime.fromisoformat(task["end_date"])


def test_four_runs_at_once_on_two_workers(stack: ContainerStack, airflow: AirflowApi) -> None:
    """All four train at the same time, two in each container."""
    dataset = registered(stack, SMALL_ROWS)
    runs = [airflow.trigger({"dataset": dataset, **QUICK}) for _ in range(4)]
    for run in runs:
        airflow.finished(run)
    trainings = [task for run in runs for task in airflow.tasks(run) if "train" in task["task_id"]]
    assert len({task["hostname"] for task in trainings}) == 2
    periods = [period(task) for task in trainings]
    for (begin, end), (other_begin, other_end) in combinations(periods, 2):
        assert begin < other_end
        assert other_begin < end


def test_a_million_rows_are_scored_by_both_dask_workers(
    stack: ContainerStack, airflow: AirflowApi
) -> None:
    """Each has done its share, and the worker that ran the task none of it."""
    dataset = registered(stack, ROWS)
    before = json.loads(stack.inside("airflow-worker", "python", "-c", WORK_DONE))
    run = airflow.trigger({"dataset": dataset, "model": "latest"}, SCORE_DAG)
    airflow.finished(run, SCORE_DAG)
    after = json.loads(stack.inside("airflow-worker", "python", "-c", WORK_DONE))
    done = {address: after[address] - before[address] for address in after}
    assert len(done) == 2
    assert min(done.values()) > 0.2 * max(done.values())


def test_workers_hold_no_account_of_the_database(stack: ContainerStack) -> None:
    """Tasks speak to Airflow's API alone; what a task can read is no way to everyone's runs."""
    for service in ("airflow-worker", "dask-worker"):
        told = stack.inside(service, "env")
        assert not [
            name for name, value in stack.secrets.items() if "POSTGRES" in name and value in told
        ]
        assert "postgresql" not in told
