"""Training on the real stack: triggered, followed, inspected, traced."""

from pathlib import Path

import pytest

from app.services.anomalies.export import Export
from app.services.jobs.service import new_intent
from app.services.jobs.types import JobState
from app.services.system.service import Status
from app.services.trends.types import Scope, shift_of
from pipeline.errors import NotFound
from pipeline.params import TrainParams
from pipeline.tracking import names
from tests.journey import ROWS, SMALL, finish, register, wait_for, write_machines

SHARED = Path(__file__).parents[3].parent / "shared" / "data"


def test_every_service_is_healthy(console):
    """Each with its version and an answer within a second or so."""
    services = wait_for(
        console.health.check, lambda seen: all(each.status is Status.HEALTHY for each in seen)
    )
    assert [service.name for service in services] == ["PostgreSQL", "MLflow", "Airflow", "DAGs"]
    assert all(service.version for service in services[:3])


def test_a_ready_stack_passes_the_pre_flight_checks(console, dataset):
    """All that must hold does."""
    params = TrainParams(dataset=dataset.dataset_id, **SMALL)
    assert wait_for(lambda: console.training.preflight(params), lambda seen: seen.ready)


def test_a_training_runs_to_its_end(console, dataset, trained):
    """Tasks, runs, params and who asked are all there, and it is the latest model."""
    assert trained.job.state is JobState.SUCCESS, trained.error
    assert [(task.task_id, task.state) for task in trained.tasks] == [
        ("train_model", "success"),
        ("score_model", "success"),
    ]
    assert trained.job.requested_by == "operator"
    train, score = (
        console.runs.get(run_id) for run_id in (trained.train_run_id, trained.score_run_id)
    )
    assert (train.params["n_estimators"], train.params["max_samples"]) == ("20", "64")
    assert (train.dataset_id, train.requested_by) == (dataset.dataset_id, "operator")
    assert score.model_run_id == train.run_id
    assert console.runs.latest_model().started >= train.started
    assert console.training.params_of(trained.job.dag_run_id).n_estimators == 20
    assert console.training.preflight(TrainParams(**SMALL)).estimate.past_runs >= 1


def test_its_log_is_readable(console, trained):
    """What the task said, without what Airflow does around it."""
    log = console.training.log(trained.job.dag_run_id, "train_model")
    assert len(log.splitlines()) >= len(trained.log)
    assert not any("::group::" in line for line in log.splitlines())


def test_lineage_leads_through_the_real_stack(console, dataset, trained):
    """From the score run to its training, its data set and its DAG run."""
    lineage = console.lineages.of(trained.score_run_id)
    assert lineage.model.run_id == trained.train_run_id
    assert lineage.dataset.dataset_id == dataset.dataset_id
    assert lineage.run.dag_run_id == trained.job.dag_run_id
    assert trained.score_run_id in {run.run_id for run in lineage.scorings}


def test_its_anomalies_can_be_inspected(console, trained):
    """Summary, histogram, trend, rows and CSV agree on the real scored file."""
    run_id = trained.score_run_id
    summary = console.anomalies.summary(run_id)
    assert summary.rows == ROWS
    assert summary.anomalies == pytest.approx(0.05 * ROWS, abs=3)
    histogram = console.anomalies.score_histogram(run_id)
    assert sum(histogram.anomalous) == summary.anomalies
    assert sum(histogram.normal) + sum(histogram.anomalous) == ROWS
    assert sum(point.rows for point in console.anomalies.trend(run_id).points) == ROWS
    rows = console.anomalies.rows(run_id, limit=10).rows.to_pylist()
    assert max(row["load"] for row in rows) > 100
    lines = console.anomalies.file(run_id, Export(top=10)).read_text().splitlines()
    assert len(lines) == 11
    assert str(rows[0]["load"]) in lines[1]


def test_its_files_are_listed_and_shown(console, trained):
    """The names are those that dashboards and people rely on."""
    paths = {file.path for file in console.runs.artifacts(trained.score_run_id)}
    assert {names.SCORED_PARQUET, names.SCORED_CSV} <= paths
    assert "visualizations/summary_statistics.txt" in paths
    assert console.runs.text(trained.score_run_id, "visualizations/summary_statistics.txt")
    picture = console.runs.image(trained.score_run_id, "visualizations/anomaly_percentage.png")
    assert picture.startswith(b"\x89PNG")
    assert console.runs.download(trained.score_run_id, names.SCORED_CSV).stat().st_size > 0
    with pytest.raises(NotFound):
        console.runs.text(trained.score_run_id, "visualizations/nothing.txt")


def test_the_trend_is_read_from_postgresql(common, console, trained):
    """By a role that may read and not write."""
    runs = {run.run_id: run for run in console.trends.recent(Scope(days=1))}
    run = runs[trained.score_run_id]
    assert run.rows == ROWS
    assert 0 < run.anomaly_rate < 0.2
    features = {
        cell.feature for cell in console.trends.drift(Scope(model_run_id=trained.train_run_id))
    }
    stored = console.runs.text(run.run_id, names.DRIFT)
    assert all(shift_of(stored, feature) for feature in features)
    assert features
    assert common.database.version().startswith("18")


def test_real_records_pass_from_upload_to_anomalies(console, tmp_path):
    """A thousand records of the public data; where they are not at hand, another small file."""
    sample = SHARED / "traffic_accidents_real_1000.csv"
    if not sample.exists():
        sample = tmp_path / "machines.csv"
        write_machines(sample, seed=9)
    dataset = register(console, sample)
    params = TrainParams(dataset=dataset.dataset_id, n_estimators=50)
    progress = finish(console.training, console.training.trigger(params, new_intent()))
    assert progress.job.state is JobState.SUCCESS, progress.error
    summary = console.anomalies.summary(progress.score_run_id)
    assert summary.rows == dataset.rows
    assert console.anomalies.trend(progress.score_run_id).points
