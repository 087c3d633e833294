"""What only a real Airflow can vouch for: one run per click, bounds, pause, cancel and retry."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.clients.errors import Conflict
from app.services.jobs.service import new_intent
from app.services.jobs.types import JobState
from app.services.runs.queries import RunFilter
from pipeline.errors import Rejected
from pipeline.orchestration import TRAIN_DAG
from pipeline.params import TrainParams
from pipeline.tracking.runs import RunStatus
from tests.journey import SMALL, finish, wait_for


def test_a_double_click_is_one_run(console, dataset):
    """Four clicks at once return the same run; a second one with the same id is refused."""
    intent = new_intent()
    params = TrainParams(dataset=dataset.dataset_id, **SMALL)
    with ThreadPoolExecutor(4) as pool:
        started = set(pool.map(lambda _: console.training.trigger(params, intent), range(4)))
    (run_id,) = started
    with pytest.raises(Conflict):
        console.training._airflow.trigger(TRAIN_DAG, run_id, params.model_dump())
    recent = [job.dag_run_id for job in console.training.recent(10)]
    assert recent.count(run_id) == 1
    finish(console.training, run_id)
    assert len(console.runs.search(RunFilter(dag_run_id=run_id)).runs) == 2


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"n_estimators": 5}, "n_estimators"),
        ({"n_estimators": "many"}, "n_estimators"),
        ({"contamination": 0.9}, "contamination"),
    ],
)
def test_params_out_of_bounds_start_nothing(console, params, word):
    """The DAG's own schema refuses them, and the first line says why."""
    before = len(console.training.recent(100))
    unchecked = TrainParams.model_construct(**TrainParams().model_dump() | params)
    with pytest.raises(Rejected, match=word) as caught:
        console.training.trigger(unchecked, new_intent())
    assert "\n" not in caught.value.message
    assert len(console.training.recent(100)) == before


def test_paused_dag_is_noticed_and_unpaused(stack, console, dataset):
    """A run on a paused DAG waits and says why; unpaused, it starts."""
    set_paused(stack, console, paused=True)
    params = TrainParams(dataset=dataset.dataset_id, **SMALL)
    (check,) = (each for each in console.training.preflight(params).checks if each.can_unpause)
    assert "paused" in check.detail
    run_id = console.training.trigger(params, new_intent())
    assert "paused" in console.training.progress(run_id).waiting
    console.training.unpause()
    assert finish(console.training, run_id).job.state is JobState.SUCCESS


def set_paused(stack, console, *, paused):
    """Pause the training DAG as someone would in Airflow."""
    httpx.patch(
        f"{stack.airflow_url}/api/v2/dags/{TRAIN_DAG}",
        json={"is_paused": paused},
        headers={"Authorization": f"Bearer {console.identity.token}"},
        timeout=10,
    ).raise_for_status()


def test_a_run_is_cancelled_and_tried_again(console, dataset):
    """Cancelling shows at once and says by whom; a retry runs it to its end."""
    slow = SMALL | {"n_estimators": 300}
    jobs = console.training
    run_id = console.training.trigger(TrainParams(dataset=dataset.dataset_id, **slow), new_intent())
    wait_for(
        lambda: jobs.progress(run_id), lambda seen: seen.tasks and seen.tasks[0].state == "running"
    )
    jobs.cancel(run_id)
    progress = jobs.progress(run_id)
    assert progress.job.state is JobState.FAILED
    assert progress.error == "Cancelled in the console by operator."
    with pytest.raises(Rejected, match="ended already"):
        jobs.cancel(run_id)
    jobs.retry(run_id)
    retried = finish(jobs, run_id)
    assert (retried.job.state, retried.error) == (JobState.SUCCESS, "")
    assert {task.state for task in retried.tasks} == {"success"}
    states = [run.status for run in console.runs.search(RunFilter(dag_run_id=run_id)).runs]
    assert states.count(RunStatus.FINISHED) == 2
    assert RunStatus.RUNNING not in states


def test_the_live_log_grows(console, dataset):
    """While a task runs its lines can be read, and every one of them only once."""
    jobs = console.training
    params = TrainParams(dataset=dataset.dataset_id, **SMALL)
    run_id = console.training.trigger(params, new_intent())
    finish(jobs, run_id)
    lines = jobs.log(run_id, "train_model").splitlines()
    assert lines
    timed = [line for line in lines if line[:2].isdigit()]
    assert len(set(timed)) == len(timed)
