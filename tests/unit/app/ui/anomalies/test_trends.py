"""What the chart over the data's own time draws."""

from datetime import UTC, datetime, timedelta

from app.services.anomalies.types import Trend, TrendPoint
from app.ui.anomalies import charts as anomalies_charts

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_trend_in_the_data_shows_rate_over_rows():
    """The rate and the rows it rests on share the time axis."""
    points = tuple(TrendPoint(START + timedelta(days=i), 10, 1) for i in range(3))
    fig = anomalies_charts.trend(Trend("when", "day", points))
    assert list(fig.data[0].y) == [0.1] * 3
    assert list(fig.data[1].y) == [10] * 3
    assert fig.data[1].yaxis == "y2"
