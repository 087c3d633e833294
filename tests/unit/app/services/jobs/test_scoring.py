"""Scoring: which model, whether the columns fit, and the result."""

import pytest

from app.services import caching
from app.services.jobs.preflight import CheckState
from app.services.jobs.scoring import ColumnCheck, compare
from app.services.jobs.service import new_intent
from app.services.runs.queries import RunFilter
from pipeline.errors import NotFound, Rejected
from pipeline.orchestration import SCORE_DAG
from pipeline.params import ScoreParams
from pipeline.tables.schema import Column, Role, Schema
from pipeline.tracking import names
from pipeline.tracking.names import MODEL_SCHEMA
from pipeline.tracking.runs import RunKind, RunStatus

TRAINED = Schema(
    (
        Column("when", Role.DATE, "timestamp[us]"),
        Column("weather", Role.CATEGORICAL, "string"),
        Column("units", Role.NUMERIC, "int64"),
        Column("remark", Role.IGNORED, "string"),
    )
)


def test_champion_and_latest_come_before_the_other_models(console):
    """Only finished train runs can be picked."""
    models = console.scoring.models()
    assert [model.reference for model in models[:2]] == ["champion", "latest"]
    assert len(models) == 5
    assert {model.run.status for model in models} == {"FINISHED"}
    assert models[2].reference == models[2].run.run_id


def test_without_a_champion_the_latest_comes_first(console, world):
    """Nothing that is not there is offered."""
    world.mlflow.aliases.clear()
    assert console.scoring.models()[0].reference == "latest"


def test_latest_model_stands_in_for_a_missing_champion(console, world):
    """As in the pipeline; the card says so, and which threshold it goes by."""
    latest = console.runs.latest_model()
    detail = {c.title: c.detail for c in console.scoring.preflight(ScoreParams()).checks}["Model"]
    assert detail.startswith("The champion: ")
    world.mlflow.aliases.clear()
    world.mlflow.find(latest.run_id).tags["score_threshold"] = "-0.02"
    caching.clear()
    assert console.scoring.model_run("champion").run_id == latest.run_id
    detail = {c.title: c.detail for c in console.scoring.preflight(ScoreParams()).checks}["Model"]
    assert "No champion is chosen yet; the latest model stands in" in detail
    assert f"({latest.run_id[:8]}), which flags scores below -0.02" in detail


def test_challenger_can_be_picked_and_has_no_fallback(console, world):
    """Who asks for it means it."""
    with pytest.raises(NotFound, match="no challenger"):
        console.scoring.model_run("challenger")
    older = console.models.trained().runs[2]
    world.mlflow.aliases[names.REGISTERED_MODEL, names.CHALLENGER] = older.run_id
    caching.clear()
    assert [each.reference for each in console.scoring.models()][:2] == ["champion", "challenger"]
    assert console.scoring.model_run("challenger").run_id == older.run_id


def test_without_a_model_there_is_nothing_to_pick(empty):
    """And asking for one says what to do."""
    scoring = empty.console().scoring
    assert scoring.models() == ()
    with pytest.raises(NotFound, match="train one first"):
        scoring.model_run("latest")


def test_fitting_columns_pass(console):
    """The same columns as in training need no word."""
    columns = console.scoring.check_columns(ScoreParams())
    assert columns == ColumnCheck()
    assert columns.fits
    assert "are there" in columns.sentence


def test_missing_extra_and_changed_columns_are_named():
    """What the model ignores may be missing; order does not matter."""
    offered = Schema(
        (
            Column("units", Role.CATEGORICAL, "string"),
            Column("speed", Role.NUMERIC, "int64"),
            Column("when", Role.DATE, "date32"),
        )
    )
    columns = compare(TRAINED, offered)
    assert columns.missing == ("weather",)
    assert columns.extra == ("speed",)
    assert columns.changed == ("units: was numeric, now categorical",)
    assert not columns.fits
    for word in ("needs weather", "units: was numeric", "unscored: speed"):
        assert word in columns.sentence


def test_extra_columns_alone_do_not_block():
    """They are carried through."""
    extra = Schema((*TRAINED.columns, Column("speed", Role.NUMERIC, "int64")))
    assert compare(TRAINED, extra).fits


def test_pre_flight_card_names_model_and_columns(console):
    """Both are checked before anything is triggered."""
    preflight = console.scoring.preflight(ScoreParams(model="champion"))
    states = {check.title: check.state for check in preflight.checks}
    assert (states["Model"], states["Columns"]) == (CheckState.OK, CheckState.OK)
    assert preflight.ready
    assert preflight.estimate.past_runs == 3


def test_data_set_without_a_needed_column_blocks(console, world):
    """The operator learns it here, not from a failed run."""
    train = world.mlflow.find(console.runs.latest_model().run_id)
    train.files[MODEL_SCHEMA] = TRAINED.to_json().encode()
    preflight = console.scoring.preflight(ScoreParams())
    (check,) = (check for check in preflight.checks if check.title == "Columns")
    assert check.state is CheckState.BLOCK
    assert "weather" in check.detail
    assert not preflight.ready


def test_unknown_model_blocks(console):
    """A run id that was deleted or mistyped blocks by name."""
    preflight = console.scoring.preflight(ScoreParams(model="0" * 32))
    assert [check.title for check in preflight.checks if check.state is CheckState.BLOCK] == [
        "Model"
    ]


def test_unfinished_training_run_is_not_a_model(console):
    """A score run or a failed training cannot score."""
    failed = RunFilter(kind=RunKind.TRAIN, status=RunStatus.FAILED)
    (training,) = console.runs.search(failed).runs
    for run in (console.runs.scored(1)[0], training):
        with pytest.raises(Rejected, match="not a finished training"):
            console.scoring.model_run(run.run_id)


def test_mlflow_down_blocks_data_set_and_model(world):
    """The card itself does not fail."""
    world.stop("MLflow")
    preflight = world.console().scoring.preflight(ScoreParams())
    blocked = [check.title for check in preflight.checks if check.state is CheckState.BLOCK]
    assert blocked == ["Data set", "Model"]


def test_scoring_is_triggered_once_and_can_be_repeated(console, world):
    """One intent is one run of the scoring DAG, and its params come back."""
    intent, params = new_intent(), ScoreParams(model="champion")
    run_id = console.scoring.trigger(params, intent)
    assert console.scoring.trigger(params, intent) == run_id
    assert [job.dag_id for job in world.airflow.jobs if job.dag_run_id == run_id] == [SCORE_DAG]
    assert console.scoring.params_of(run_id) == params


def test_scored_csv_has_a_download_address(console):
    """At an address of the console."""
    run_id = console.runs.scored(1)[0].run_id
    assert console.scoring.scored_csv_url(run_id) == (
        f"/download/run/{run_id}/scores/scored_output.csv"
    )
