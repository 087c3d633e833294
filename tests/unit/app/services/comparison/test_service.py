"""Comparisons of runs: differences, models and data sets; and the pairs of compared models."""

import math

import pytest

from app.services import caching
from app.services.comparison.types import (
    ComparisonRow,
    ScoreColumn,
    comparison_rows,
    model_parameters,
)
from app.services.runs.queries import RunFilter
from pipeline.errors import NotFound, Rejected
from pipeline.tracking.runs import RunKind


@pytest.fixture
def scores(console):
    """The score runs, newest first."""
    return console.runs.search(RunFilter(kind=RunKind.SCORE)).runs


def of(console, runs):
    """Compare some runs."""
    caching.clear()
    return console.comparisons.runs(tuple(run.run_id for run in runs))


def test_runs_keep_the_order_in_which_they_were_chosen(console, scores):
    """Run A is the one that was ticked first."""
    assert of(console, scores[::-1]).runs == scores[::-1]


def test_the_models_behind_score_runs_are_found(console, scores):
    """A score run is compared by the parameters of its model."""
    found = of(console, scores)
    assert [model.run_id for model in found.models] == [run.model_run_id for run in scores]
    trees = next(line for line in found.parameters if line.name == "n_estimators")
    assert trees.values == ("200", "200", "100")


def test_data_sets_of_equal_names_are_distinguished_by_id(console, world, scores):
    """A data set is shown by its name, with its id where another one has the same name."""
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


def test_deleted_model_is_none(console, world, scores):
    """The run itself is compared all the same."""
    world.mlflow.find(scores[0].run_id).tags["model_run_id"] = "f" * 32
    found = of(console, scores[:2])
    assert found.models[0] is None
    own = {row.name: row.values[0] for row in found.parameters if row.values[0] is not None}
    assert own == model_parameters([found.runs[0]])[0]


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
def test_row_differs_when_any_two_values_do(values, differs):
    """A missing value is a difference; two NaN are equal."""
    assert ComparisonRow("x", values).differs is differs


def test_metric_of_another_kind_of_run_is_no_difference(console, scores):
    """A training has no drift; its recall is compared with that of other trainings alone."""
    train = console.runs.latest_model()
    rows = {row.name: row for row in of(console, [train, *scores[:2]]).metrics}
    assert not rows["injected_recall"].differs
    assert not rows["drift_max"].differs
    assert rows["drift_max"].values[0] is None
    assert rows["anomaly_rate"].differs


def test_rows_have_every_name_once():
    """In the order in which the names appear."""
    rows = comparison_rows([{"a": 1}, {"b": 2, "a": 3}])
    assert rows == [ComparisonRow("a", (1, 3)), ComparisonRow("b", (None, 2))]


def test_data_sets_list_the_runs_that_trained_on_them_and_scored_them(console, world, scores):
    """A score run of other data than its model's belongs to two data sets."""
    first, second = (each.dataset_id for each in reversed(console.datasets.list_datasets()))
    world.mlflow.find(scores[2].run_id).tags["dataset_id"] = second
    assert of(console, scores[1:]).datasets == {first: ([0, 1], [0]), second: ([], [1])}


@pytest.mark.parametrize(("count", "error"), [(1, Rejected), (11, Rejected), (2, NotFound)])
def test_wrong_number_of_runs_is_refused(console, count, error):
    """Too few, too many, or runs that do not exist."""
    with pytest.raises(error):
        console.comparisons.runs(tuple(f"{number:032x}" for number in range(count)))


def test_scorings_of_trainings_are_those_of_their_own_data(console, scores):
    """The newest one; a score run is its own scoring, and an unfinished run has none."""
    train = console.runs.latest_model()
    running = console.runs.search(RunFilter(kind=RunKind.TRAIN)).runs[0]
    ids = (train.run_id, scores[1].run_id, running.run_id)
    own, same, none = console.comparisons.scorings(ids)
    assert own.model_run_id == train.run_id
    assert same == scores[1]
    assert none is None


def test_histograms_of_runs_have_the_same_edges(console, scores):
    """They can be drawn over each other; shares add up to one."""
    found = console.comparisons.histograms(
        tuple(run.run_id for run in scores[:2]), ScoreColumn.SCORE
    )
    assert found[0].edges == found[1].edges
    assert [sum(each.shares) for each in found] == pytest.approx([1, 1])


@pytest.fixture
def trainings(console):
    """The finished trainings, newest first; the older two are of one data set."""
    runs = console.runs.search().runs
    return [run for run in runs if run.kind == "train" and run.finished]


def test_model_is_compared_by_its_newest_scoring_of_the_data(console, world, trainings):
    """The data is what B was trained on."""
    newer = world.add_scoring(world.mlflow.find(trainings[1].run_id), age=1)
    found = console.comparisons.models((trainings[2].run_id, trainings[1].run_id))
    assert found.dataset_id == trainings[1].dataset_id
    assert found.b.scoring.run_id == newer.run_id
    assert found.a.model == trainings[2]


def test_chosen_scoring_is_compared_itself(console, world, trainings):
    """Even if the same model has scored the data again since."""
    older = console.comparisons.newest_scoring(trainings[1].run_id, trainings[1].dataset_id)
    world.add_scoring(world.mlflow.find(trainings[1].run_id), age=1)
    found = console.comparisons.models((older.run_id, trainings[2].run_id))
    assert found.a.scoring.run_id == older.run_id
    assert found.a.model == trainings[1]
    assert found.dataset_id == older.dataset_id


def test_missing_scoring_is_none(console, trainings):
    """The newest model has never seen the first data set."""
    found = console.comparisons.models((trainings[2].run_id, trainings[0].run_id))
    assert found.b.scoring is not None
    assert found.a.scoring is None
    other = console.comparisons.models(
        (found.b.scoring.run_id, trainings[2].run_id), trainings[2].dataset_id
    )
    assert other.a.scoring is None
    assert other.a.model == trainings[0]
    assert other.b.scoring is not None


def test_model_can_be_compared_with_itself(console, trainings):
    """It agrees with itself completely."""
    found = console.comparisons.models((trainings[0].run_id,) * 2)
    overlap = console.comparisons.overlap(found.a.scoring.run_id, found.b.scoring.run_id)
    assert (overlap.jaccard, overlap.kappa, overlap.only_b) == (1.0, 1.0, 0)


@pytest.mark.parametrize(
    ("ids", "error"), [(("0" * 32,), Rejected), (("0" * 32, "1" * 32), NotFound)]
)
def test_other_than_two_existing_runs_are_refused(console, ids, error):
    """One run alone, or runs that do not exist."""
    with pytest.raises(error):
        console.comparisons.models(ids)
