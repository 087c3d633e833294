"""The steps and the command line on a real MLflow server."""

import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from mlflow import MlflowClient

from pipeline import steps
from pipeline.__main__ import main
from pipeline.errors import DataError, ModelError, NotFound, ServiceError, Unreachable
from pipeline.params import ScoreParams, TrainParams
from pipeline.sample.write import write_sample
from pipeline.settings import settings
from pipeline.steps import RunContext
from pipeline.tables.frames import model_frame
from pipeline.tracking import datasets, models, registry
from pipeline.tracking.client import tracking_server as server
from pipeline.tracking.runs import RunKind, completed_attempt, start_run

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data" / "traffic_accidents_real_1000.csv"
SMALL = {"n_estimators": 20, "max_samples": 256}
BY_HAND = RunContext("", "operator")
CHARTS = ("anomaly_score_distribution", "anomaly_percentage", "top_anomalies", "anomaly_trend")


@pytest.fixture(autouse=True)
def on_the_server(mlflow_server, tmp_path_factory, monkeypatch) -> Iterator[None]:
    """Point the pipeline at the server, with a cache of its own."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    monkeypatch.setenv("PIPELINE_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """A file of 2,000 records."""
    path = tmp_path_factory.mktemp("sample") / "crashes.csv"
    write_sample(path, rows=2_000)
    return path


@pytest.fixture
def dataset(sample) -> str:
    """The id of the registered sample."""
    return datasets.register(server(), sample, sample.name, "operator").dataset_id


@pytest.fixture
def trained(dataset) -> str:
    """The id of a finished training run."""
    return steps.train_model(TrainParams(dataset=dataset, **SMALL), BY_HAND)


def tracking_client() -> MlflowClient:
    """MLflow's own client, as a second opinion on what the pipeline has stored."""
    return MlflowClient(settings().mlflow_tracking_uri)


def run(run_id: str):
    """Return a run as the server has it."""
    return tracking_client().get_run(run_id)


def files(run_id: str, folder: str = "") -> set[str]:
    """Return the artifacts of a run in one folder."""
    return {file.path for file in tracking_client().list_artifacts(run_id, folder)}


def test_a_training_run_tells_all(dataset, trained) -> None:
    """Every parameter, metric and tag that others depend on, and where the data came from."""
    found = run(trained)
    assert found.info.status == "FINISHED"
    params = TrainParams(dataset=dataset, **SMALL).model_dump()
    assert found.data.params == {name: str(value) for name, value in params.items()}
    assert set(found.data.metrics) == {
        *("anomaly_rate", "training_seconds", "rows", "features"),
        *("threshold", "injected_recall", "injected_auc"),
    }
    tags = {"run_kind": "train", "dataset_id": dataset, "requested_by": "operator"}
    assert tags.items() <= found.data.tags.items()
    assert [used.dataset.digest for used in found.inputs.dataset_inputs] == [dataset]
    assert files(trained) == {"schema.json", "threshold.json"}


