"""The comparison of two models."""

import pytest

from pipeline.tracking import names
from tests.fakes.world import parquet_bytes, rescored


@pytest.fixture
def trainings(world):
    """The finished trainings, newest first; the older two are of one data set."""
    runs = world.console().runs.search().runs
    return [run for run in runs if run.kind == "train" and run.finished]


@pytest.fixture
def pair(world, trainings):
    """Ids of two models that scored the same data, B with fewer anomalies."""
    b, a = trainings[1:]
    scored = world.console().comparisons.newest_scoring(b.run_id, b.dataset_id)
    world.mlflow.find(scored.run_id).files[names.SCORED_PARQUET] = parquet_bytes(rescored())
    return [a.run_id, b.run_id]


def compared(enter, world, ids, **query):
    """Open the comparison of two models."""
    return enter(world, "runs", models=",".join(ids), **query)


def test_two_runs_lead_to_the_comparison_of_their_models(enter, world, pair):
    """With three, one must be left out first."""
    visit = enter(world, "runs", compare=",".join(pair)).press("Compare the models")
    assert visit.query() == {"models": ",".join(pair)}
    three = enter(world, "runs", compare=",".join([*pair, world.mlflow.runs[-1].run_id]))
    assert three.button("Compare the models").disabled


def test_model_is_compared_with_the_champion(enter, world, pair):
    """From the Models page, on the data that both scored."""
    world.mlflow.aliases[names.REGISTERED_MODEL, names.CHAMPION] = pair[0]
    visit = enter(world, "models", model=pair[1]).press("Compare with the champion")
    assert "Model comparison" in visit.text
    assert "Going from A to B" in visit.text
    assert len(visit.query()["models"].split(",")) == 2


def test_bookmark_of_an_earlier_version_opens_the_comparison(enter, world, pair):
    """The address is then written with the names of today."""
    visit = enter(world, "runs", versus=",".join(pair))
    assert "Model comparison" in visit.text
    assert visit.query() == {"models": ",".join(pair)}


def test_rates_overlap_and_agreement_are_shown(enter, world, pair):
    """Each model at its own threshold, on the same rows."""
    visit = compared(enter, world, pair)
    metrics = {each.label: each.value for each in visit.at.metric}
    assert (metrics["Rate by A"], metrics["Rate by B"]) == ("10.00 %", "5.00 %")
    assert 0 < float(metrics["Overlap (Jaccard)"]) < 1
    assert 0 < float(metrics["Cohen's kappa"]) < 1
    assert "Going from A to B" in visit.text
    assert "Trees 100 → 200" in visit.text


@pytest.mark.parametrize(
    ("names_of", "told"),
    [
        ({}, "accidents.csv → accidents_new.csv"),
        ({0: "a_2023_of_the_city.csv", 1: "a_2023_of_all_land.csv"}, "a_2023_of_t…ty.csv → "),
        (
            {0: "accidents_2023_of_the_city.csv", 1: "accidents_2024_of_the_city.csv"},
            "accidents_2023_of_the_city.csv → accidents_2024_of_the_city.csv",
        ),
    ],
)
def test_models_of_other_data_differ_by_its_name(enter, world, trainings, names_of, told):
    """Both score the older data; names are shortened only while they differ."""
    newest, older = trainings[:2]
    scored = world.add_scoring(world.mlflow.find(newest.run_id), age=10)
    scored.tags["dataset_id"] = older.dataset_id
    for place, name in names_of.items():
        world.mlflow.find((older, newest)[place].run_id).tags["dataset_name"] = name
    visit = compared(enter, world, [older.run_id, newest.run_id], on=older.dataset_id)
    assert f"Data set {told}" in visit.text


def rows(visit):
    """The rows that are shown."""
    return visit.at.dataframe[0].value


@pytest.mark.parametrize(("by", "where"), [("only_b", 1), ("only_a", 0), ("both", 1)])
def test_row_opens_in_a_scoring_that_flags_it(enter, world, pair, by, where):
    """Rows that only A flags in A's scoring, all others in B's."""
    visit = compared(enter, world, pair)
    visit.at.session_state["flagged-by"] = by
    frame = rows(visit.again())
    cell = {"selection": {"rows": [], "columns": [], "cells": [(0, "row")]}}
    visit.at.session_state[visit.at.dataframe[0].key] = cell
    visit.again()
    runs = world.console().runs
    scored = world.console().comparisons.newest_scoring(pair[where], runs.get(pair[0]).dataset_id)
    assert visit.query() == {"run": scored.run_id, "row": str(frame["row"].iloc[0])}


def test_rows_are_paged(enter, world, pair):
    """Twenty-five at a time, the largest change first."""
    visit = compared(enter, world, pair)
    visit.at.session_state["flagged-by"] = "only_a"
    first = rows(visit.again())
    assert len(first) == 25
    assert first["change"].abs().is_monotonic_decreasing
    visit.at.session_state["rows-page"] = 2
    assert not set(rows(visit.again())["row"]) & set(first["row"])


def test_missing_scoring_is_offered(enter, world, trainings):
    """The Score page opens with data and model chosen."""
    newest, _, oldest = trainings
    visit = compared(enter, world, [oldest.run_id, newest.run_id])
    assert "Model A has not scored this data set yet" in visit.text
    visit.press("Score it with model A")
    assert visit.query() == {"dataset": newest.dataset_id, "model": oldest.run_id}
    assert visit.at.selectbox[0].value.dataset_id == newest.dataset_id
    assert visit.at.selectbox[1].value.run.run_id == oldest.run_id


def test_viewer_is_offered_no_scoring(enter, world, trainings):
    """The reason is shown instead."""
    ids = [trainings[2].run_id, trainings[0].run_id]
    visit = enter(world, "runs", username="viewer", models=",".join(ids))
    assert "ask an operator to score it" in visit.text
    assert "Score it with model A" not in visit.labels()


def test_other_models_can_be_chosen(enter, world, pair, trainings):
    """Each choice is in the address."""
    visit = compared(enter, world, pair)
    visit.press("")
    assert visit.query()["models"] == ",".join(reversed(pair))
    other = trainings[0].run_id
    visit.at.selectbox(key=f"Model A-{pair[1]}").set_value(other)
    visit.again()
    assert visit.query()["models"] == f"{other},{pair[0]}"


def test_unfinished_model_cannot_score(enter, world, pair):
    """A failed training is no model."""
    failed = next(run for run in world.mlflow.runs if run.status == "FAILED")
    assert "Model B cannot score" in compared(enter, world, [pair[0], failed.run_id]).text


def test_unknown_run_is_named(enter, world, pair):
    """An outdated address leads back to the list."""
    visit = compared(enter, world, [pair[0], "f" * 32])
    assert "There is no run ffffffff" in visit.text
    assert "All runs" in visit.labels()


def test_page_without_mlflow_says_so(enter, world, pair):
    """The page is drawn again when MLflow is back."""
    world.stop("MLflow")
    visit = compared(enter, world, pair)
    assert "waiting for MLflow" in visit.text
    assert "Model comparison" in visit.text
