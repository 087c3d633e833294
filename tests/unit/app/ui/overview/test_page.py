"""The Overview page: what it shows and where it leads, and when it suggests a retraining."""

import pytest


def cell(row):
    """A click on the first cell of a row, as the table reports it."""
    return {"selection": {"rows": [], "columns": [], "cells": [(row, "Kind")]}}


def test_health_model_and_rate_are_there_at_a_glance(enter, world):
    """The four services, the champion and the latest rate stand above the recent runs."""
    visit = enter(world, "overview")
    for name in ("PostgreSQL", "MLflow", "Airflow", "DAGs", "champion", "Latest anomaly rate"):
        assert name in visit.text
    assert "9.2 %" in visit.text


def test_running_job_can_be_followed(enter, world):
    """Work in progress is one line with the way to it."""
    visit = enter(world, "overview")
    assert "Retraining by operator" in visit.text
    visit.press("Follow")
    assert visit.query()["run"].startswith("train__")
    assert "Cancel" in visit.labels()


def test_retrain_opens_the_form_with_the_newest_data_set(enter, world):
    """The one primary button leads to a form that is ready to trigger."""
    visit = enter(world, "overview").press("Retrain")
    assert visit.at.selectbox[0].value.name == "accidents_new.csv"
    assert "Trigger retraining" in visit.labels()


def test_click_on_a_recent_run_opens_it(enter, world):
    """The row's run is in the address of the page that opens."""
    visit = enter(world, "overview")
    visit.at.session_state["recent-runs"] = cell(2)
    visit.again()
    assert "All runs" in visit.labels()
    assert len(visit.query()["run"]) == 32


def test_without_a_champion_the_latest_model_is_shown(enter, world):
    """The badge says which of the two it is."""
    world.mlflow.aliases.clear()
    visit = enter(world, "overview")
    assert "latest" in visit.text
    assert "champion" not in visit.text


@pytest.fixture
def drifted(world):
    """A world whose newest scoring has drifted."""
    run = world.mlflow.find(world.console().runs.scored(1)[0].run_id)
    run.metrics |= {"drift/num_units": 0.42, "drifted_features": 1}
    return world


@pytest.mark.parametrize("page", ["overview", "retrain"])
def test_no_suggestion_without_evidence(enter, world, page):
    """No empty card either."""
    assert "Retrain suggested" not in enter(world, page).text


@pytest.mark.parametrize("page", ["overview", "retrain"])
def test_suggestion_shows_the_numbers_and_the_limit(enter, drifted, page):
    """On both pages."""
    text = enter(drifted, page).text
    assert "Retrain suggested: the data has drifted" in text
    assert "num_units 0.42" in text
    assert "above 0.25" in text


def test_suggestion_leads_to_the_score_run(enter, drifted):
    """To the score run with its numbers."""
    visit = enter(drifted, "overview").press("Open the score run")
    assert visit.query() == {"run": drifted.console().runs.scored(1)[0].run_id}


def test_suggestion_leads_to_the_comparison_with_a_newer_model(enter, drifted):
    """Both are chosen on the page that opens."""
    model = drifted.console().runs.champion()
    newer = drifted.add_training(model.dataset_id, age=1)
    visit = enter(drifted, "overview")
    assert "compare it, and promote it" in visit.text
    visit.press("Compare the two")
    assert visit.query()["compare"] == f"{model.run_id},{newer.run_id}"
