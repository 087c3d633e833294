"""What the charts of work and quality draw."""

from datetime import UTC, datetime, timedelta

import pytest

from app.services.trends.types import Activity, Means, Precision, Quality
from app.ui.trends import charts as trends_charts

START = datetime(2026, 1, 1, tzinfo=UTC)
NEXT = START + timedelta(days=1)


def traces(fig):
    """The traces by name."""
    return {trace.name: trace for trace in fig.data}


def test_the_ring_names_each_state_and_the_whole():
    """States are in the operator's words; one that is new is called by its own name."""
    fig = trends_charts.status_share({"FINISHED": 8, "KILLED": 1, "PAUSED": 1}, 300)
    assert list(fig.data[0].labels) == ["Finished", "Cancelled", "Paused"]
    assert "<b>10</b>" in fig.layout.annotations[0].text


ACTIVITY = [
    Activity(START, "train", "FINISHED", 1, 100.0),
    Activity(START, "score", "FINISHED", 2, 300.0),
    Activity(NEXT, "score", "FAILED", 1, 0.0),
]


def test_bars_stack_runs_by_how_they_ended():
    """Both kinds count; a state that did not occur has no place in the legend."""
    found = traces(trends_charts.runs_by_status(ACTIVITY))
    assert set(found) == {"Finished", "Failed"}
    assert (list(found["Finished"].x), list(found["Finished"].y)) == ([START], [3])
    assert list(found["Failed"].x) == [NEXT]


def test_bars_stack_rows_by_what_was_done():
    """A failed run has read nothing."""
    found = traces(trends_charts.volume(ACTIVITY))
    assert (list(found["Training"].y), list(found["Scoring"].y)) == ([100], [300])


@pytest.mark.parametrize("chart", [trends_charts.runs_by_status, trends_charts.volume])
def test_a_lone_day_has_a_day_on_each_side(chart):
    """Its axis shows days, not parts of a second; with two days the axis is Plotly's own."""
    day = timedelta(days=1)
    assert chart(ACTIVITY[:2]).layout.xaxis.range == (START - day, START + day)
    assert chart(ACTIVITY).layout.xaxis.range is None


MEANS = [Means(START, 10.0, 2.0, 0.1, 0.0), Means(NEXT, None, 3.0, 0.2, None)]


def test_what_was_not_measured_is_no_zero():
    """A week without a training has no point in its line."""
    found = traces(trends_charts.durations(MEANS))
    assert (list(found["Training"].y), list(found["Scoring"].y)) == ([10.0], [2.0, 3.0])
    odd = traces(trends_charts.odd_values(MEANS))
    assert (list(odd["Missing values"].y), list(odd["Unseen categories"].y)) == ([0.1, 0.2], [0.0])


def test_quality_shows_both_measures():
    """Recall and the area under the curve of each model."""
    found = traces(trends_charts.quality([Quality(START, "m", 0.8, 0.95)]))
    assert (list(found["Recall"].y), list(found["Area under the curve"].y)) == ([0.8], [0.95])


def test_precision_has_its_interval():
    """Oldest model first; one whose training is unknown has no place in time."""
    judged = [
        Precision("n" * 32, NEXT, 0.8, 0.7, 0.85, 8, 2, 0),
        Precision("m" * 32, START, 0.5, 0.4, 0.6, 5, 5, 1),
        Precision("gone", None, 0.5, 0.4, 0.6, 5, 5, 1),
    ]
    (dots,) = trends_charts.precision(judged).data
    assert list(dots.y) == [0.5, 0.8]
    assert [round(each, 2) for each in dots.error_y.array] == [0.1, 0.05]
    assert [round(each, 2) for each in dots.error_y.arrayminus] == [0.1, 0.1]
