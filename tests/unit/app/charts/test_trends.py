"""What the charts over time draw."""

from datetime import UTC, date, datetime, timedelta

from app.charts import trends
from app.services.anomalies import Trend, TrendPoint
from app.services.trends import TrendRow

START = datetime(2026, 1, 1, tzinfo=UTC)


def run(day, model="m" * 32, rate=0.1, drift=0.05):
    """A score run of a day."""
    moment = START + timedelta(days=day)
    return TrendRow(f"{day:032x}", moment, "d", model, "operator", 1000, rate, drift)


def test_rate_has_one_series_of_markers_for_each_model():
    """Runs of one model share a colour and a name."""
    runs = [run(1), run(2), run(3, model="n" * 32)]
    fig = trends.rate(runs, {"m" * 32: "first", "n" * 32: "second"})
    line, *markers = fig.data
    assert list(line.y) == [0.1, 0.1, 0.1]
    assert [(each.name, len(each.x)) for each in markers] == [("first", 2), ("second", 1)]
    assert markers[0].marker.color != markers[1].marker.color


def test_rate_leaves_out_runs_that_logged_none():
    """A run without the metric is no point at zero."""
    fig = trends.rate([run(1), run(2, rate=None)], {})
    assert [len(each.x) for each in fig.data] == [1, 1]


def test_a_model_without_a_name_is_called_by_its_id():
    """The first eight digits stand for an unknown model; nothing known is said as such."""
    fig = trends.rate([run(1), run(2, model="")], {})
    assert [each.name for each in fig.data[1:]] == ["m" * 8, "Unknown model"]


def test_drift_marks_the_limit():
    """The limit worth a look is a line at its height."""
    fig = trends.drift([run(1), run(2, drift=None)], 0.2)
    assert list(fig.data[0].y) == [0.05]
    assert fig.layout.shapes[0].y0 == 0.2


def test_runs_per_day_counts_each_day_once():
    """Two runs of one day are one bar of height two."""
    days = [date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 3)]
    fig = trends.runs_per_day(days)
    assert list(fig.data[0].y) == [2, 1]
    assert fig.layout.yaxis.dtick == 1


def test_trend_in_the_data_shows_rate_over_rows():
    """The rate and the rows it rests on share the time axis."""
    points = tuple(TrendPoint(START + timedelta(days=i), 10, 1, 0.1) for i in range(3))
    fig = trends.in_data(Trend("when", "day", points))
    assert list(fig.data[0].y) == [0.1] * 3
    assert list(fig.data[1].y) == [10] * 3
    assert fig.data[1].yaxis == "y2"


def test_charts_keep_their_height_whatever_the_data():
    """No data draws as tall as much data, so nothing moves when data arrives."""
    assert trends.rate([], {}).layout.height == trends.rate([run(1)], {}).layout.height
    assert trends.runs_per_day([]).layout.height == trends.drift([], 0.2).layout.height
