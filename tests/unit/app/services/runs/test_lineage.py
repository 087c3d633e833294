"""Lineage of runs: data set, model, job, threshold and verdicts."""

import pytest

from app.services.reviews.types import SampledBy, Verdict


@pytest.fixture
def lineage_of(console):
    """Return the lineage of a run."""
    return console.lineages.of


def test_lineage_of_a_scoring_has_its_file_model_version_and_job(console, run_id, lineage_of):
    """Each is the one that the run was made from."""
    found = lineage_of(run_id)
    run = console.runs.get(run_id)
    assert found.dataset.sha256.startswith(run.dataset_id)
    assert found.model.run_id == found.version.run_id == run.model_run_id
    assert run.dag_run_id in found.job_url
    assert found.score_threshold == 0.0


def test_threshold_of_a_scoring_stays_when_that_of_its_model_moves(
    world, console, run_id, lineage_of
):
    """A later decision changes the model's and not the run's."""
    model = world.mlflow.find(console.runs.get(run_id).model_run_id)
    model.tags["score_threshold"] = "-0.03"
    assert lineage_of(model.run_id).score_threshold == -0.03
    assert lineage_of(run_id).score_threshold == 0.0


def test_verdicts_are_counted_by_run_or_by_model(console, run_id, lineage_of):
    """The model's include those from all its scorings."""
    record = console.reviews.next(run_id, 90.0).record
    console.reviews.decide(run_id, [record], Verdict.CONFIRMED, SampledBy.QUEUE, {record.key: None})
    model = console.runs.get(run_id).model_run_id
    assert lineage_of(run_id).verdicts.hits == lineage_of(model).verdicts.hits == 1


def test_without_postgresql_the_rest_of_the_trail_is_there(world, run_id, lineage_of):
    """Everything else comes from MLflow."""
    world.stop("PostgreSQL")
    found = lineage_of(run_id)
    assert found.verdicts is None
    assert found.dataset


def test_deleted_data_set_and_model_are_none(world, run_id, lineage_of):
    """The rest of the lineage is there."""
    run = world.mlflow.find(run_id)
    run.tags |= {"dataset_id": "0" * 16, "model_run_id": "f" * 32}
    found = lineage_of(run_id)
    assert (found.dataset, found.model, found.version) == (None, None, None)


def test_lineage_of_a_score_run_has_its_model_and_the_models_scorings(console, lineage_of):
    """The train run, every scoring with its model, and the DAG run."""
    score = console.runs.scored(1)[0]
    lineage = lineage_of(score.run_id)
    assert lineage.model.run_id == score.model_run_id
    assert score.run_id in {run.run_id for run in lineage.scorings}
    assert lineage.dataset.dataset_id == score.dataset_id
    assert lineage.job_url.endswith(f"_detection_mlflow/runs/{score.dag_run_id}")


def test_lineage_of_a_later_scoring_has_the_scoring_dag(console, world, lineage_of):
    """A score run of another DAG run than its model's belongs to the other DAG."""
    train = console.runs.latest_model()
    later = world.add_scoring(world.mlflow.find(train.run_id), age=1)
    later.tags["dag_run_id"] = "score__1"
    assert "traffic_anomaly_scoring_mlflow" in lineage_of(later.run_id).job_url
