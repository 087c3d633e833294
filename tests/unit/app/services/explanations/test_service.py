"""Explanations: fetched files, the process that works them out, and what is kept."""

import sys
import threading

import psutil
import pytest

from app.services.explanations.process import ExplainerProcess
from app.services.explanations.service import Pending
from pipeline.errors import DataError, ModelError, NotFound, Rejected, Unreachable

SILENT = (sys.executable, "-c", "import time; time.sleep(60)")
DYING = (sys.executable, "-c", "input()")


@pytest.fixture
def run_id(console):
    """The newest score run."""
    return console.runs.scored(1)[0].run_id


@pytest.fixture(scope="module")
def process():
    """A real process that explains."""
    running = ExplainerProcess()
    yield running
    running.close()


@pytest.fixture
def request_for(console, run_id):
    """What the process is asked with, for a row."""
    return lambda row: console.explanations.request(run_id, row)


def test_a_row_is_explained_by_the_model_that_scored_it(console, run_id):
    """Every column of the model is told of, by the records it was trained on."""
    found = console.explanations.get(run_id, 1)
    columns = {"crash_date", "weather_condition", "num_units", "injuries_total"}
    assert {field.column for field in found.fields} == columns
    assert found.reference_rows == 2_000
    assert found.by_training


def test_an_explanation_is_worked_out_once(console, world, run_id):
    """A second look and a second operator get the same one."""
    first = console.explanations.get(run_id, 7)
    assert world.console("viewer").explanations.get(run_id, 7) is first
    assert len(world.explainer.requests) == 1


def test_a_failure_is_not_kept(console, world, run_id):
    """The next look tries again."""
    world.explainer.down = True
    with pytest.raises(Unreachable):
        console.explanations.get(run_id, 7)
    world.explainer.down = False
    assert console.explanations.get(run_id, 7).row == 7


def test_nobody_has_to_wait_for_an_explanation():
    """What takes longer than one's patience is there at a later look."""
    go, asked = threading.Event(), []
    pending = Pending(process=None)

    def ask():
        asked.append(1)
        go.wait(10)
        return "done"

    assert not pending.get(("run", 1), ask).done()
    go.set()
    assert pending.get(("run", 1), ask).result(10) == "done"
    assert asked == [1]


def test_files_are_fetched_once(console, world, request_for):
    """The second row of a run asks MLflow for no file again."""
    request_for(1)
    before = sum("artifact" in each.name for each in world.mlflow.requests)
    request_for(2)
    assert sum("artifact" in each.name for each in world.mlflow.requests) == before
    assert before > 4
    assert console.identity.can_trigger


def test_deleted_training_data_is_replaced_by_the_scored_rows(console, world, run_id):
    """Rarity is then told by the rows that were scored, and the rest stays as it is."""
    for run in world.mlflow.runs:
        if "sha256" in run.tags:
            run.files.pop("data.parquet")
    found = console.explanations.get(run_id, 1)
    assert world.explainer.requests[0]["training"] == ""
    assert found.fields
    assert not found.by_training


def test_a_model_that_is_gone_is_named(console, world, run_id):
    """The sentence says what is missing."""
    world.mlflow.find(console.runs.get(run_id).model_run_id).model_files = {}
    with pytest.raises(NotFound, match="model that scored this run is not stored any more"):
        console.explanations.get(run_id, 1)


def test_a_model_that_was_changed_is_refused(console, world, run_id):
    """What is not what training wrote is never loaded."""
    world.mlflow.find(console.runs.get(run_id).model_run_id).tags["model_sha256"] = "0" * 64
    with pytest.raises(ModelError, match="not the one that training wrote"):
        console.explanations.get(run_id, 1)


def test_the_process_explains_as_the_console_would(console, process, request_for, run_id):
    """The same answer comes through the pipe."""
    assert process.explain(**request_for(3)) == console.explanations.get(run_id, 3)


def test_a_process_that_was_killed_is_replaced(process, request_for):
    """The next request is answered by another one."""
    process.explain(**request_for(1))
    first = process._process.pid
    psutil.Process(first).kill()
    assert process.explain(**request_for(2)).row == 2
    assert process._process.pid != first


def test_what_cannot_be_explained_comes_back_as_its_error(process, request_for):
    """And the process goes on."""
    with pytest.raises(DataError, match="no row 99,999"):
        process.explain(**request_for(99_999))
    with pytest.raises(DataError, match="is gone"):
        process.explain(**(request_for(1) | {"scored": "/nowhere.parquet"}))
    assert process.explain(**request_for(1)).row == 1


def test_a_silent_process_is_ended(request_for):
    """The operator waits for a limited time, and nothing is left behind."""
    process = ExplainerProcess(SILENT, timeout=0.3)
    with pytest.raises(Unreachable, match=r"no answer within 0\.3 s"):
        process.explain(**request_for(1))
    assert process._process is None


def test_a_process_that_always_dies_is_told(request_for):
    """It is tried twice, no more."""
    with pytest.raises(Rejected, match="ended without an answer"):
        ExplainerProcess(DYING).explain(**request_for(1))
