"""Histograms, the trend and the heatmap of a view."""

# ruff: noqa: DTZ001 - the times in the data have no zone

from datetime import datetime, timedelta

import numpy as np
import pytest

from app.services.anomalies import database
from app.services.anomalies.queries import fitting_grain, severity_reached, steps, time_filter
from app.services.anomalies.types import View
from app.services.filters import Filter, Op
from pipeline.errors import NotFound
from pipeline.model.threshold import BANDS
from pipeline.report.summary import range_without_outliers
from tests.fakes.world import ROWS, parquet_bytes, scored


def test_every_row_is_in_one_bin_of_severity(console, run_id):
    """The counts add up, and so does what is expected."""
    histogram = console.anomalies.severity_histogram(run_id)
    assert len(histogram.edges) == len(histogram.normal) + 1
    assert (sum(histogram.normal), sum(histogram.anomalous)) == (ROWS - 200, 200)
    assert sum(histogram.expected) == pytest.approx(ROWS)


def test_expected_rows_match_severities_that_are_percentiles(console, run_id):
    """The rows of a training file lie where they are expected."""
    histogram = console.anomalies.severity_histogram(run_id)
    for *rows, expected in zip(
        histogram.normal, histogram.anomalous, histogram.expected, strict=True
    ):
        assert sum(rows) == pytest.approx(expected, abs=2)


def test_edges_of_severity_include_the_bands(console, run_id):
    """Colours change at an edge, where the band is a power of ten."""
    edges = console.anomalies.severity_histogram(run_id).edges
    for low in (low for _, low in BANDS if low != 95.0):
        assert min(abs(edge - low) for edge in edges) < 1e-9


def test_histogram_follows_threshold_and_filters(console, run_id):
    """Half of the rows, another threshold."""
    view = View((Filter("weather_condition", Op.OUT, ("CLEAR",)),), 99.0)
    histogram, counts = (
        console.anomalies.severity_histogram(run_id, view),
        console.anomalies.counts(run_id, view),
    )
    assert sum(histogram.normal) == counts.rows - counts.anomalies
    assert sum(histogram.anomalous) == counts.anomalies
    assert 0 < counts.anomalies < 20


def test_score_histogram_has_an_edge_on_the_models_threshold(console, run_id):
    """Every row is in one bin, and no bin has anomalies on the normal side."""
    histogram = console.anomalies.score_histogram(run_id)
    assert len(histogram.edges) == len(histogram.normal) + 1 == len(histogram.anomalous) + 1
    assert (sum(histogram.normal), sum(histogram.anomalous)) == (1_800, 200)
    assert min(abs(edge) for edge in histogram.edges) < 1e-12
    for normal, anomalous in zip(histogram.normal, histogram.anomalous, strict=True):
        assert not (normal and anomalous)


def test_score_histogram_has_an_edge_on_the_threshold_that_the_run_used(world, console, run_id):
    """Where people had decided on another than the training's."""
    world.mlflow.find(run_id).metrics["score_threshold"] = -0.02
    histogram = console.anomalies.score_histogram(run_id)
    assert console.anomalies.summary(run_id).score_threshold == -0.02
    assert min(abs(edge + 0.02) for edge in histogram.edges) < 1e-12


def test_histogram_of_no_rows_is_empty(console, run_id):
    """No row, no failure."""
    view = View((Filter("weather_condition", Op.IN, ("nothing",)),))
    assert sum(console.anomalies.score_histogram(run_id, view).normal) == 0
    assert sum(console.anomalies.severity_histogram(run_id, view).normal) == 0


def test_a_severity_has_its_score(console, run_id):
    """The least anomalous score among the rows from that severity up; none above the highest."""
    assert console.anomalies.score_at(run_id, 90.0) < 0
    assert console.anomalies.score_at(run_id, 99.0) < console.anomalies.score_at(run_id, 90.0)
    assert console.anomalies.score_at(run_id, 100.0) is None


@pytest.mark.parametrize(
    ("low", "high", "threshold", "expected"),
    [
        (0.0, 10.0, 4.0, (0.0, 2.0, 5)),
        (0.0, 10.0, 5.0, (-1.0, 2.0, 6)),
        (0.0, 10.0, 20.0, (0.0, 2.0, 5)),
        (3.0, 3.0, 0.0, (3.0, 1.0, 1)),
    ],
)
def test_steps_cover_the_range_with_an_edge_on_the_threshold(low, high, threshold, expected):
    """A threshold outside the range moves nothing; equal values need one bin."""
    first, step, count = steps(low, high, threshold, 5)
    assert (first, step, count) == expected
    assert first <= low
    assert first + step * count >= high


def test_severity_has_twenty_bins_per_decade():
    """Twenty for each tenfold rarity, and one for all beyond."""
    assert database.LAST_BIN == 4 * database.BINS_PER_DECADE


