"""Thresholds of models: candidates, and decisions on them."""

from datetime import timedelta

import numpy as np
import pytest
from pyarrow import parquet as pq

from app.clients.errors import Conflict, Forbidden
from app.services import caching
from app.services.models.thresholds import Workload, at_precision
from app.services.reviews.types import JudgedScore, wilson
from pipeline.errors import Rejected, Unreachable
from pipeline.tracking.names import THRESHOLD_TAG

WHY = "fifty a week is what we can look at"


@pytest.fixture
def thresholds(console):
    """The operator's thresholds."""
    return console.thresholds


@pytest.fixture
def model(world, console):
    """The newest finished training, as the server has it."""
    return world.mlflow.find(console.runs.latest_model().run_id)


def test_threshold_as_trained_is_zero(thresholds, model):
    """Without a decision MLflow and the log agree."""
    current = thresholds.current(model.run_id)
    assert (current.score, current.trained, current.change) == (0.0, -0.5, None)
    assert current.agrees


def test_decision_tags_the_model_and_is_logged(thresholds, model, run_id):
    """On the scale of the train run's metric, with the rows gained and lost."""
    current = thresholds.current(model.run_id)
    at = thresholds.at_rows(run_id, 100)
    preview = thresholds.preview(run_id, current.score, at)
    kept = thresholds.decide(current, at, WHY, run_id=run_id, preview=preview)
    assert float(model.tags[THRESHOLD_TAG]) == at
    assert (kept.previous, kept.threshold) == (-0.5, -0.5 + at)
    assert (kept.rows_gained, kept.rows_lost, kept.run_id) == (0, 100, run_id)
    assert (kept.changed_by, kept.reason) == ("operator", WHY)
    after = thresholds.current(model.run_id)
    assert (after.score, after.change, after.agrees) == (at, kept, True)


def test_undo_restores_the_previous_threshold(thresholds, model, run_id):
    """As a new row, with gained and lost swapped; nothing is erased."""
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


def test_undo_and_decide_without_a_change_are_rejected(thresholds, model):
    """Each with its own message, and an empty reason too."""
    current = thresholds.current(model.run_id)
    with pytest.raises(Rejected, match="no decision to take back"):
        thresholds.undo(current, WHY)
    with pytest.raises(Rejected, match="threshold already"):
        thresholds.decide(current, 0.0, WHY)
    with pytest.raises(Rejected, match="reason must not be empty"):
        thresholds.decide(current, -0.1, "")


def test_viewer_may_preview_but_not_decide(world, model, run_id):
    """The message names the role."""
    mine = world.console("viewer").thresholds
    assert mine.preview(run_id, 0.0, mine.at_rows(run_id, 10)).lost == 190
    with pytest.raises(Forbidden, match="role viewer"):
        mine.decide(mine.current(model.run_id), -0.1, WHY)


def test_second_of_two_operators_gets_a_conflict(world, thresholds, model):
    """The threshold must still be as the operator saw it."""
    seen = thresholds.current(model.run_id)
    others = world.console("admin").thresholds
    others.decide(others.current(model.run_id), -0.05, WHY)
    with pytest.raises(Conflict, match="admin has changed the threshold meanwhile"):
        thresholds.decide(seen, -0.02, WHY)
    assert float(model.tags[THRESHOLD_TAG]) == -0.05


def test_tag_changed_in_mlflow_disagrees_with_the_log(thresholds, model):
    """A decision based on the earlier value is a conflict."""
    seen = thresholds.current(model.run_id)
    model.tags[THRESHOLD_TAG] = "-0.07"
    with pytest.raises(Conflict, match="another one in MLflow by now"):
        thresholds.decide(seen, -0.02, WHY)
    now = thresholds.current(model.run_id)
    assert not now.agrees
    thresholds.decide(now, -0.07, "on record now")
    assert thresholds.current(model.run_id).agrees


def test_tag_that_is_no_number_is_rejected(thresholds, model):
    """The message has its value."""
    model.tags[THRESHOLD_TAG] = "low"
    caching.clear()
    with pytest.raises(Rejected, match="must be a number, got 'low'"):
        thresholds.current(model.run_id)


def test_change_that_mlflow_refuses_is_not_stored(world, thresholds, model):
    """A row is stored only with its change in MLflow."""
    world.mlflow.refuses_writes = True
    with pytest.raises(Unreachable):
        thresholds.decide(thresholds.current(model.run_id), -0.02, WHY)
    assert world.decision_log.thresholds == []


def test_score_run_has_no_threshold_of_its_own(thresholds, run_id):
    """Only trainings have one."""
    with pytest.raises(Rejected, match="is not a finished training"):
        thresholds.current(run_id)


