"""What the charts of one run's scores draw."""

from itertools import pairwise

import pytest

from app.charts import palette, scores
from app.services.anomalies import BandShare, Histogram, Summary

BANDS = (
    BandShare("minor", 90.0, 95.0, 50, 0.05),
    BandShare("moderate", 95.0, 99.0, 40, 0.04),
    BandShare("major", 99.0, 99.9, 9, 0.009),
    BandShare("critical", 99.9, 100.0, 1, 0.001),
)


def summary(anomalies):
    """A run of 1,000 rows with this many anomalies."""
    return Summary("r", 1000, anomalies, anomalies / 1000, 90.0, BANDS, (), "")


def test_histogram_stacks_the_counts_in_the_middle_of_each_bin():
    """Both kinds of rows are drawn as they were counted, and the threshold is marked."""
    counts = Histogram((-0.2, -0.1, 0.0, 0.1), (0, 0, 7), (2, 3, 0), 0.0)
    fig = scores.histogram(counts, "Score")
    assert [trace.name for trace in fig.data] == ["Normal", "Anomaly"]
    assert list(fig.data[1].y) == [2, 3, 0]
    assert list(fig.data[0].x) == pytest.approx([-0.15, -0.05, 0.05])
    assert fig.layout.barmode == "stack"
    assert fig.layout.shapes[0].x0 == 0.0


def test_share_adds_up_to_all_rows():
    """Normal rows and the anomalies of each band are every row once."""
    fig = scores.share(summary(100))
    assert dict(zip(fig.data[0].labels, fig.data[0].values, strict=True)) == {
        "Normal": 900,
        "Minor": 50,
        "Moderate": 40,
        "Major": 9,
        "Critical": 1,
    }
    assert "10.0 %" in fig.layout.annotations[0].text


def test_share_takes_the_most_severe_rows_as_anomalies():
    """With fewer anomalies than banded rows, the lower bands stay normal."""
    fig = scores.share(summary(10))
    assert dict(zip(fig.data[0].labels, fig.data[0].values, strict=True)) == {
        "Normal": 990,
        "Major": 9,
        "Critical": 1,
    }


def test_share_names_anomalies_below_the_lowest_band():
    """With a low threshold, anomalies without a band are told apart from normal rows."""
    labels = scores.share(summary(300)).data[0].labels
    assert "Other anomalies" in labels


def test_share_of_a_run_without_anomalies_is_all_normal():
    """No anomaly, one part."""
    assert list(scores.share(summary(0)).data[0].labels) == ["Normal"]


def test_top_shows_the_most_anomalous_first_with_its_band():
    """Longer means further beyond the threshold, and the colour is the band's."""
    fig = scores.top([("Row 7", -0.2, "critical"), ("Row 3", -0.1, "minor")])
    assert list(fig.data[0].x) == [0.2, 0.1]
    assert list(fig.data[0].marker.color) == [
        palette.BANDS["critical"],
        palette.BANDS["minor"],
    ]
    assert fig.layout.yaxis.autorange == "reversed"


@pytest.mark.parametrize(
    ("severity", "band"),
    [(100, "critical"), (99.9, "critical"), (99.89, "major"), (90, "minor"), (89.9, "")],
)
def test_a_band_begins_at_its_lower_end(severity, band):
    """A severity belongs to the highest band that it reaches."""
    assert palette.band_of(severity, BANDS) == band


def test_rows_below_the_lowest_band_are_grey():
    """A name that is no band has the colour of normal rows."""
    assert palette.band_colour("") == palette.NORMAL


def test_the_bands_colours_differ_in_lightness():
    """Readers who see no hue still tell neighbouring bands apart."""

    def lightness(colour):
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    values = [lightness(palette.BANDS[band.name]) for band in BANDS]
    assert all(abs(a - b) > 20 for a, b in pairwise(values))
