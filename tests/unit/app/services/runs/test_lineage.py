"""From the file to the verdicts."""

import pytest

from app.services.reviews.types import SampledBy, Verdict


@pytest.fixture
def trail(console):
    """Ask for the trail of a run."""
    return console.lineages.of


def test_a_scoring_leads_to_its_file_model_version_and_job(console, run_id, trail):
    """Each station is the very one."""
    found = trail(run_id)
    run = console.runs.get(run_id)
    assert found.dataset.sha256.startswith(run.dataset_id)
    assert found.model.run_id == found.version.run_id == run.model_run_id
    assert run.dag_run_id in found.job_url
    assert found.score_threshold == 0.0


def test_the_threshold_is_the_one_used_by_a_scoring_and_in_force_for_a_model(
    world, console, run_id, trail
):
    """A later decision changes the model's and not the run's."""
    model = world.mlflow.find(console.runs.get(run_id).model_run_id)
    model.tags["score_threshold"] = "-0.03"
    assert trail(model.run_id).score_threshold == -0.03
    assert trail(run_id).score_threshold == 0.0


def test_verdicts_are_counted_by_run_or_by_model(console, run_id, trail):
    """The model's include those from all its scorings."""
    record = console.reviews.next(run_id, 90.0).record
    console.reviews.decide(run_id, [record], Verdict.CONFIRMED, SampledBy.QUEUE, {record.key: None})
    model = console.runs.get(run_id).model_run_id
    assert trail(run_id).verdicts.hits == trail(model).verdicts.hits == 1


def test_without_postgresql_the_rest_of_the_trail_is_there(world, run_id, trail):
    """Nobody can tell the verdicts; everything else lies in MLflow."""
    world.stop("PostgreSQL")
    found = trail(run_id)
    assert found.verdicts is None
    assert found.dataset


def test_what_is_gone_leaves_a_gap(world, run_id, trail):
    """The trail does not break off."""
    run = world.mlflow.find(run_id)
    run.tags |= {"dataset_id": "0" * 16, "model_run_id": "f" * 32}
    found = trail(run_id)
    assert (found.dataset, found.model, found.version) == (None, None, None)