def test_the_model_is_registered_and_loads_in_mlflows_own_flavor(
    dataset, trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version of the registered model scores a plain data frame as our own scoring does."""
    import mlflow.sklearn  # noqa: PLC0415 - only this test needs it

    versions = tracking_client().search_model_versions("name = 'traffic_anomaly'")
    version = next(version for version in versions if version.run_id == trained)
    monkeypatch.setattr(sys, "path", sys.path[:])  # MLflow puts the model's code in front
    detector = mlflow.sklearn.load_model(version.source)
    model = models.load_model(registry.model_run(server(), trained))
    rows = pq.read_table(datasets.fetch(server(), dataset))
    frame = rows.select(model.schema.usable).to_pandas()
    expected = model.decision(model_frame(rows, model.schema))
    assert np.array_equal(detector.decision_function(frame), expected)


def test_a_score_run_tells_all(dataset, trained) -> None:
    """Scores, charts, drift, metrics and the way back to the model."""
    scored = steps.score_model(ScoreParams(dataset=dataset, model=trained), BY_HAND)
    found = run(scored)
    assert found.info.status == "FINISHED"
    assert found.data.tags["model_run_id"] == trained
    assert found.data.tags["run_kind"] == "score"
    by_feature = {name for name in found.data.metrics if name.startswith("drift/")}
    assert "drift/num_units" in by_feature
    assert set(found.data.metrics) - by_feature == {
        *("anomaly_rate", "scoring_seconds", "rows", "rows_per_second"),
        *("drift_max", "drifted_features", "unseen_category_rate", "missing_rate"),
        "score_threshold",
    }
    assert files(scored, "scores") == {"scores/scored.parquet", "scores/scored_output.csv"}
    charts = {f"visualizations/{chart}.png" for chart in CHARTS}
    assert files(scored, "visualizations") == {
        *charts,
        "visualizations/summary_statistics.txt",
    }
    assert "drift.json" in files(scored)


def test_the_training_rows_are_flagged_at_the_contamination(dataset, trained) -> None:
    """All rows were learned from, so scoring them again flags the same share."""
    scored = steps.score_model(ScoreParams(dataset=dataset, model=trained), BY_HAND)
    rates = [run(run_id).data.metrics["anomaly_rate"] for run_id in (trained, scored)]
    assert rates == pytest.approx([0.1, 0.1], abs=0.005)


def test_a_task_that_is_tried_again_reuses_what_is_finished(dataset) -> None:
    """The same DAG run trains once; another DAG run trains anew."""
    params = TrainParams(dataset=dataset, **SMALL)
    first, again, other = (
        steps.train_model(params, RunContext(dag_run, "operator"))
        for dag_run in ("manual__once", "manual__once", "manual__other")
    )
    assert first == again != other
    assert run(first).data.tags["dag_run_id"] == "manual__once"
    score = ScoreParams(dataset=dataset, model=first)
    context = RunContext("manual__once", "operator")
    assert steps.score_model(score, context) == steps.score_model(score, context)


def test_what_a_killed_try_left_running_is_closed(dataset) -> None:
    """The next try marks it as failed and begins anew."""
    context = RunContext("manual__killed", "operator")
    left = start_run(RunKind.TRAIN, datasets.get_dataset(server(), dataset), context)
    finished = steps.train_model(TrainParams(dataset=dataset, **SMALL), context)
    assert finished != left.run_id
    closed = run(left.run_id)
    assert closed.info.status == "FAILED"
    assert closed.data.tags["error"] == "the process ended before the run did"


def test_a_try_that_was_replaced_does_not_finish(dataset) -> None:
    """A cancelled task may work on for a while beside its retry; only one of the two counts."""
    context = RunContext("manual__replaced", "operator")
    with (
        pytest.raises(ServiceError, match="was closed as FAILED while it was running"),
        start_run(RunKind.TRAIN, datasets.get_dataset(server(), dataset), context) as slow,
    ):
        finished = steps.train_model(TrainParams(dataset=dataset, **SMALL), context)
    assert run(slow.run_id).info.status == "FAILED"
    assert completed_attempt(RunKind.TRAIN, context) == finished


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DataError("line 3 is short\nand more"), "FAILED"),
        (SystemExit(143), "KILLED"),
        (KeyboardInterrupt(), "KILLED"),
    ],
)
def test_a_run_is_closed_by_how_it_ended(dataset, error, status) -> None:
    """Failed with the first line of the error, killed when told to stop, never left running."""
    with (
        pytest.raises(type(error)),
        start_run(RunKind.TRAIN, datasets.get_dataset(server(), dataset), BY_HAND) as active,
    ):
        raise error
    closed = run(active.run_id)
    assert closed.info.status == status
    expected = {"FAILED": "line 3 is short"}.get(status)
    assert expected is None or closed.data.tags["error"] == expected


def test_a_failed_run_is_never_the_latest(dataset, trained) -> None:
    """Nor is one that still runs."""
    running = start_run(RunKind.TRAIN, datasets.get_dataset(server(), dataset), BY_HAND)
    assert registry.model_run(server(), "latest").run_id == trained
    with pytest.raises(ModelError, match="not a finished training run"):
        registry.model_run(server(), running.run_id)
    tracking_client().set_terminated(running.run_id, "FAILED")
    assert registry.model_run(server(), "latest").run_id == trained


def test_the_champion_is_the_aliased_version(dataset, trained) -> None:
    """Also when a newer model is there."""
    client = tracking_client()
    versions = client.search_model_versions("name = 'traffic_anomaly'")
    version = next(version.version for version in versions if version.run_id == trained)
    client.set_registered_model_alias("traffic_anomaly", "champion", version)
    steps.train_model(TrainParams(dataset=dataset, **SMALL), BY_HAND)
    assert registry.model_run(server(), "champion").run_id == trained
    scored = steps.score_model(ScoreParams(dataset=dataset, model="champion"), BY_HAND)
    assert run(scored).data.tags["model_run_id"] == trained


def test_without_a_champion_the_latest_stands_in_and_the_run_says_so(
    dataset, trained, caplog
) -> None:
    """Nobody has to choose a champion before the first scoring."""
    client = tracking_client()
    client.delete_registered_model_alias("traffic_anomaly", "champion")
    scored = run(steps.score_model(ScoreParams(dataset=dataset), BY_HAND)).data
    assert scored.params["model"] == "champion"
    assert scored.tags["model_run_id"] == trained
    assert scored.tags["model_chosen_as"] == "latest"
    assert "No champion is chosen yet" in caplog.text
    with pytest.raises(NotFound, match="has no challenger"):
        registry.model_run(server(), "challenger")


def test_scoring_follows_the_threshold_decided_for_the_model(dataset, trained) -> None:
    """It flags other rows with the same scores, and logs what it used; a bad tag is named."""
    as_trained = steps.score_model(ScoreParams(dataset=dataset, model=trained), BY_HAND)
    tracking_client().set_tag(trained, "score_threshold", "-0.05")
    decided = steps.score_model(ScoreParams(dataset=dataset, model=trained), BY_HAND)
    metrics = [run(each).data.metrics for each in (as_trained, decided)]
    assert [each["score_threshold"] for each in metrics] == [0.0, -0.05]
    assert 0 < metrics[1]["anomaly_rate"] < metrics[0]["anomaly_rate"]
    assert run(decided).data.tags["model_chosen_as"] == "given"
    tracking_client().set_tag(trained, "score_threshold", "low")
    with pytest.raises(ModelError, match="must be a number, got 'low'"):
        steps.score_model(ScoreParams(dataset=dataset, model=trained), BY_HAND)


def test_a_model_that_is_not_there_is_a_sentence() -> None:
    """No run is made for it."""
    with pytest.raises(NotFound):
        registry.model_run(server(), "0" * 32)


def overwrite_model(run_id: str, folder: Path) -> None:
    """Replace files of a run's model on the server."""
    model_id = run(run_id).outputs.model_outputs[0].model_id
    tracking_client().log_model_artifacts(model_id, str(folder))


def test_a_pickle_in_the_place_of_a_model_is_refused(dataset, tmp_path) -> None:
    """It is not loaded, and the score run that met it is closed as failed."""
    victim = steps.train_model(TrainParams(dataset=dataset, **SMALL), BY_HAND)
    (tmp_path / "model.skops").write_bytes(pickle.dumps({"no": "model"}))
    overwrite_model(victim, tmp_path)
    context = RunContext("manual__tampered", "operator")
    with pytest.raises(ModelError, match="not the one that training wrote"):
        steps.score_model(ScoreParams(dataset=dataset, model=victim), context)
    (failed,) = tracking_client().search_runs(
        [run(victim).info.experiment_id], "tags.dag_run_id = 'manual__tampered'"
    )
    assert failed.info.status == "FAILED"
    assert "not the one that training wrote" in failed.data.tags["error"]


def test_data_that_does_not_fit_the_model_fails_the_run(trained, tmp_path) -> None:
    """The missing columns are named, and nothing half-done looks finished."""
    other = tmp_path / "other.csv"
    other.write_text("a,b\n" + "".join(f"{i},{i * i}\n" for i in range(50)))
    dataset = datasets.register(server(), other, other.name, "operator").dataset_id
    context = RunContext("manual__misfit", "operator")
    with pytest.raises(DataError, match="missing columns 'crash_date'"):
        steps.score_model(ScoreParams(dataset=dataset, model=trained), context)
    assert completed_attempt(RunKind.SCORE, context) is None


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n" + "".join(f"{i % 7},{i * 1.5}\n" for i in range(60)),
        "colour,size\n" + "".join(f"{'rgb'[i % 3]},{'SML'[i % 2]}\n" for i in range(60)),
    ],
    ids=["numbers only", "categories only"],
)
def test_a_file_of_another_subject_goes_all_the_way(text, tmp_path) -> None:
    """Without a date as well."""
    path = tmp_path / "other.csv"
    path.write_text(text)
    dataset = datasets.register(server(), path, path.name, "operator").dataset_id
    trained = steps.train_model(TrainParams(dataset=dataset, **SMALL), BY_HAND)
    scored = steps.score_model(ScoreParams(dataset=dataset, model=trained), BY_HAND)
    assert run(scored).info.status == "FINISHED"


