"""Runs beside each other."""

import pytest

from app.services.runs.queries import RunFilter
from app.services.runs.types import RunKind


@pytest.fixture
def trainings(world):
    """The finished trainings, newest first."""
    runs = world.console().runs.search(RunFilter(kind=RunKind.TRAIN)).runs
    return [run for run in runs if run.finished]


def compared(enter, world, runs, **query):
    """Open the comparison of some runs."""
    return enter(world, "runs", compare=",".join(run.run_id for run in runs), **query)


def test_only_what_differs_is_shown_at_first(enter, world, trainings):
    """Everything is one choice away, and in the address."""
    visit = compared(enter, world, trainings)
    assert "Compare runs" in visit.words
    assert "train 100 trees" in visit.words
    assert "lines the same in all runs left out" in visit.words
    assert "Planted anomalies caught" not in visit.words
    everything = compared(enter, world, trainings, lines="Everything")
    assert "Planted anomalies caught 72.00 % 72.00 % 72.00 %" in everything.words


def test_score_runs_are_compared_with_the_parameters_of_their_models(enter, world):
    """Trees are the model's, wherever the rows were scored."""
    runs = world.console().runs.search(RunFilter(kind=RunKind.SCORE)).runs
    visit = compared(enter, world, runs)
    assert "Trees 200 200 100" in visit.words
    assert "accidents_new.csv" in visit.words


def test_runs_are_drawn_and_their_data_named(enter, world):
    """Scatter, parallel coordinates, scores over each other, durations, and the data sets."""
    runs = world.console().runs.search(RunFilter(kind=RunKind.SCORE)).runs
    visit = compared(enter, world, runs)
    assert len(visit.at.get("plotly_chart")) == 4
    for words in ("Data sets they saw", "Trained on it", "Scored it", "accidents.csv"):
        assert words in visit.words
    assert "could not be shown" not in visit.words


def test_a_run_without_scored_rows_is_named(enter, world, trainings):
    """A failed training has no scores to lay over the others'."""
    failed = next(run for run in world.mlflow.runs if run.status == "FAILED")
    visit = enter(world, "runs", compare=f"{trainings[0].run_id},{failed.run_id}")
    assert "Without scored rows: B." in visit.words


def test_a_chart_that_fails_leaves_the_others(enter, world, trainings):
    """Where the scored file is gone, the rest of the comparison stands."""
    for run in world.mlflow.runs:
        run.files.pop("scores/scored.parquet", None)
    visit = compared(enter, world, trainings)
    assert "Score distributions could not be shown" in visit.words
    assert len(visit.at.get("plotly_chart")) == 3


def test_a_run_is_left_out(enter, world, trainings):
    """The address is that of the others."""
    visit = compared(enter, world, trainings)
    visit.press("C · train 100 trees")
    assert visit.query()["compare"] == ",".join(run.run_id for run in trainings[:2])
    assert "train 100 trees" not in visit.words


def test_the_way_back_leaves_the_runs_ticked(enter, world, trainings):
    """Another choice starts from this one."""
    visit = compared(enter, world, trainings[:2])
    assert "2 runs ticked" in visit.press("All runs").words


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        (["0" * 32], "2 to 10 runs can be compared, got 1"),
        (["0" * 32, "1" * 32], "There is no run 00000000, 11111111"),
        ([f"{number:032x}" for number in range(11)], "got 11"),
    ],
)
def test_what_cannot_be_compared_is_said(enter, world, ids, told):
    """A stale or hand-made address leads back to the list."""
    visit = enter(world, "runs", compare=",".join(ids))
    assert told in visit.words
    assert "All runs" in visit.labels()


def test_mlflow_down_is_said(enter, world, trainings):
    """The page stands and comes back by itself."""
    world.stop("MLflow")
    visit = compared(enter, world, trainings)
    assert "waiting for MLflow" in visit.words
    assert "Compare runs" in visit.words
