"""An empty store is filled once, however often that is interrupted."""

from pathlib import Path

import httpx
import pytest

from compose.launcher.layout import Layout
from compose.launcher.seed import CSV, RUN_ID, Seeding
from pipeline.orchestration import TRAIN_DAG
from pipeline.tracking.names import EXPERIMENT
from tests.fakes.mlflow import FakeMlflow, FakeRun

TOKEN = "POST /auth/token"
TRIGGER = f"POST /api/v2/dags/{TRAIN_DAG}/dagRuns"


class FakePipeline:
    """The pipeline's command line: writes the file and prints the data set's id."""

    def __init__(self) -> None:
        """Start without commands."""
        self.commands: list[tuple[str, ...]] = []

    def __call__(self, *arguments: str) -> str:
        """Run one command."""
        self.commands.append(arguments)
        if arguments[0] == "sample":
            Path(arguments[1]).write_text("data")
            return ""
        return "progress ...\na1b2c3\n"

    @property
    def names(self) -> list[str]:
        """The commands that were run, in order."""
        return [command[0] for command in self.commands]


@pytest.fixture
def pipeline() -> FakePipeline:
    """A pipeline that works."""
    return FakePipeline()


@pytest.fixture
def mlflow() -> FakeMlflow:
    """An MLflow server without experiments."""
    return FakeMlflow()


@pytest.fixture
def seeding(web, mlflow: FakeMlflow, layout: Layout, pipeline: FakePipeline) -> Seeding:
    """The seeding of a stack whose store is empty."""
    web.answers[TOKEN] = (201, {"access_token": "token"})
    web.answers[TRIGGER] = (200, {})
    return Seeding(layout.sample, web.url, mlflow.server(), 500, "secret", pipeline=pipeline)


def triggers(web) -> list[object]:
    """Return the bodies of the requests for a DAG run."""
    return [body for key, body in web.requests if key == TRIGGER]


def test_empty_store_gets_the_sample_and_one_run(web, seeding: Seeding, pipeline) -> None:
    """The run is triggered on the data set that was just registered."""
    seeding.run()
    file = str(seeding.folder / "data" / CSV)
    assert pipeline.commands[0][0] == "sample"
    assert pipeline.commands[0][2:] == ("--rows", "500")
    assert pipeline.commands[1] == ("register", file)
    assert triggers(web) == [
        {"dag_run_id": RUN_ID, "logical_date": None, "conf": {"dataset": "a1b2c3"}}
    ]
    assert (seeding.folder / "done").exists()


def test_store_in_use_is_left_alone(web, mlflow, seeding: Seeding, pipeline) -> None:
    """A store with data gets no sample, now or at a later start."""
    mlflow.add(FakeRun(mlflow.experiment(EXPERIMENT), "train", 0))
    seeding.run()
    assert pipeline.commands == []
    assert triggers(web) == []
    assert (seeding.folder / "done").exists()


def test_experiments_without_runs_are_an_empty_store(mlflow, seeding: Seeding, pipeline) -> None:
    """An experiment that was made but never used does not count."""
    mlflow.experiment(EXPERIMENT)
    seeding.run()
    assert pipeline.names == ["sample", "register"]


def test_interrupted_seeding_continues(web, mlflow, seeding: Seeding, pipeline) -> None:
    """By then the store holds the sample data set, which does not count as data in use."""
    web.answers[TRIGGER] = (503, {})
    with pytest.raises(httpx.HTTPStatusError):
        seeding.run()
    assert not (seeding.folder / "done").exists()
    mlflow.add(FakeRun(mlflow.experiment(EXPERIMENT), "train", 0))
    web.answers[TRIGGER] = (200, {})
    seeding.run()
    assert pipeline.names == ["sample", "register", "register"]
    assert (seeding.folder / "done").exists()


def test_run_that_exists_already_is_accepted(web, seeding: Seeding) -> None:
    """Airflow's refusal of a second run of the same id is no failure."""
    web.answers[TRIGGER] = (409, {})
    seeding.run()
    assert (seeding.folder / "done").exists()


def test_incomplete_file_is_never_registered(seeding: Seeding, pipeline) -> None:
    """An interrupted generation is repeated."""
    half = seeding.folder / "data.new"
    half.mkdir()
    (half / CSV).write_text("ha")
    seeding.run()
    assert pipeline.names == ["sample", "register"]
    assert (seeding.folder / "data" / CSV).read_text() == "data"
