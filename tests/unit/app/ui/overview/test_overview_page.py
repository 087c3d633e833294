"""What the overview tells and where it leads."""


def cell(row):
    """A click on the first cell of a row, as the table reports it."""
    return {"selection": {"rows": [], "columns": [], "cells": [(row, "Kind")]}}


def test_health_model_and_rate_are_there_at_a_glance(enter, world):
    """The four services, the champion and the latest rate stand above the recent runs."""
    visit = enter(world, "overview")
    for name in ("PostgreSQL", "MLflow", "Airflow", "DAGs", "champion", "Latest anomaly rate"):
        assert name in visit.words
    assert "9.2 %" in visit.words


def test_a_running_job_can_be_followed(enter, world):
    """Work in progress is one line with the way to it."""
    visit = enter(world, "overview")
    assert "Retraining by operator" in visit.words
    visit.press("Follow")
    assert visit.query()["run"].startswith("train__")
    assert "Cancel" in visit.labels()


def test_retrain_opens_the_form_with_the_newest_data_set(enter, world):
    """The one primary button leads to a form that is ready to trigger."""
    visit = enter(world, "overview").press("Retrain")
    assert visit.at.selectbox[0].value.name == "accidents_new.csv"
    assert "Trigger retraining" in visit.labels()


def test_a_click_on_a_recent_run_opens_it(enter, world):
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
    assert "latest" in visit.words
    assert "champion" not in visit.words
