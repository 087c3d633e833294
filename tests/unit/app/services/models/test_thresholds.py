"""Thresholds of models: candidates, and decisions on them."""

from datetime import timedelta

import numpy as np
import pytest
from pyarrow import parquet as pq

from app.clients.errors import Conflict, Forbidden, Rejected, Unreachable
from app.services import caching
from app.services.models.thresholds import TAG, Workload, at_precision
from app.services.reviews.types import JudgedScore, wilson

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
    current = thresholds.current(model.run_id)
    assert (current.score, current.trained, current.change) == (0.0, -0.5, None)
    assert current.agrees


def test_a_decision_tags_the_model_and_is_kept(thresholds, model, run_id):
    """On the scale of the train run's metric, with the rows gained and lost."""
    current = thresholds.current(model.run_id)
    at = thresholds.at_rows(run_id, 100)
    preview = thresholds.preview(run_id, current.score, at)
    kept = thresholds.decide(current, at, WHY, run_id=run_id, preview=preview)
    assert float(model.tags[TAG]) == at
    assert (kept.previous, kept.threshold) == (-0.5, -0.5 + at)
    assert (kept.rows_gained, kept.rows_lost, kept.run_id) == (0, 100, run_id)
    assert (kept.changed_by, kept.reason) == ("operator", WHY)
    after = thresholds.current(model.run_id)
    assert (after.score, after.change, after.agrees) == (at, kept, True)


def test_undo_brings_back_the_one_before(thresholds, model, run_id):
    """A row of its own, gains and losses the other way round; nothing is erased."""
    for most in (100, 50):
        current = thresholds.current(model.run_id)
        at = thresholds.at_rows(run_id, most)
        preview = thresholds.preview(run_id, current.score, at)
        thresholds.decide(current, at, WHY, run_id=run_id, preview=preview)
    undone = thresholds.undo(thresholds.current(model.run_id), "too few")
    assert (undone.rows_gained, undone.rows_lost) == (50, 0)
    current = thresholds.current(model.run_id)
    assert thresholds.preview(run_id, 0.0, current.score).after == 100
    assert len(thresholds.history(model.run_id)) == 3
    assert current.agrees


def test_there_must_be_something_to_undo_and_to_change(thresholds, model):
    """Both are said."""
    current = thresholds.current(model.run_id)
    with pytest.raises(Rejected, match="no decision to take back"):
        thresholds.undo(current, WHY)
    with pytest.raises(Rejected, match="threshold already"):
        thresholds.decide(current, 0.0, WHY)
    with pytest.raises(Rejected, match="reason must not be empty"):
        thresholds.decide(current, -0.1, "")


def test_a_viewer_may_preview_and_not_decide(world, model, run_id):
    """The role is named."""
    mine = world.console("viewer").thresholds
    assert mine.preview(run_id, 0.0, mine.at_rows(run_id, 10)).lost == 190
    with pytest.raises(Forbidden, match="role viewer"):
        mine.decide(mine.current(model.run_id), -0.1, WHY)


def test_of_two_operators_the_second_is_told(world, thresholds, model):
    """What the operator saw must still be so."""
    seen = thresholds.current(model.run_id)
    others = world.console("admin").thresholds
    others.decide(others.current(model.run_id), -0.05, WHY)
    with pytest.raises(Conflict, match="admin has changed the threshold meanwhile"):
        thresholds.decide(seen, -0.02, WHY)
    assert float(model.tags[TAG]) == -0.05


def test_a_tag_changed_in_mlflow_is_seen(thresholds, model):
    """It is a conflict for whoever saw another, and told apart for whoever looks."""
    seen = thresholds.current(model.run_id)
    model.tags[TAG] = "-0.07"
    with pytest.raises(Conflict, match="another one in MLflow by now"):
        thresholds.decide(seen, -0.02, WHY)
    now = thresholds.current(model.run_id)
    assert not now.agrees
    thresholds.decide(now, -0.07, "on record now")
    assert thresholds.current(model.run_id).agrees


def test_a_tag_that_is_no_number_is_named(thresholds, model):
    """With what it holds."""
    model.tags[TAG] = "low"
    caching.clear()
    with pytest.raises(Rejected, match="must be a number, got 'low'"):
        thresholds.current(model.run_id)