def test_two_runs_at_once_do_not_touch_each_other(dataset) -> None:
    """Two processes train on the same data; both finish with the same metrics."""
    script = (
        "from pipeline import steps; from pipeline.params import TrainParams; import sys; "
        f"print(steps.train_model(TrainParams(dataset={dataset!r}, n_estimators=20), "
        "steps.RunContext(sys.argv[1], 'operator')))"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", script, name], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for name in ("manual__a", "manual__b")
    ]
    ids = [process.communicate(timeout=120)[0].split()[-1] for process in both]
    recalls = [run(run_id).data.metrics["injected_recall"] for run_id in ids]
    assert ids[0] != ids[1]
    assert recalls[0] == recalls[1]


def command(*arguments: str) -> subprocess.CompletedProcess:
    """Run the command line as an operator does."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_line_goes_all_the_way(sample, tmp_path) -> None:
    """Train prints the run id last, score writes the scored rows, with progress when asked."""
    trained = command("train", str(sample), "--n-estimators", "20", "--no-date-features")
    assert trained.returncode == 0, trained.stderr
    run_id = trained.stdout.split()[-1]
    assert run(run_id).data.params["use_date_features"] == "False"
    out = tmp_path / "scored.csv"
    line = ("score", str(sample), "--model", run_id, "--out", str(out), "--progress")
    scored = command(*line)
    assert scored.returncode == 0, scored.stderr
    assert run(scored.stdout.split()[-1]).data.tags["model_run_id"] == run_id
    assert "Scoring: 100%" in scored.stderr
    assert f"Scored with the given model, training run {run_id}" in scored.stderr
    table = pa_csv.read_csv(out)
    assert table.num_rows == 2_000
    assert table.column_names[-3:] == ["anomaly_pred", "anomaly_score", "severity"]


def test_run_trains_and_scores_in_one_go(sample, tmp_path) -> None:
    """The score run that it prints used the model that the same command trained."""
    out = tmp_path / "scored.csv"
    done = command("run", str(sample), "--n-estimators", "20", "--out", str(out))
    assert done.returncode == 0, done.stderr
    scored = run(done.stdout.split()[-1])
    trained = run(scored.data.tags["model_run_id"])
    assert trained.data.params["n_estimators"] == "20"
    assert trained.data.tags["dataset_id"] == scored.data.tags["dataset_id"]
    assert pa_csv.read_csv(out).num_rows == 2_000


def test_register_prints_the_id_of_the_data_set(capsys, sample, dataset) -> None:
    """The same bytes are the same data set."""
    assert main(["register", str(sample)]) == 0
    assert capsys.readouterr().out == f"{dataset}\n"


def test_bad_data_is_one_sentence_and_stores_nothing(capsys, tmp_path) -> None:
    """With the status of bad input."""
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    assert main(["train", str(empty)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_server_that_is_down_is_a_sentence(sample, capsys, monkeypatch) -> None:
    """Within seconds, with the status of a failed server."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    settings.cache_clear()
    begun = time.monotonic()
    assert main(["train", str(sample)]) == 1
    assert "MLflow does not answer at http://127.0.0.1:9" in capsys.readouterr().err
    assert time.monotonic() - begun < 30
    with pytest.raises(Unreachable):
        steps.train_model(TrainParams(), BY_HAND)


