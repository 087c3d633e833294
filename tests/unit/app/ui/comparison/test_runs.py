"""The comparison of runs."""

import pytest

from app.services.runs.queries import RunFilter
from pipeline.tracking.runs import RunKind


@pytest.fixture
def trainings(world):
    """The finished trainings, newest first."""
    runs = world.console().runs.search(RunFilter(kind=RunKind.TRAIN)).runs
    return [run for run in runs if run.finished]


def compared(enter, world, runs, **query):
    """Open the comparison of some runs."""
    return enter(world, "runs", compare=",".join(run.run_id for run in runs), **query)


def test_only_differences_are_shown_at_first(enter, world, trainings):
    """Everything is one choice away, and in the address."""
    visit = compared(enter, world, trainings)
    assert "Compare runs" in visit.text
    assert "train 100 trees" in visit.text
    assert "lines the same in all runs left out" in visit.text
    assert "Injected recall" not in visit.text
    everything = compared(enter, world, trainings, lines="Everything")
    assert "Injected recall 72.00 % 72.00 % 72.00 %" in everything.text


def test_score_runs_are_compared_with_the_parameters_of_their_models(enter, world):
    """The number of trees is that of the model."""
    runs = world.console().runs.search(RunFilter(kind=RunKind.SCORE)).runs
    visit = compared(enter, world, runs)
    assert "Trees 200 200 100" in visit.text
    assert "accidents_new.csv" in visit.text


def test_charts_and_data_sets_are_shown(enter, world):
    """Scatter, parallel coordinates, scores over each other, durations, and the data sets."""
    runs = world.console().runs.search(RunFilter(kind=RunKind.SCORE)).runs
    visit = compared(enter, world, runs)
    assert len(visit.at.get("plotly_chart")) == 4
    for part in ("Data sets", "Trained on it", "Scored it", "accidents.csv"):
        assert part in visit.text
    assert "could not be shown" not in visit.text


def test_run_without_scored_rows_is_named(enter, world, trainings):
    """A failed training has no scores to lay over the others'."""
    failed = next(run for run in world.mlflow.runs if run.status == "FAILED")
    visit = enter(world, "runs", compare=f"{trainings[0].run_id},{failed.run_id}")
    assert "Without scored rows: B." in visit.text


def test_failing_chart_leaves_the_others(enter, world, trainings):
    """Without the scored file, the rest of the comparison is shown."""
    for run in world.mlflow.runs:
        run.files.pop("scores/scored.parquet", None)
    visit = compared(enter, world, trainings)
    assert "Score distributions could not be shown" in visit.text
    assert len(visit.at.get("plotly_chart")) == 3


def test_run_can_be_left_out(enter, world, trainings):
    """The address is that of the others."""
    visit = compared(enter, world, trainings)
    visit.press("C · train 100 trees")
    assert visit.query()["compare"] == ",".join(run.run_id for run in trainings[:2])
    assert "train 100 trees" not in visit.text


def test_the_way_back_leaves_the_runs_ticked(enter, world, trainings):
    """Another choice starts from this one."""
    visit = compared(enter, world, trainings[:2])
    assert "2 runs ticked" in visit.press("All runs").text


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        (["0" * 32], "2 to 10 runs can be compared, got 1"),
        (["0" * 32, "1" * 32], "There is no run 00000000, 11111111"),
        ([f"{number:032x}" for number in range(11)], "got 11"),
    ],
)
def test_wrong_number_of_runs_is_explained(enter, world, ids, told):
    """An outdated or hand-written address leads back to the list."""
    visit = enter(world, "runs", compare=",".join(ids))
    assert told in visit.text
    assert "All runs" in visit.labels()


def test_page_without_mlflow_says_so(enter, world, trainings):
    """The page is drawn again when MLflow is back."""
    world.stop("MLflow")
    visit = compared(enter, world, trainings)
    assert "waiting for MLflow" in visit.text
    assert "Compare runs" in visit.text
