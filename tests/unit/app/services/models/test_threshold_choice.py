"""Where a threshold could lie, in numbers."""

import numpy as np
import pytest
from pyarrow import parquet as pq

from app.clients.errors import Rejected
from app.services.models.threshold_choice import at_precision, at_rows, at_severity, preview
from app.services.reviews.types import JudgedScore, wilson


@pytest.fixture
def rows(console, run_id):
    """The scored rows of the newest run."""
    return console.anomalies.rows_of(run_id)


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
def test_a_capacity_flags_as_many_rows_and_no_more(rows, scores, most):
    """The threshold lies between the last that fits and the next."""
    at = at_rows(rows, most)
    assert scores[most - 1] < at <= scores[most]
    assert preview(rows, 0.0, at).after == most


def test_a_capacity_of_nothing_or_everything_is_refused(rows):
    """Both would make the model useless."""
    with pytest.raises(Rejected, match="at least one row"):
        at_rows(rows, 0)
    with pytest.raises(Rejected, match="All rows of this run fit"):
        at_rows(rows, 2_000)


def test_a_severity_flags_the_rows_that_reach_it(console, run_id, rows):
    """The very rows that the slider of the Anomalies page shows."""
    at = at_severity(rows, 97.5)
    found = preview(rows, 0.0, at)
    assert found.after == console.reviews.waiting(run_id, 97.5)
    assert found.severity >= 97.5
    with pytest.raises(Rejected, match="No row of this run reaches severity 100"):
        at_severity(rows, 100)
    with pytest.raises(Rejected, match="Every row would be flagged"):
        at_severity(rows, 0)


def test_a_preview_counts_what_is_gained_and_lost(rows, scores):
    """Thresholds are nested: one of the two is always nothing."""
    lower, higher = (scores[99] + scores[100]) / 2, (scores[299] + scores[300]) / 2
    less, more = preview(rows, 0.0, lower), preview(rows, 0.0, higher)
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
