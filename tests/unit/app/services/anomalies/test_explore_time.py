"""When anomalies happen."""

# ruff: noqa: DTZ001 - the times in the data have no zone

from datetime import datetime, timedelta

import numpy as np
import pytest

from app.clients.errors import NotFound
from app.services.anomalies.timeline import fitting_grain, pick_time, severity_reached
from app.services.anomalies.types import View
from app.services.filters import Filter, Op
from pipeline.report.summary import shown_span
from tests.fakes.world import ROWS, parquet_bytes, scored

EVERYTHING = View()


def test_a_trend_counts_every_dated_row(console, run_id):
    """The spans' rows add up to all rows."""
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


def test_without_dates_there_is_neither_trend_nor_lanes(console, world, run_id):
    """Numbers only: the page can say so."""
    table = scored().drop_columns("crash_date")
    world.mlflow.find(run_id).files["scores/scored.parquet"] = parquet_bytes(table)
    trend = console.anomalies.trend(run_id)
    assert (trend.column, trend.grain, trend.points) == ("", "", ())
    assert console.anomalies.summary(run_id).date_column == ""
    assert console.anomalies.lanes(run_id, EVERYTHING, "weather_condition") is None


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


def test_a_stray_date_does_not_set_the_scale():
    """One wrong century in a thousand rows is left out of the span, ordinary ends are not."""
    first = datetime(2026, 1, 1)
    when = [first + timedelta(hours=hour) for hour in range(1000)]
    assert shown_span(when[0], when[10], when[989], when[-1]) == (when[0], when[-1])
    start, end = shown_span(when[0], when[10], when[989], datetime(2126, 1, 1))
    assert start == when[0]
    assert when[-1] < end < when[-1] + timedelta(days=20)


@pytest.mark.parametrize("column", ["weather_condition", "num_units"])
def test_lanes_hold_every_row_of_their_values(console, run_id, column):
    """Categories and numbers of few values alike; the most frequent value comes first."""
    lanes = console.anomalies.lanes(run_id, EVERYTHING, column)
    assert sum(map(sum, lanes.rows)) == ROWS
    assert sum(map(sum, lanes.anomalies)) == 200
    totals = [sum(lane) for lane in lanes.rows]
    assert totals == sorted(totals, reverse=True)
    assert len(lanes.starts) == len(lanes.rows[0]) + 1
    picked = console.anomalies.counts(run_id, View((lanes.picks[1],)))
    assert picked.rows == totals[1]


def test_lanes_of_what_cannot_be_told_apart_are_refused(console, run_id):
    """A column of dates has no lanes."""
    with pytest.raises(NotFound, match="too many values"):
        console.anomalies.lanes(run_id, EVERYTHING, "crash_date")


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


def test_a_picked_span_ends_before_the_next_begins():
    """No row belongs to two spans."""
    chosen = pick_time("d", datetime(2026, 1, 1), datetime(2026, 2, 1))
    assert chosen.values == ("2026-01-01T00:00:00", "2026-01-31T23:59:59.999999")