def test_a_command_that_is_stopped_closes_its_run(sample) -> None:
    """SIGTERM in the middle of a long training: the run is closed as killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "train", str(sample), "--n-estimators", "2000"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
    )
    running = _await_running(2000)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 128 + signal.SIGTERM
    assert run(running).info.status == "KILLED"


def _await_running(n_estimators: int) -> str:
    experiment = tracking_client().get_experiment_by_name("traffic_anomaly_detection")
    where = f"attributes.status = 'RUNNING' and params.n_estimators = '{n_estimators}'"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = tracking_client().search_runs([experiment.experiment_id], where)
        if found:
            return found[0].info.run_id
        time.sleep(0.05)
    raise AssertionError("the run did not start in time")


def test_real_records_go_all_the_way(sample) -> None:
    """A thousand published crash records; where they are not at hand, the sample stands in."""
    path = REAL if REAL.exists() else sample
    dataset = datasets.register(server(), path, path.name, "operator")
    trained = steps.train_model(TrainParams(dataset=dataset.dataset_id, **SMALL), BY_HAND)
    scored = steps.score_model(ScoreParams(dataset=dataset.dataset_id, model=trained), BY_HAND)
    assert run(scored).data.metrics["rows"] == dataset.rows
    assert run(trained).data.metrics["injected_auc"] > 0.8
