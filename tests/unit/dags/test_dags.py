"""The DAG files as Airflow loads them, in a process of its own with an empty store."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.params import ScoreParams, TrainParams

ROOT = Path(__file__).parents[3]
TRAIN, SCORE = "traffic_anomaly_detection_mlflow", "traffic_anomaly_scoring_mlflow"

DESCRIBE = """
import json, sys
from airflow.dag_processing.dagbag import DagBag

bag = DagBag(sys.argv[1])
described = {
    dag.dag_id: {
        "tasks": {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks},
        "retries": [task.retries for task in dag.tasks],
        "params": {
            name: {**param.schema, "default": param.value, "description": param.description}
            for name, param in ((name, dag.params.get_param(name)) for name in dag.params)
        },
        "doc": dag.doc_md,
        "schedule": dag.schedule if isinstance(dag.schedule, str | None) else str(dag.schedule),
        "catchup": dag.catchup,
        "start": str(dag.start_date),
        "max_active_runs": dag.max_active_runs,
    }
    for dag in bag.dags.values()
}
heavy = [name for name in ("mlflow", "sklearn", "pandas") if name in sys.modules]
print(json.dumps({"dags": described, "errors": bag.import_errors, "heavy": heavy}))
"""


def in_airflow(script: str, home: Path, *arguments: str, **variables: str) -> str:
    """Run a script in a process with an empty Airflow and return the last line it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, *arguments],
        env={
            **{name: value for name, value in os.environ.items() if "AIRFLOW" not in name},
            "PYTHONPATH": str(ROOT),
            "AIRFLOW_HOME": str(home),
            **variables,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> dict:
    """The DAGs that Airflow finds in the folder."""
    home = tmp_path_factory.mktemp("airflow")
    return json.loads(in_airflow(DESCRIBE, home, str(ROOT / "dags")))


def test_all_files_load(loaded) -> None:
    """Two DAGs and no import error."""
    assert loaded["errors"] == {}
    assert set(loaded["dags"]) == {TRAIN, SCORE}


def test_loading_is_light(loaded) -> None:
    """Airflow reads the files every few seconds; heavy modules are imported inside tasks."""
    assert loaded["heavy"] == []


def test_training_comes_before_scoring(loaded) -> None:
    """Task names and order are fixed."""
    assert loaded["dags"][TRAIN]["tasks"] == {"train_model": ["score_model"], "score_model": []}
    assert loaded["dags"][SCORE]["tasks"] == {"score_model": []}


@pytest.mark.parametrize(("dag", "kind"), [(TRAIN, TrainParams), (SCORE, ScoreParams)])
def test_trigger_form_has_the_pipeline_s_parameters(loaded, dag, kind) -> None:
    """Defaults, titles, help and bounds are the same, so Airflow refuses the same values."""
    assert loaded["dags"][dag]["params"] == kind.model_json_schema()["properties"]


@pytest.mark.parametrize("dag", [TRAIN, SCORE])
def test_dags_have_no_schedule_by_default(loaded, dag) -> None:
    """No catch-up, several runs at once, one retry."""
    described = loaded["dags"][dag]
    assert described["schedule"] is None
    assert described["catchup"] is False
    assert described["start"].startswith("2026-01-01")
    assert described["max_active_runs"] > 1
    assert set(described["retries"]) == {1}
    assert described["doc"].startswith("### ")


@pytest.mark.parametrize("dag", [TRAIN, SCORE])
def test_dag_file_only_wires(dag) -> None:
    """It has at most sixty lines."""
    assert len((ROOT / "dags" / f"{dag}.py").read_text().splitlines()) <= 60


@pytest.mark.parametrize(
    ("wanted", "schedule"),
    [("none", ""), ("", ""), ("0 3 * * 1", "0 3 * * 1"), ("on_upload", "traffic_datasets")],
)
def test_training_follows_its_schedule_setting(tmp_path, wanted, schedule) -> None:
    """It runs by cron in UTC, by the data set asset or not at all; scoring is never scheduled."""
    found = json.loads(in_airflow(DESCRIBE, tmp_path, str(ROOT / "dags"), TRAINING_SCHEDULE=wanted))
    assert found["errors"] == {}
    assert found["dags"][SCORE]["schedule"] is None
    assert schedule in (found["dags"][TRAIN]["schedule"] or "")
    assert bool(schedule) == bool(found["dags"][TRAIN]["schedule"])


def test_invalid_schedule_is_one_sentence(tmp_path) -> None:
    """It is the last line of the import error, which the console shows."""
    found = json.loads(
        in_airflow(DESCRIBE, tmp_path, str(ROOT / "dags"), TRAINING_SCHEDULE="now and then")
    )
    (error,) = found["errors"].values()
    assert "TRAINING_SCHEDULE must be none, on_upload or five fields" in error.splitlines()[-1]