EVERYTHING = View()


def test_a_trend_counts_every_dated_row(console, run_id):
    """The rows of the periods add up to all rows."""
    trend = console.anomalies.trend(run_id)
    assert (trend.column, trend.grain) == ("crash_date", "month")
    assert sum(point.rows for point in trend.points) == ROWS
    assert sum(point.anomalies for point in trend.points) == 200
    assert all(point.rate == point.anomalies / point.rows for point in trend.points)


def test_a_narrower_trend_has_a_finer_grain(console, run_id):
    """Zooming in shows more, not the same larger."""
    days = Filter("crash_date", Op.BETWEEN, ("2022-03-01", "2022-03-31T23:59:59"))
    trend = console.anomalies.trend(run_id, View((days,)))
    assert trend.grain == "day"
    assert {point.start.month for point in trend.points} == {3}


def test_without_dates_there_is_neither_trend_nor_heatmap(console, world, run_id):
    """Numbers only: the page can say so."""
    table = scored().drop_columns("crash_date")
    world.mlflow.find(run_id).files["scores/scored.parquet"] = parquet_bytes(table)
    trend = console.anomalies.trend(run_id)
    assert (trend.column, trend.grain, trend.points) == ("", "", ())
    assert console.anomalies.summary(run_id).date_column == ""
    assert console.anomalies.heatmap(run_id, EVERYTHING, "weather_condition") is None


@pytest.mark.parametrize(
    ("last", "grain"),
    [
        (datetime(2026, 1, 3), "hour"),
        (datetime(2026, 4, 1), "day"),
        (datetime(2028, 1, 1), "week"),
        (datetime(2034, 1, 1), "month"),
        (datetime(2050, 1, 1), "quarter"),
        (datetime(2226, 1, 1), "year"),
    ],
)
def test_the_grain_gives_a_readable_number_of_points(last, grain):
    """From two days by hour to two centuries by year."""
    assert fitting_grain((datetime(2026, 1, 1), last)) == grain


def test_outlying_date_does_not_set_the_scale():
    """One wrong century in a thousand rows is left out of the range, ordinary ends are not."""
    first = datetime(2026, 1, 1)
    when = [first + timedelta(hours=hour) for hour in range(1000)]
    assert range_without_outliers(when[0], when[10], when[989], when[-1]) == (when[0], when[-1])
    start, end = range_without_outliers(when[0], when[10], when[989], datetime(2126, 1, 1))
    assert start == when[0]
    assert when[-1] < end < when[-1] + timedelta(days=20)


@pytest.mark.parametrize("column", ["weather_condition", "num_units"])
def test_heatmap_holds_every_row_of_its_values(console, run_id, column):
    """Categories and numbers of few values alike; the most frequent value comes first."""
    heatmap = console.anomalies.heatmap(run_id, EVERYTHING, column)
    assert sum(map(sum, heatmap.rows)) == ROWS
    assert sum(map(sum, heatmap.anomalies)) == 200
    totals = [sum(line) for line in heatmap.rows]
    assert totals == sorted(totals, reverse=True)
    assert len(heatmap.starts) == len(heatmap.rows[0]) + 1
    picked = console.anomalies.counts(run_id, View((heatmap.filters[1],)))
    assert picked.rows == totals[1]


def test_heatmap_of_too_many_values_is_refused(console, run_id):
    """A column of dates has no heatmap."""
    with pytest.raises(NotFound, match="too many values"):
        console.anomalies.heatmap(run_id, EVERYTHING, "crash_date")


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        (np.linspace(0, 99.99, 100_000), 90.0),
        (np.r_[np.linspace(0, 90, 8_000), np.linspace(90, 100, 2_000)], 95.0),
        (np.full(100, 99.0), 99.0),
    ],
)
def test_a_cells_severity_is_the_one_that_a_tenth_of_its_rows_reaches(severities, expected):
    """90 where rows are like the training data, 95 where twice as many lie beyond 90."""
    rarity = -np.log10(np.maximum(1 - severities / 100, 1e-9))
    bins = np.minimum(np.floor(rarity * 10 + 1e-9), 40).astype(int)
    found = severity_reached(np.bincount(bins, minlength=41))
    assert found == pytest.approx(expected, abs=0.6)


def test_a_few_rows_have_no_severity_of_their_own():
    """Nine rows say nothing about one in ten."""
    assert severity_reached(np.array([0, 9])) is None


def test_time_filter_ends_before_the_next_period_begins():
    """No row belongs to two periods."""
    chosen = time_filter("d", datetime(2026, 1, 1), datetime(2026, 2, 1))
    assert chosen.values == ("2026-01-01T00:00:00", "2026-01-31T23:59:59.999999")