def test_what_mlflow_refuses_is_not_kept(world, thresholds, model):
    """No row without a change."""
    world.mlflow.refuses_writes = True
    with pytest.raises(Unreachable):
        thresholds.decide(thresholds.current(model.run_id), -0.02, WHY)
    assert world.decision_log.thresholds == []


def test_a_scoring_has_no_threshold_of_its_own(thresholds, run_id):
    """It has its model's."""
    with pytest.raises(Rejected, match="is no finished training"):
        thresholds.current(run_id)


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


@pytest.fixture
def scores(console, run_id):
    """The same rows' scores, the most anomalous first."""
    table = pq.read_table(console.anomalies.scored_path(run_id))
    return np.sort(table["anomaly_score"].to_numpy())


def judged(*said):
    """Judged records with scores 0.0, 0.1, …; ``+`` confirmed, ``-`` false alarm, ``?`` unsure."""
    words = {"+": "confirmed", "-": "false_alarm", "?": "unsure"}
    return [JudgedScore(place / 10, words[each]) for place, each in enumerate(said)]


@pytest.mark.parametrize("most", [1, 50, 200, 1_999])
def test_a_capacity_flags_as_many_rows_and_no_more(thresholds, run_id, scores, most):
    """The threshold lies between the last that fits and the next."""
    at = thresholds.at_rows(run_id, most)
    assert scores[most - 1] < at <= scores[most]
    assert thresholds.preview(run_id, 0.0, at).after == most


def test_a_capacity_of_nothing_or_everything_is_refused(thresholds, run_id):
    """Both would make the model useless."""
    with pytest.raises(Rejected, match="at least one row"):
        thresholds.at_rows(run_id, 0)
    with pytest.raises(Rejected, match="All rows of this run fit"):
        thresholds.at_rows(run_id, 2_000)


def test_a_severity_flags_the_rows_that_reach_it(console, thresholds, run_id):
    """The very rows that the slider of the Anomalies page shows."""
    at = thresholds.at_severity(run_id, 97.5)
    found = thresholds.preview(run_id, 0.0, at)
    assert found.after == console.reviews.rows_from(run_id, 97.5)
    assert found.severity >= 97.5
    with pytest.raises(Rejected, match="No row of this run reaches severity 100"):
        thresholds.at_severity(run_id, 100)
    with pytest.raises(Rejected, match="Every row would be flagged"):
        thresholds.at_severity(run_id, 0)


def test_a_preview_counts_what_is_gained_and_lost(thresholds, run_id, scores):
    """Thresholds are nested: one of the two is always nothing."""
    lower, higher = (scores[99] + scores[100]) / 2, (scores[299] + scores[300]) / 2
    less, more = thresholds.preview(run_id, 0.0, lower), thresholds.preview(run_id, 0.0, higher)
    assert (less.before, less.after, less.gained, less.lost) == (200, 100, 0, 100)
    assert (more.before, more.after, more.gained, more.lost) == (200, 300, 100, 0)
    assert more.rate == 300 / 2_000


def test_the_deepest_threshold_of_the_wanted_precision_is_taken():
    """Not the first that reaches it: as much as possible is flagged."""
    found = at_precision(judged("+", "-", "+", "+", "-", "-"), 0.6)
    assert found.share == wilson(3, 5)
    assert 0.4 < found.score <= 0.5
    assert found.share.low < 0.6 < found.share.high


def test_the_unsure_count_for_neither_side():
    """They change neither the share nor the depth."""
    assert at_precision(judged("+", "?", "+", "-"), 0.9).share == wilson(2, 2)


def test_records_of_one_score_are_flagged_together():
    """A threshold cannot lie between them."""
    same = [JudgedScore(0.1, "confirmed"), JudgedScore(0.1, "false_alarm")]
    with pytest.raises(Rejected, match=r"best is 50% \(9% to 91%\) of 2"):
        at_precision(same, 0.9)


def test_when_all_judged_rows_are_right_the_bar_lies_just_below_the_last():
    """Nobody looked any deeper."""
    found = at_precision(judged("+", "+"), 0.9)
    assert found.score == pytest.approx(0.1, abs=1e-12)
    assert found.score > 0.1


def test_without_verdicts_there_is_nothing_to_go_by():
    """The sentence says what to do."""
    with pytest.raises(Rejected, match="review some first"):
        at_precision(judged("?"), 0.5)
