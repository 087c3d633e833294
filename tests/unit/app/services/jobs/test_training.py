"""Retraining: the pre-flight card, the trigger, and again with changes."""

import pytest

from app.clients.errors import Forbidden
from app.services.jobs.preflight import UNKNOWN, UNLIKE, CheckState, PastRun, estimate, span
from app.services.jobs.service import new_intent
from pipeline.errors import Rejected, Unreachable
from pipeline.orchestration import TRAIN_DAG
from pipeline.params import TrainParams


def blocked(preflight):
    """Return what stands in the way."""
    return {check.title for check in preflight.checks if check.state is CheckState.BLOCK}


def test_ready_stack_lets_a_run_start(console):
    """Role, Airflow, DAG, queue and data set are checked; the estimate rests on past runs."""
    preflight = console.training.preflight(TrainParams())
    titles = [check.title for check in preflight.checks]
    assert titles[:5] == ["Your role", "Airflow", "DAG", "Queue", "Data set"]
    assert preflight.ready
    assert preflight.dataset.name == "accidents_new.csv"
    assert preflight.queued == 1
    assert preflight.estimate.past_runs == 3


@pytest.mark.parametrize(
    ("stopped", "titles"),
    [("Airflow", {"Airflow"}), ("MLflow", {"Data set"}), ("PostgreSQL", set())],
)
def test_service_that_is_down_blocks_by_name(world, stopped, titles):
    """The card never fails itself; it says which service is silent."""
    world.stop(stopped)
    assert blocked(world.console().training.preflight(TrainParams())) == titles


def test_role_of_a_viewer_blocks(world):
    """The role blocks, everything else is fine."""
    preflight = world.console("viewer").training.preflight(TrainParams())
    assert blocked(preflight) == {"Your role"}


def test_paused_dag_blocks_and_can_be_unpaused(console, world):
    """The card offers to unpause, and afterwards it is ready."""
    world.airflow.paused.add(TRAIN_DAG)
    preflight = console.training.preflight(TrainParams())
    (check,) = (check for check in preflight.checks if check.title == "DAG")
    assert (check.state, check.can_unpause) == (CheckState.BLOCK, True)
    console.training.unpause()
    assert console.training.preflight(TrainParams()).ready


def test_broken_dag_file_blocks_with_its_error(console, world):
    """The last line of the trace names the fault."""
    world.airflow.broken["/dags/training.py"] = "Traceback ...\nImportError: no module named x\n"
    preflight = console.training.preflight(TrainParams())
    (check,) = (check for check in preflight.checks if check.title == "DAG")
    assert check.detail == "training.py cannot be read: ImportError: no module named x"


def test_dead_scheduler_blocks(console, world):
    """A run would wait for ever."""
    world.airflow.scheduler = "unhealthy"
    assert blocked(console.training.preflight(TrainParams())) == {"Airflow"}


def test_missing_data_set_blocks(console, empty):
    """Unknown id or empty store: the sentence says what to do."""
    assert blocked(console.training.preflight(TrainParams(dataset="0" * 16))) == {"Data set"}
    preflight = empty.console().training.preflight(TrainParams())
    assert blocked(preflight) == {"Data set"}
    assert preflight.estimate == UNKNOWN
    assert "upload" in preflight.checks[-1].detail


def test_more_rows_per_tree_than_rows_is_a_warning(console):
    """It works, but the parameter does not do what it says."""
    (check,) = (
        check
        for check in console.training.preflight(TrainParams(max_samples=4096)).checks
        if check.title == "Rows per tree"
    )
    assert check.state is CheckState.WARN
    checks = console.training.preflight(TrainParams(max_samples=256)).checks
    assert "Rows per tree" not in {check.title for check in checks}


def test_one_intent_is_one_run(console, world):
    """A double click returns the same run; another intent starts another."""
    intent, before = new_intent(), len(world.airflow.jobs)
    first = console.training.trigger(TrainParams(), intent)
    assert console.training.trigger(TrainParams(), intent) == first
    assert len(world.airflow.jobs) == before + 1
    assert console.training.trigger(TrainParams(), new_intent()) != first


def test_parameters_of_a_run_can_be_read_back(console):
    """Run again with changes starts from what the run was started with."""
    params = TrainParams(n_estimators=50, contamination=0.02, use_date_features=False)
    run_id = console.training.trigger(params, new_intent())
    assert console.training.params_of(run_id) == params


def test_unknown_and_missing_params_of_other_runs_are_ignored(console, world):
    """A run started in Airflow's own form may carry less or more."""
    run_id = console.training.trigger(TrainParams(), new_intent())
    world.airflow.jobs[-1].conf = {"n_estimators": 300, "colour": "red"}
    assert console.training.params_of(run_id) == TrainParams(n_estimators=300)


def test_refusals_are_passed_on(world):
    """By role, by the DAG's own bounds, and by silence."""
    with pytest.raises(Forbidden):
        world.console("viewer").training.trigger(TrainParams(), new_intent())
    beyond = TrainParams.model_construct(n_estimators=2001)
    with pytest.raises(Rejected, match="n_estimators"):
        world.console().training.trigger(beyond, new_intent())
    world.stop("Airflow")
    with pytest.raises(Unreachable):
        world.console().training.trigger(TrainParams(), new_intent())


def test_estimate_is_bounded_by_smaller_and_larger_runs():
    """A smaller run bounds from below with its own time, a larger one from above."""
    found = estimate(200, [PastRun(100, 20), PastRun(400, 50)])
    assert (found.low, found.high, found.past_runs) == (20, 50, 2)
    assert found.sentence == "20 to 50 s, going by 2 past runs."


def test_equal_past_runs_give_their_own_range():
    """The same work took 10 to 12 seconds, and that is what is said."""
    found = estimate(100, [PastRun(100, 10), PastRun(100, 12)])
    assert (found.low, found.high) == (10, 12)


def test_no_estimate_without_usable_past_runs():
    """No number is made up."""
    for past in ([], [PastRun(0, 10)], [PastRun(100, 0)]):
        assert estimate(100, past) == UNKNOWN
    assert estimate(0, [PastRun(100, 10)]) == UNKNOWN


def test_runs_of_another_size_are_left_out_of_the_estimate():
    """Minutes are not foretold from a run a thousand times smaller."""
    assert estimate(1000, [PastRun(1, 10)]) == UNLIKE
    assert estimate(1000, [PastRun(1, 10), PastRun(500, 20)]).past_runs == 1


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(12, 15, "12 to 15 s"), (0.2, 0.4, "about 1 s"), (100, 300, "2 to 5 min")],
)
def test_duration_range_has_a_fitting_unit(low, high, words):
    """Seconds up to two minutes, then minutes."""
    assert span(low, high) == words
