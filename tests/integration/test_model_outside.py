"""The registered model where this repository is not: any MLflow user can load and run it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from mlflow.models import get_model_info

from pipeline import steps
from pipeline.params import ScoreParams, TrainParams
from pipeline.sample.write import write_sample
from pipeline.settings import settings
from pipeline.tracking import artifacts, datasets, names, registry
from pipeline.tracking.client import tracking_server
from pipeline.tracking.runs import get_run

CHAMPION = "models:/traffic_anomaly@champion"
BY_HAND = steps.RunContext("", "operator")
ROWS = 2_000
SCRIPT = f"""
import json, sys
import mlflow.pyfunc, mlflow.sklearn, pandas
rows = pandas.read_csv(sys.argv[1])
model = mlflow.sklearn.load_model("{CHAMPION}")
loaded = mlflow.pyfunc.load_model("{CHAMPION}")
empty = rows.assign(weather_condition=None, num_units=None)
print(json.dumps({{
    "labels": model.predict(rows).tolist(),
    "scores": model.decision_function(rows).tolist(),
    "pyfunc": loaded.predict(rows).tolist(),
    "with empty columns": loaded.predict(empty).tolist(),
    "code": sys.modules["pipeline"].__file__,
}}))
"""


@dataclass(frozen=True)
class Outside:
    """A virtual environment with the model's own requirements, in a folder without a checkout."""

    folder: Path
    data: Path
    environment: dict[str, str]

    def run(self, *command: str) -> str:
        """Run a program of the environment and return what it prints."""
        program = self.folder / "venv" / "bin" / command[0]
        done = subprocess.run(
            [program, *command[1:]],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def folder(mlflow_server, tmp_path_factory) -> Iterator[Path]:
    """Point the pipeline at the server; a folder for the data."""
    folder = tmp_path_factory.mktemp("outside")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
        patch.setenv("PIPELINE_CACHE_DIR", str(folder / "cache"))
        settings.cache_clear()
        yield folder
    settings.cache_clear()


@pytest.fixture(scope="module")
def champion(folder) -> str:
    """The id of a train run whose model is the champion."""
    server, data = tracking_server(), folder / "crashes.csv"
    write_sample(data, rows=ROWS)
    dataset = datasets.register(server, data, data.name, "operator")
    run_id = steps.train_model(TrainParams(dataset=dataset.dataset_id, n_estimators=50), BY_HAND)
    number = registry.version_of(server, run_id).number
    server.client.set_registered_model_alias(names.REGISTERED_MODEL, "champion", str(number))
    return run_id


@pytest.fixture(scope="module")
def scored(folder, champion) -> dict[str, np.ndarray]:
    """Labels and scores that the product gives the same rows."""
    server, path = tracking_server(), folder / "scored.parquet"
    dataset = get_run(server, champion).dataset_id
    run_id = steps.score_model(ScoreParams(dataset=dataset, model=champion), BY_HAND)
    artifacts.download(server, get_run(server, run_id).artifact_uri, "scores/scored.parquet", path)
    table = pq.read_table(path)
    return {name: table.column(f"anomaly_{name}").to_numpy() for name in ("pred", "score")}


@pytest.fixture(scope="module")
def outside(folder, champion, mlflow_server) -> Outside:
    """Install nothing but what the model's own list asks for."""
    server = tracking_server()
    (model_id,) = get_run(server, champion).model_ids
    uri = server.client.get_logged_model(model_id).artifact_location
    artifacts.download(server, uri, "requirements.txt", folder / "requirements.txt")
    uv, python = Path(sys.executable).with_name("uv"), folder / "venv" / "bin" / "python"
    for command in (
        ("venv", "--python", sys.executable, python.parents[1]),
        ("pip", "install", "--python", python, "-r", folder / "requirements.txt"),
    ):
        subprocess.run([uv, "--quiet", *command], check=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return Outside(
        folder, folder / "crashes.csv", environment | {"MLFLOW_TRACKING_URI": mlflow_server}
    )


def test_model_gives_the_products_labels_and_scores(outside, scored) -> None:
    """As scikit-learn's and as MLflow's own flavor, on a frame as pandas reads it from CSV."""
    found = json.loads(outside.run("python", "-W", "ignore", "-c", SCRIPT, str(outside.data)))
    assert np.array_equal(found["labels"], scored["pred"])
    assert np.array_equal(found["scores"], scored["score"])
    assert np.array_equal(found["pyfunc"], scored["pred"])
    assert len(found["with empty columns"]) == ROWS
    assert Path(found["code"]).parents[1].name == "code"


def test_mlflow_models_predict_gives_the_products_labels(outside, scored) -> None:
    """The command line scores a CSV file without a line of Python."""
    options = ("--env-manager", "local", "-m", CHAMPION, "-i", str(outside.data), "-t", "csv")
    printed = outside.run("mlflow", "models", "predict", *options)
    predictions = json.loads(printed[printed.index('{"predictions"') :])["predictions"]
    assert np.array_equal(predictions, scored["pred"])


def test_signature_and_example_are_shown_by_mlflow(champion) -> None:
    """Every used column is listed and may be empty, and an example shows how a row looks."""
    server = tracking_server()
    (model_id,) = get_run(server, champion).model_ids
    info = get_model_info(f"models:/{model_id}")
    assert info.signature.inputs.input_names()[0] == "crash_date"
    assert info.signature.inputs.required_input_names() == []
    assert info.signature.outputs.input_names() == ["anomaly_pred"]
    assert info.saved_input_example_info["artifact_path"] == "input_example.json"


def test_training_leaves_the_import_path_alone(champion) -> None:
    """The copy of the code that MLflow tries in this process is not imported by a later one."""
    assert champion
    assert [entry for entry in sys.path if Path(entry).name == "code"] == []
