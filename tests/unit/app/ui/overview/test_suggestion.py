"""“Retrain suggested” on the pages: with its numbers, its ways, and silent otherwise."""

import pytest


@pytest.fixture
def drifted(world):
    """A world whose newest scoring has drifted."""
    run = world.mlflow.find(world.console().runs.latest_score().run_id)
    run.metrics |= {"drift/num_units": 0.42, "drifted_features": 1}
    return world


@pytest.mark.parametrize("page", ["overview", "retrain"])
def test_nothing_is_said_while_nothing_speaks_for_it(enter, world, page):
    """No empty card either."""
    assert "Retrain suggested" not in enter(world, page).words


@pytest.mark.parametrize("page", ["overview", "retrain"])
def test_the_numbers_and_the_limit_are_named(enter, drifted, page):
    """On both pages."""
    words = enter(drifted, page).words
    assert "Retrain suggested: the data has drifted" in words
    assert "num_units 0.42" in words
    assert "above 0.25" in words


def test_it_leads_to_what_is_behind_it(enter, drifted):
    """To the score run with its numbers."""
    visit = enter(drifted, "overview").press("Open the score run")
    assert visit.query() == {"run": drifted.console().runs.latest_score().run_id}


def test_a_newer_model_is_to_be_compared(enter, drifted):
    """Both are chosen on the page that opens."""
    model = drifted.console().runs.champion()
    newer = drifted.add_training(model.dataset_id, age=1)
    visit = enter(drifted, "overview")
    assert "compare it, and promote it" in visit.words
    visit.press("Compare the two")
    assert visit.query()["compare"] == f"{model.run_id},{newer.run_id}"
