"""Histograms, severity bands and the trend."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app.services.anomalies.types import Histogram, Trend, TrendPoint
from app.ui.anomalies import charts as anomalies_charts
from app.ui.kit import charts

SEVERITIES = Histogram((0.0, 90.0, 99.0, 100.0), (900, 5, 0), (0, 90, 5), (900.0, 90.0, 10.0))


def test_severity_histogram_stacks_normal_rows_and_anomalies_in_the_colours_of_their_band():
    """Each row is drawn once; what training data would give is a line."""
    fig = anomalies_charts.severity_histogram(SEVERITIES, 91.0)
    normal, anomalies, expected = fig.data
    assert (list(normal.y), list(anomalies.y)) == ([900, 5, 0], [0, 90, 5])
    assert list(anomalies.marker.color)[1:] == [charts.BANDS["minor"], charts.BANDS["major"]]
    assert list(expected.y) == [900.0, 90.0]
    assert "minor" in normal.customdata[1]


def test_severity_histogram_marks_the_threshold():
    """On the enlarged scale; without one there is no line."""
    assert anomalies_charts.severity_histogram(SEVERITIES, 90.0).layout.shapes[
        0
    ].x0 == pytest.approx(1.0)
    assert not anomalies_charts.severity_histogram(SEVERITIES, None).layout.shapes


def test_rarity_grows_with_severity_and_ends():
    """Every tenfold rarity is as wide as the one before; 100 has its place too."""
    values = [charts.rarity(severity) for severity in (0, 90, 99, 99.9, 99.99, 100)]
    assert values == pytest.approx([0, 1, 2, 3, 4, charts.MOST_RARE])


def test_histogram_stacks_the_counts_in_the_middle_of_each_bin():
    """Both kinds of rows are drawn as they were counted, and the threshold is marked."""
    counts = Histogram((-0.2, -0.1, 0.0, 0.1), (0, 0, 7), (2, 3, 0))
    fig = anomalies_charts.score_histogram(counts, -0.05)
    assert [trace.name for trace in fig.data] == ["Normal", "Anomalies"]
    assert list(fig.data[1].y) == [2, 3, 0]
    assert list(fig.data[0].x) == pytest.approx([-0.15, -0.05, 0.05])
    assert fig.layout.barmode == "stack"
    assert fig.layout.shapes[0].x0 == -0.05


@pytest.mark.parametrize(
    ("severity", "band"),
    [(100, "critical"), (99.9, "critical"), (99.89, "major"), (90, "minor"), (89.9, "")],
)
def test_a_band_begins_at_its_lower_end(severity, band):
    """A severity belongs to the highest band that it reaches."""
    assert charts.band_of(severity) == band


def test_rows_below_the_lowest_band_are_grey():
    """A name that is no band has the colour of normal rows."""
    assert charts.band_colour("") == charts.NORMAL


def test_the_bands_colours_differ_in_lightness():
    """Readers who see no hue still tell neighbouring bands apart."""

    def lightness(colour):
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    values = [lightness(colour) for colour in charts.BANDS.values()]
    assert all(abs(a - b) > 20 for a, b in pairwise(values))


START = datetime(2026, 1, 1, tzinfo=UTC)


def test_trend_in_the_data_shows_rate_over_rows():
    """The rate and the rows it rests on share the time axis."""
    points = tuple(TrendPoint(START + timedelta(days=i), 10, 1) for i in range(3))
    fig = anomalies_charts.trend(Trend("when", "day", points))
    assert list(fig.data[0].y) == [0.1] * 3
    assert list(fig.data[1].y) == [10] * 3
    assert fig.data[1].yaxis == "y2"