def test_capacity_counts_by_the_dates_in_the_data(thresholds, run_id):
    """Rows of three years: rows per week times the weeks of the file."""
    work = thresholds.workload(run_id)
    assert work.column == "crash_date"
    weeks = work.span / timedelta(weeks=1)
    assert 150 < weeks < 157
    assert work.rows_for(2, "week") == int(2 * weeks)
    assert work.rows_for(20, "run") == 20
    assert work.per(work.rows_for(2, "week"), "week") == pytest.approx(2, abs=0.01)


def test_capacity_without_dates_is_one_of_the_whole_run():
    """Data of less than a period counts as one period."""
    assert Workload(100, "", None).rows_for(7, "week") == 7
    assert Workload(100, "", None).per(7, "week") is None
    assert Workload(100, "d", timedelta(days=2)).rows_for(7, "week") == 7


@pytest.fixture
def scores(console, run_id):
    """The same rows' scores, the most anomalous first."""
    table = pq.read_table(console.anomalies.scored_path(run_id))
    return np.sort(table["anomaly_score"].to_numpy())


def judged(*signs):
    """Judged records with scores 0.0, 0.1, …; ``+`` confirmed, ``-`` false alarm, ``?`` unsure."""
    verdicts = {"+": "confirmed", "-": "false_alarm", "?": "unsure"}
    return [JudgedScore(place / 10, verdicts[each]) for place, each in enumerate(signs)]


@pytest.mark.parametrize("most", [1, 50, 200, 1_999])
def test_capacity_flags_exactly_as_many_rows(thresholds, run_id, scores, most):
    """The threshold lies between the last that fits and the next."""
    at = thresholds.at_rows(run_id, most)
    assert scores[most - 1] < at <= scores[most]
    assert thresholds.preview(run_id, 0.0, at).after == most


def test_capacity_of_no_row_or_all_rows_is_rejected(thresholds, run_id):
    """Neither is a useful threshold."""
    with pytest.raises(Rejected, match="at least one row"):
        thresholds.at_rows(run_id, 0)
    with pytest.raises(Rejected, match="All rows of this run fit"):
        thresholds.at_rows(run_id, 2_000)


def test_severity_flags_the_rows_that_reach_it(console, thresholds, run_id):
    """The same rows as the slider of the Anomalies page shows."""
    at = thresholds.at_severity(run_id, 97.5)
    found = thresholds.preview(run_id, 0.0, at)
    assert found.after == console.reviews.rows_from(run_id, 97.5)
    assert found.severity >= 97.5
    with pytest.raises(Rejected, match="No row of this run reaches severity 100"):
        thresholds.at_severity(run_id, 100)
    with pytest.raises(Rejected, match="Every row would be flagged"):
        thresholds.at_severity(run_id, 0)


def test_preview_counts_rows_gained_and_lost(thresholds, run_id, scores):
    """One of the two is always 0."""
    lower, higher = (scores[99] + scores[100]) / 2, (scores[299] + scores[300]) / 2
    less, more = thresholds.preview(run_id, 0.0, lower), thresholds.preview(run_id, 0.0, higher)
    assert (less.before, less.after, less.gained, less.lost) == (200, 100, 0, 100)
    assert (more.before, more.after, more.gained, more.lost) == (200, 300, 100, 0)
    assert more.rate == 300 / 2_000


def test_highest_threshold_with_the_wanted_precision_is_taken():
    """Not the first one: as many rows as possible are flagged."""
    found = at_precision(judged("+", "-", "+", "+", "-", "-"), 0.6)
    assert found.share == wilson(3, 5)
    assert 0.4 < found.score <= 0.5
    assert found.share.low < 0.6 < found.share.high


def test_unsure_verdicts_are_left_out():
    """They change neither the share nor the threshold."""
    assert at_precision(judged("+", "?", "+", "-"), 0.9).share == wilson(2, 2)


def test_records_with_the_same_score_are_flagged_together():
    """A threshold cannot lie between them."""
    same = [JudgedScore(0.1, "confirmed"), JudgedScore(0.1, "false_alarm")]
    with pytest.raises(Rejected, match=r"best is 50% \(9% to 91%\) of 2"):
        at_precision(same, 0.9)


def test_threshold_is_just_above_the_last_score_when_all_are_confirmed():
    """No verdict says anything about higher scores."""
    found = at_precision(judged("+", "+"), 0.9)
    assert found.score == pytest.approx(0.1, abs=1e-12)
    assert found.score > 0.1


def test_precision_without_verdicts_is_rejected():
    """The message says what to do."""
    with pytest.raises(Rejected, match="review some first"):
        at_precision(judged("?"), 0.5)
