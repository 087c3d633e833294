"""Runs beside each other: what differs, the models behind them, and the data they saw."""

import math

import pytest

from app.clients.errors import NotFound, Rejected
from app.services.comparison.queries import ShapeOf
from app.services.comparison.types import Line, lines_of
from app.services.runs.queries import RunFilter
from app.services.runs.types import RunKind


@pytest.fixture
def scores(console):
    """The score runs, newest first."""
    return console.runs.search(RunFilter(kind=RunKind.SCORE)).runs


def of(console, runs):
    """Compare some runs."""
    return console.comparisons.of([run.run_id for run in runs])


def test_runs_keep_the_order_in_which_they_were_chosen(console, scores):
    """A is the first that was ticked."""
    assert of(console, scores[::-1]).runs == scores[::-1]


def test_the_models_behind_score_runs_are_found(console, scores):
    """Their parameters are what the operator wants to compare."""
    found = of(console, scores)
    assert [model.run_id for model in found.models] == [run.model_run_id for run in scores]
    trees = next(line for line in found.parameters if line.name == "n_estimators")
    assert trees.values == ("200", "200", "100")


def test_data_sets_are_told_by_name_and_by_id_where_names_are_alike(console, world, scores):
    """Operators know files by their names, and upload another one of the same name."""
    newest, middle, oldest = (world.mlflow.find(run.model_run_id) for run in scores)
    told = next(line for line in of(console, scores).parameters if line.name == "dataset")
    assert told.values == ("accidents_new.csv", "accidents.csv", "accidents.csv")
    newest.tags["dataset_name"] = "accidents.csv"
    new, old = (run.tags["dataset_id"][:8] for run in (newest, oldest))
    told = next(line for line in of(console, scores).parameters if line.name == "dataset")
    assert told.values == (f"accidents.csv ({new})", *[f"accidents.csv ({old})"] * 2)
    assert middle.tags["dataset_id"] == oldest.tags["dataset_id"]
    del newest.tags["dataset_name"]
    told = next(line for line in of(console, scores).parameters if line.name == "dataset")
    assert told.values[0] == newest.tags["dataset_id"]


def test_a_training_is_its_own_model(console, scores):
    """A training and a scoring can be compared with each other."""
    train = console.runs.latest_model()
    found = of(console, [train, scores[2]])
    assert found.models[0] == train
    assert found.models[1].run_id == scores[2].model_run_id


def test_a_model_that_is_gone_leaves_its_place_empty(console, world, scores):
    """What is known of the run itself is compared all the same."""
    world.mlflow.find(scores[0].run_id).tags["model_run_id"] = "f" * 32
    found = of(console, scores[:2])
    assert found.models[0] is None
    assert found.asked[0] == found.runs[0].params


@pytest.mark.parametrize(
    ("values", "differs"),
    [
        (("1", "1"), False),
        (("1", None), True),
        ((0.1, 0.2), True),
        ((math.nan, math.nan), False),
        ((None, None), False),
    ],
)
def test_a_line_differs_when_any_two_values_do(values, differs):
    """What one run lacks is a difference; two NaN are none."""
    assert Line("x", values).differs is differs


def test_what_only_another_kind_measures_is_no_difference(console, scores):
    """A training has no drift; its recall is compared with that of other trainings alone."""
    train = console.runs.latest_model()
    lines = {line.name: line for line in of(console, [train, *scores[:2]]).metrics}
    assert not lines["injected_recall"].differs
    assert not lines["drift_max"].differs
    assert lines["drift_max"].values[0] is None
    assert lines["anomaly_rate"].differs


def test_lines_hold_every_name_once():
    """In the order in which the names appear."""
    lines = lines_of([{"a": 1}, {"b": 2, "a": 3}])
    assert lines == [Line("a", (1, 3)), Line("b", (None, 2))]


def test_data_sets_tell_who_trained_on_them_and_who_scored_them(console, world, scores):
    """A model trained elsewhere makes two data sets of one score run."""
    first, second = (each.dataset_id for each in reversed(console.datasets.list_datasets()))
    world.mlflow.find(scores[2].run_id).tags["dataset_id"] = second
    assert of(console, scores[1:]).datasets == {first: ([0, 1], [0]), second: ([], [1])}


@pytest.mark.parametrize(("count", "error"), [(1, Rejected), (11, Rejected), (2, NotFound)])
def test_what_cannot_be_compared_is_refused(console, count, error):
    """Too few, too many, or runs that are not there."""
    with pytest.raises(error):
        console.comparisons.of([f"{number:032x}" for number in range(count)])


def test_a_training_stands_for_the_scoring_of_its_own_data(console, scores):
    """The newest one; a scoring stands for itself, and an unfinished one for nothing."""
    train = console.runs.latest_model()
    assert console.comparisons.scored(train).model_run_id == train.run_id
    assert console.comparisons.scored(scores[1]) == scores[1]
    running = console.runs.search(RunFilter(kind=RunKind.TRAIN)).runs[0]
    assert console.comparisons.scored(running) is None


def test_shapes_of_runs_share_their_edges(console, scores):
    """So that lines lie over each other; shares add up to one."""
    found = console.comparisons.shapes([run.run_id for run in scores[:2]], ShapeOf.SCORE)
    assert found[0].edges == found[1].edges
    assert [sum(shape.shares) for shape in found] == pytest.approx([1, 1])
