"""Choosing parameters, triggering once, following a run and running it again."""

from datetime import timedelta

import pytest

from app.services import caching
from pipeline.orchestration import TRAIN_DAG


def job(world, state):
    """Id of the newest training job in a state."""
    jobs = world.console().training.recent(20)
    return next(each.dag_run_id for each in jobs if each.state == state)


def number(visit, name):
    """The number input of a parameter."""
    return next(each for each in visit.at.number_input if each.key.startswith(f"{name}-"))


def runs(world):
    """How many training jobs there are."""
    return len(world.console().training.recent(50))


def test_form_has_the_parameters_bounds(enter, world):
    """Bounds and defaults come from the pipeline's own parameters."""
    visit = enter(world, "retrain")
    trees, share = number(visit, "n_estimators"), number(visit, "contamination")
    assert (trees.min, trees.max, trees.value) == (10, 2000, 200)
    assert (share.max, share.value) == (0.5, 0.1)
    assert "About 200 of 2,000 rows" in visit.text


def test_trigger_starts_a_run_and_moves_to_its_address(enter, world):
    """The run gets what the form says, and the page follows it."""
    visit = enter(world, "retrain")
    number(visit, "n_estimators").set_value(300)
    number(visit, "contamination").set_value(0.05)
    visit.again().press("Trigger retraining")
    run = visit.query()["run"]
    params = world.console().training.params_of(run)
    assert (params.n_estimators, params.contamination) == (300, 0.05)
    assert "Train the model" in visit.text


def test_click_repeated_before_the_answer_is_one_run(enter, world):
    """The same intent triggers the same run, even when the page is drawn again meanwhile."""
    before = runs(world)
    visit = enter(world, "retrain")
    intent = visit.at.session_state["train-intent"] = "20261123T120000-abcdef01"
    visit.press("Trigger retraining")
    again = enter(world, "retrain")
    again.at.session_state["train-intent"] = intent
    again.press("Trigger retraining")
    assert runs(world) == before + 1
    assert again.query() == visit.query()


def test_refused_trigger_keeps_the_form_and_says_why(enter, world):
    """The reason stands below the button, which can be pressed again."""
    visit = enter(world, "retrain")
    world.airflow.down = True
    visit.press("Trigger retraining")
    assert "The retraining was not triggered" in visit.text
    assert "run" not in visit.query()


def test_paused_dag_is_found_before_the_trigger_and_unpaused(enter, world):
    """Pausing blocks the button; one click mends it."""
    world.airflow.paused.add(TRAIN_DAG)
    visit = enter(world, "retrain")
    assert visit.button("Trigger retraining").disabled
    visit.press("Unpause the DAG")
    assert not visit.button("Trigger retraining").disabled


def test_viewer_sees_why_the_button_is_disabled(enter, world):
    """Read-only, with the explanation."""
    visit = enter(world, "retrain", username="viewer")
    assert visit.button("Trigger retraining").disabled
    assert number(visit, "n_estimators").disabled
    assert "You can look, not trigger" in visit.text


def test_running_run_shows_its_steps_and_can_be_cancelled(enter, world):
    """Cancel is there while it runs, and the run has ended afterwards."""
    visit = enter(world, "retrain", run=job(world, "running"))
    assert "Running" in visit.text
    assert "fitting 200 trees" in visit.text
    visit.press("Cancel")
    assert "The run was cancelled" in visit.text
    assert "by operator" in visit.text
    assert "Retry the failed tasks" in visit.labels()


def test_failed_run_has_its_first_error_on_top_and_can_be_retried(enter, world):
    """The error is a sentence above the log; retry brings the run back to life."""
    run = job(world, "failed")
    visit = enter(world, "retrain", run=run)
    assert "missing column 'weather_condition'" in visit.text
    visit.press("Retry the failed tasks")
    assert "Cancel" in visit.labels()


def test_viewer_may_not_cancel(enter, world):
    """A viewer follows a run without the buttons that change it."""
    visit = enter(world, "retrain", username="viewer", run=job(world, "running"))
    assert "Cancel" not in visit.labels()


def test_finished_run_shows_its_result_and_leads_to_the_anomalies(enter, world):
    """The numbers of the new model stand below the steps."""
    visit = enter(world, "retrain", run=job(world, "success"))
    assert "The model is trained" in visit.text
    assert "72.0 %" in visit.text
    visit.press("Explore anomalies")
    assert "Rows from this severity up are anomalies" in visit.text


def test_run_again_with_changes_shows_the_differences(enter, world):
    """The form starts from the run's own parameters and lists what is changed."""
    jobs = world.console().training.recent(20)
    first = next(each for each in jobs if each.params.get("n_estimators") == 100)
    visit = enter(world, "retrain", run=first.dag_run_id).press("Run again with changes")
    assert visit.query() == {"again": first.dag_run_id}
    assert "the same parameters run again" in visit.text
    number(visit, "n_estimators").set_value(150)
    assert "100 → 150" in visit.again().text


def test_unknown_run_is_named(enter, world):
    """A stale address says so instead of waiting for ever."""
    visit = enter(world, "retrain", run="train__nobody")
    assert "could not be shown" in visit.text


@pytest.mark.parametrize("service", ["Airflow", "MLflow"])
def test_following_survives_a_service_that_goes_away(enter, world, service):
    """The page says what it waits for, and goes on when it is back."""
    visit = enter(world, "retrain", run=job(world, "running"))
    world.stop(service)
    visit.again()
    assert "Something went wrong" not in visit.text
    world.airflow.down = world.mlflow.down = False
    assert "fitting 200 trees" in visit.again().text


def test_unattended_retraining_is_explained(enter, world):
    """Off by default, by time with the next run, or with each upload."""
    assert "The model is retrained by hand only" in enter(world, "retrain").text
    world.airflow.timetable |= {
        "timetable_summary": "0 3 * * 1",
        "timetable_description": "At 03:00, only on Monday",
        "timetable_periodic": True,
        "next_dagrun_run_after": world.now + timedelta(hours=5),
    }
    caching.clear()
    text = enter(world, "retrain").text
    assert "At 03:00, only on Monday (UTC)" in text
    assert "in 4 h 59 min" in text or "in 5 h 0 min" in text
    assert "Next retraining" in enter(world, "overview").text
    world.airflow.timetable |= {"asset_expression": {"any": []}}
    caching.clear()
    assert "Each new data set starts a retraining" in enter(world, "retrain").text
