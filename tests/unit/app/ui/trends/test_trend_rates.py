"""What the chart of rates draws."""

from datetime import UTC, datetime, timedelta

from app.services.trends.types import Change, RatePoint
from app.ui.trends import charts as trends_charts

START = datetime(2026, 1, 1, tzinfo=UTC)


def point(day, rate=0.1, low=0.08, high=0.12, **changes):
    """The rate of a day, within its band unless told otherwise."""
    said = {"runs": 1, "run_id": "r" * 32, "dataset_name": "a<b>.csv", "outside": 0} | changes
    return RatePoint(START + timedelta(days=day), rate, low, high, **said)


def change(kind, words="Champion promoted"):
    """A decision on the first day."""
    return Change(START, kind, words, "ana", "better", "m" * 32)


def traces(fig):
    """The traces by name."""
    return {trace.name: trace for trace in fig.data}


def test_the_band_lies_behind_the_line():
    """Runs without a band are in the line and not in the band."""
    fig = trends_charts.rates([point(1, low=None, high=None), point(2)], [], [])
    low, high = (trace for trace in fig.data if trace.name == "Expected band")
    assert (list(low.y), list(high.y), high.fill) == ([0.08], [0.12], "tonexty")
    assert (low.showlegend, high.showlegend) == (False, True)
    found = traces(fig)
    assert list(found["New data"].y) == [0.1, 0.1]
    assert "Outside the band" not in found


def test_what_lies_outside_is_marked_by_shape_and_colour():
    """The mark repeats the point of the line."""
    found = traces(trends_charts.rates([point(1), point(2, rate=0.3, runs=5, outside=2)], [], []))
    assert list(found["Outside the band"].y) == [0.3]
    assert list(found["Outside the band"].customdata) == ["2 of 5"]
    assert found["Outside the band"].marker.symbol == "diamond"


def test_one_run_is_named_and_many_are_counted():
    """A name cannot pass for mark-up."""
    found = traces(trends_charts.rates([point(1), point(2, runs=7)], [], []))
    assert list(found["New data"].customdata) == ["a&lt;b&gt;.csv", "mean of 7 runs"]


def test_training_data_is_told_apart():
    """It equals the contamination and says little."""
    found = traces(trends_charts.rates([], [point(1, low=None, high=None)], []))
    assert found["Training data"].mode == "markers"


def test_changes_are_marked_with_who_and_why():
    """Thresholds and models each have a colour and a place in the legend."""
    fig = trends_charts.rates([], [], [change("model"), change("threshold", "Threshold <1")])
    found = traces(fig)
    said = found["Model changed"]
    assert list(said.customdata) == ["Champion promoted by ana: better"]
    assert said.yaxis == "y2"
    assert list(found["Threshold moved"].customdata) == ["Threshold &lt;1 by ana: better"]
    assert said.marker.color != found["Threshold moved"].marker.color


def test_a_long_reason_is_cut():
    """A tooltip is no place for an essay."""
    long = Change(START, "model", "Champion promoted", "ana", "because " * 50, "m" * 32)
    said = traces(trends_charts.rates([], [], [long]))["Model changed"].customdata[0]
    assert len(said) < 130
    assert said.endswith("…")


def test_many_points_are_drawn_without_marks():
    """Two thousand marks would hide the line."""
    few = traces(trends_charts.rates([point(1)], [], []))
    many = traces(trends_charts.rates([point(day) for day in range(200)], [], []))
    assert (few["New data"].mode, many["New data"].mode) == ("lines+markers", "lines")


def test_the_height_does_not_depend_on_the_data():
    """Nothing moves when data arrives."""
    empty = trends_charts.rates([], [], [])
    assert empty.layout.height == trends_charts.rates([point(1)], [], []).layout.height


def test_a_lone_run_stands_in_the_middle_of_two_days():
    """Also one on training data only; several need no help."""
    lone = trends_charts.rates([], [point(3)], [])
    assert [each.day for each in lone.layout.xaxis.range] == [3, 5]
    assert trends_charts.rates([point(1), point(2)], [], []).layout.xaxis.range is None
