"""Charts of the anomaly rate, of runs and their data, and of quality."""

from datetime import UTC, datetime, timedelta

import pytest

from app.services.trends.types import (
    Activity,
    Decision,
    ModelPrecision,
    ModelQuality,
    RatePoint,
    RunMeans,
)
from app.ui.trends import charts as trends_charts

START = datetime(2026, 1, 1, tzinfo=UTC)
NEXT = START + timedelta(days=1)


def point(day, rate=0.1, low=0.08, high=0.12, **options):
    """The rate of a day, within its band unless told otherwise."""
    values = {"runs": 1, "run_id": "r" * 32, "dataset_name": "a<b>.csv", "outside": 0} | options
    return RatePoint(START + timedelta(days=day), rate, low, high, **values)


def decision(kind, label="Champion promoted"):
    """A decision on the first day."""
    return Decision(START, kind, label, "ana", "better", "m" * 32)


def traces(fig):
    """The traces by name."""
    return {trace.name: trace for trace in fig.data}


def test_band_lies_behind_the_line():
    """Runs without a band are in the line and not in the band."""
    fig = trends_charts.rates([point(1, low=None, high=None), point(2)], [], [])
    low, high = (trace for trace in fig.data if trace.name == "Expected band")
    assert (list(low.y), list(high.y), high.fill) == ([0.08], [0.12], "tonexty")
    assert (low.showlegend, high.showlegend) == (False, True)
    found = traces(fig)
    assert list(found["New data"].y) == [0.1, 0.1]
    assert "Outside the band" not in found


def test_points_outside_the_band_are_marked_by_shape_and_colour():
    """The marker repeats the point of the line."""
    found = traces(trends_charts.rates([point(1), point(2, rate=0.3, runs=5, outside=2)], [], []))
    assert list(found["Outside the band"].y) == [0.3]
    assert list(found["Outside the band"].customdata) == ["2 of 5"]
    assert found["Outside the band"].marker.symbol == "diamond"


def test_tooltip_names_one_run_and_counts_many():
    """Names are escaped."""
    found = traces(trends_charts.rates([point(1), point(2, runs=7)], [], []))
    assert list(found["New data"].customdata) == ["a&lt;b&gt;.csv", "mean of 7 runs"]


def test_rates_on_training_data_are_markers_only():
    """It equals the contamination and says little."""
    found = traces(trends_charts.rates([], [point(1, low=None, high=None)], []))
    assert found["Training data"].mode == "markers"


def test_decisions_are_marked_with_who_and_why():
    """Thresholds and models each have a colour and a place in the legend."""
    fig = trends_charts.rates([], [], [decision("model"), decision("threshold", "Threshold <1")])
    found = traces(fig)
    model = found["Model changed"]
    assert list(model.customdata) == ["Champion promoted by ana: better"]
    assert model.yaxis == "y2"
    assert list(found["Threshold changed"].customdata) == ["Threshold &lt;1 by ana: better"]
    assert model.marker.color != found["Threshold changed"].marker.color


def test_long_reason_is_shortened():
    """The tooltip stays short."""
    long = Decision(START, "model", "Champion promoted", "ana", "because " * 50, "m" * 32)
    shown = traces(trends_charts.rates([], [], [long]))["Model changed"].customdata[0]
    assert len(shown) < 130
    assert shown.endswith("…")


def test_many_points_are_drawn_without_markers():
    """Two thousand markers would hide the line."""
    few = traces(trends_charts.rates([point(1)], [], []))
    many = traces(trends_charts.rates([point(day) for day in range(200)], [], []))
    assert (few["New data"].mode, many["New data"].mode) == ("lines+markers", "lines")


def test_height_does_not_depend_on_the_data():
    """Nothing moves when data arrives."""
    empty = trends_charts.rates([], [], [])
    assert empty.layout.height == trends_charts.rates([point(1)], [], []).layout.height


def test_single_run_is_shown_between_two_days():
    """Also one on training data only; several need no help."""
    lone = trends_charts.rates([], [point(3)], [])
    assert [each.day for each in lone.layout.xaxis.range] == [3, 5]
    assert trends_charts.rates([point(1), point(2)], [], []).layout.xaxis.range is None


def test_status_share_labels_each_status_and_the_total():
    """An unknown status has its own name."""
    fig = trends_charts.status_share({"FINISHED": 8, "KILLED": 1, "PAUSED": 1}, 300)
    assert list(fig.data[0].labels) == ["Finished", "Cancelled", "Paused"]
    assert "<b>10</b>" in fig.layout.annotations[0].text


ACTIVITY = [
    Activity(START, "train", "FINISHED", 1, 100.0),
    Activity(START, "score", "FINISHED", 2, 300.0),
    Activity(NEXT, "score", "FAILED", 1, 0.0),
]


def test_bars_stack_runs_by_status():
    """A status without runs is not in the legend."""
    found = traces(trends_charts.runs_by_status(ACTIVITY))
    assert set(found) == {"Finished", "Failed"}
    assert (list(found["Finished"].x), list(found["Finished"].y)) == ([START], [3])
    assert list(found["Failed"].x) == [NEXT]


def test_bars_stack_rows_by_kind():
    """A failed run has read nothing."""
    found = traces(trends_charts.volume(ACTIVITY))
    assert (list(found["Training"].y), list(found["Scoring"].y)) == ([100], [300])


@pytest.mark.parametrize("chart", [trends_charts.runs_by_status, trends_charts.volume])
def test_single_day_has_a_day_on_each_side(chart):
    """Its axis shows days, not parts of a second; with two days the axis is Plotly's own."""
    day = timedelta(days=1)
    assert chart(ACTIVITY[:2]).layout.xaxis.range == (START - day, START + day)
    assert chart(ACTIVITY).layout.xaxis.range is None


MEANS = [RunMeans(START, 10.0, 2.0, 0.1, 0.0), RunMeans(NEXT, None, 3.0, 0.2, None)]


def test_missing_measurement_is_not_drawn_as_zero():
    """A week without a training has no point in its line."""
    found = traces(trends_charts.durations(MEANS))
    assert (list(found["Training"].y), list(found["Scoring"].y)) == ([10.0], [2.0, 3.0])
    values = traces(trends_charts.missing_and_unseen(MEANS))
    assert (list(values["Missing values"].y), list(values["Unseen categories"].y)) == (
        [0.1, 0.2],
        [0.0],
    )


def test_quality_shows_both_measures():
    """Recall and the area under the curve of each model."""
    found = traces(trends_charts.quality([ModelQuality(START, "m", 0.8, 0.95)]))
    assert (list(found["Recall"].y), list(found["Area under the curve"].y)) == ([0.8], [0.95])


def test_precision_is_drawn_with_its_interval():
    """Oldest model first; one whose training is unknown is left out."""
    judged = [
        ModelPrecision("n" * 32, NEXT, 0.8, 0.7, 0.85, 8, 2, 0),
        ModelPrecision("m" * 32, START, 0.5, 0.4, 0.6, 5, 5, 1),
        ModelPrecision("gone", None, 0.5, 0.4, 0.6, 5, 5, 1),
    ]
    (dots,) = trends_charts.precision(judged).data
    assert list(dots.y) == [0.5, 0.8]
    assert [round(each, 2) for each in dots.error_y.array] == [0.1, 0.05]
    assert [round(each, 2) for each in dots.error_y.arrayminus] == [0.1, 0.1]
