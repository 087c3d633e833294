"""Evidence on a model compared with the champion."""

import pytest

from app.services import caching
from app.services.reviews.types import SampledBy, Verdict
from pipeline.tracking.names import THRESHOLD_TAG


@pytest.fixture
def thresholds(console):
    """Thresholds of the finished trainings, newest first."""
    return [console.thresholds.current(run.run_id) for run in console.models.trained().runs]


def test_recall_and_overlap_need_no_further_scoring(console, thresholds):
    """The older two were trained on the same file; both flag the same rows of it."""
    found = console.evidence.between(thresholds[2], thresholds[1])
    assert (found.recall, found.auc) == (0.72, 0.95)
    assert (found.shared.overlap.both, found.shared.overlap.jaccard) == (200, 1.0)
    assert found.shared.other.model_run_id == thresholds[1].model.run_id


def test_no_overlap_without_a_shared_data_set(console, thresholds):
    """Nor for the champion itself, nor without a champion."""
    assert console.evidence.between(thresholds[2], thresholds[0]).shared is None
    assert console.evidence.between(thresholds[2], thresholds[2]).shared is None
    assert console.evidence.between(thresholds[2], None).shared is None


def test_overlap_uses_current_thresholds(world, console, thresholds):
    """Not those of the time of scoring."""
    run_id = console.runs.scored(1)[0].run_id
    world.mlflow.find(thresholds[2].model.run_id).tags[THRESHOLD_TAG] = repr(
        console.thresholds.at_rows(run_id, 50)
    )
    caching.clear()
    now = console.thresholds.current(thresholds[2].model.run_id)
    found = console.evidence.between(now, thresholds[1]).shared.overlap
    assert (found.both, found.only_a, found.only_b) == (50, 0, 150)


def test_rate_is_that_of_data_the_model_was_not_trained_on(world, console, thresholds):
    """At the current threshold."""
    model = world.mlflow.find(thresholds[2].model.run_id)
    assert console.evidence.between(thresholds[2], None).new_data is None
    newest = console.datasets.list_datasets()[0].dataset_id
    run = world.add_scoring(model, age=10, rate=0.17)
    run.tags["dataset_id"] = newest
    found = console.evidence.between(thresholds[2], None)
    assert (found.new_data.rate, found.knows_newest) == (0.17, True)
    model.tags[THRESHOLD_TAG] = repr(console.thresholds.at_rows(run.run_id, 50))
    caching.clear()
    found = console.evidence.between(console.thresholds.current(model.run_id), None)
    assert found.new_data.rate == 50 / 2_000
    world.add_dataset("newer.csv", age=0.5)
    caching.clear()
    assert not console.evidence.between(thresholds[2], None).knows_newest


def test_precision_is_computed_from_verdicts_under_the_model(console, thresholds):
    """With its interval; a new verdict shows at once, also in the summaries of the list."""
    run_id = console.runs.scored(1)[0].run_id
    model_run_id = thresholds[0].model.run_id
    assert console.evidence.of(model_run_id).precision.decided == 0
    assert console.evidence.summaries()[model_run_id].precision.decided == 0
    for _ in range(3):
        record = console.reviews.next(run_id, 90.0).record
        console.reviews.decide(
            run_id, [record], Verdict.CONFIRMED, SampledBy.QUEUE, {record.key: None}
        )
    assert console.evidence.summaries()[model_run_id].precision.decided == 3
    found = console.evidence.of(model_run_id)
    assert (found.precision.hits, found.precision.decided) == (3, 3)
    kept = found.to_json()
    assert kept["precision"]["low"] == pytest.approx(0.4385, abs=1e-4)
    assert (kept["overlap"], kept["new_data"], kept["injected_recall"]) == (None, None, 0.72)
