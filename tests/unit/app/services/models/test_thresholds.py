"""The threshold of a model as a decision."""

from datetime import timedelta

import pytest

from app.clients.errors import Conflict, Forbidden, Rejected, Unreachable
from app.services.models.thresholds import TAG, Workload

WHY = "fifty a week is what we can look at"


@pytest.fixture
def thresholds(console):
    """What an operator can decide."""
    return console.thresholds


@pytest.fixture
def model(world, console):
    """The newest finished training, as the server has it."""
    return world.mlflow.find(console.runs.latest_model().run_id)


def test_as_trained_a_model_flags_below_zero(thresholds, model):
    """Nothing was decided, and nothing disagrees."""
    standing = thresholds.standing(model.run_id)
    assert (standing.score, standing.trained, standing.change) == (0.0, -0.5, None)
    assert standing.agrees


def test_a_decision_tags_the_model_and_is_kept(thresholds, model, run_id):
    """On the scale of the train run's metric, with the rows gained and lost."""
    standing = thresholds.standing(model.run_id)
    at = thresholds.at_rows(run_id, 100)
    preview = thresholds.preview(run_id, standing.score, at)
    kept = thresholds.decide(standing, at, WHY, run_id=run_id, preview=preview)
    assert float(model.tags[TAG]) == at
    assert (kept.previous, kept.threshold) == (-0.5, -0.5 + at)
    assert (kept.rows_gained, kept.rows_lost, kept.run_id) == (0, 100, run_id)
    assert (kept.changed_by, kept.reason) == ("operator", WHY)
    after = thresholds.standing(model.run_id)
    assert (after.score, after.change, after.agrees) == (at, kept, True)


def test_undo_brings_back_the_one_before(thresholds, model, run_id):
    """A row of its own, gains and losses the other way round; nothing is erased."""
    for most in (100, 50):
        standing = thresholds.standing(model.run_id)
        at = thresholds.at_rows(run_id, most)
        preview = thresholds.preview(run_id, standing.score, at)
        thresholds.decide(standing, at, WHY, run_id=run_id, preview=preview)
    undone = thresholds.undo(thresholds.standing(model.run_id), "too few")
    assert (undone.rows_gained, undone.rows_lost) == (50, 0)
    standing = thresholds.standing(model.run_id)
    assert thresholds.preview(run_id, 0.0, standing.score).after == 100
    assert len(thresholds.history(model.run_id)) == 3
    assert standing.agrees


def test_there_must_be_something_to_undo_and_to_change(thresholds, model):
    """Both are said."""
    standing = thresholds.standing(model.run_id)
    with pytest.raises(Rejected, match="no decision to take back"):
        thresholds.undo(standing, WHY)
    with pytest.raises(Rejected, match="threshold already"):
        thresholds.decide(standing, 0.0, WHY)
    with pytest.raises(Rejected, match="reason must not be empty"):
        thresholds.decide(standing, -0.1, "")


def test_a_viewer_may_preview_and_not_decide(world, model, run_id):
    """The role is named."""
    mine = world.console("viewer").thresholds
    assert mine.preview(run_id, 0.0, mine.at_rows(run_id, 10)).lost == 190
    with pytest.raises(Forbidden, match="role viewer"):
        mine.decide(mine.standing(model.run_id), -0.1, WHY)


def test_of_two_operators_the_second_is_told(world, thresholds, model):
    """What the operator saw must still be so."""
    seen = thresholds.standing(model.run_id)
    others = world.console("admin").thresholds
    others.decide(others.standing(model.run_id), -0.05, WHY)
    with pytest.raises(Conflict, match="admin has changed the threshold meanwhile"):
        thresholds.decide(seen, -0.02, WHY)
    assert float(model.tags[TAG]) == -0.05


def test_a_tag_changed_in_mlflow_is_seen(thresholds, model):
    """It is a conflict for whoever saw another, and told apart for whoever looks."""
    seen = thresholds.standing(model.run_id)
    model.tags[TAG] = "-0.07"
    with pytest.raises(Conflict, match="another one in MLflow by now"):
        thresholds.decide(seen, -0.02, WHY)
    now = thresholds.standing(model.run_id)
    assert not now.agrees
    thresholds.decide(now, -0.07, "on record now")
    assert thresholds.standing(model.run_id).agrees


def test_a_tag_that_is_no_number_is_named(thresholds, model):
    """With what it holds."""
    model.tags[TAG] = "low"
    with pytest.raises(Rejected, match="must be a number, got 'low'"):
        thresholds.standing(model.run_id)


def test_what_mlflow_refuses_is_not_kept(world, thresholds, model):
    """No row without a change."""
    world.mlflow.refuses_writes = True
    with pytest.raises(Unreachable):
        thresholds.decide(thresholds.standing(model.run_id), -0.02, WHY)
    assert world.ledger.thresholds == []


def test_a_scoring_has_no_threshold_of_its_own(thresholds, run_id):
    """It has its model's."""
    with pytest.raises(Rejected, match="is no finished training"):
        thresholds.standing(run_id)


def test_a_capacity_is_one_of_the_datas_own_time(thresholds, run_id):
    """Three years of rows: so many a week are so many of the file."""
    work = thresholds.workload(run_id)
    assert work.column == "crash_date"
    weeks = work.span / timedelta(weeks=1)
    assert 150 < weeks < 157
    assert work.rows_for(2, "week") == int(2 * weeks)
    assert work.rows_for(20, "run") == 20
    assert work.per(work.rows_for(2, "week"), "week") == pytest.approx(2, abs=0.01)


def test_without_dates_a_capacity_is_one_of_the_run():
    """And data of less than a period counts as one."""
    assert Workload(100, "", None).rows_for(7, "week") == 7
    assert Workload(100, "", None).per(7, "week") is None
    assert Workload(100, "d", timedelta(days=2)).rows_for(7, "week") == 7
