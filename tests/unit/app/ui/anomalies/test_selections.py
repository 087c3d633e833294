"""Filters made from selections in charts and from the form."""

# ruff: noqa: DTZ001 - the times in the data have no zone

from datetime import datetime

import pyarrow as pa
import pytest

from app.services.anomalies.types import ColumnKind, Scatter, ScoredColumn, Trend, TrendPoint
from app.services.filters import Filter, Op
from app.ui.anomalies import filters, overview, patterns

MONTHS = Trend("day", "month", tuple(TrendPoint(datetime(2026, m, 1), 10, 1) for m in (1, 2, 3, 6)))


def picked(op, *values):
    """Return a filter on the column k."""
    return Filter("k", op, values)


def test_points_of_a_trend_become_their_time_range():
    """From the first to the end of the last."""
    chosen = overview.trend_filter(MONTHS, [1, 0])
    assert chosen.values == ("2026-01-01T00:00:00", "2026-02-28T23:59:59.999999")


def test_last_point_keeps_its_whole_period():
    """Also where months without rows follow."""
    chosen = overview.trend_filter(MONTHS, [3])
    assert chosen.values[1] >= "2026-06-30T23"
    assert overview.trend_filter(MONTHS, [2]).values[1] >= "2026-03-31T23"


@pytest.mark.parametrize(
    ("column", "low", "high", "expected"),
    [
        ("severity", 90.00001, 99.0, (90.0, 99.0)),
        ("severity", 99.0, None, (99.0, None)),
        ("anomaly_score", -0.2, -0.1, (-0.2, -0.1)),
    ],
)
def test_bins_become_a_range_of_their_column(column, low, high, expected):
    """In the column's own unit; the topmost bin has no upper end."""
    assert overview.bin_filter(column, low, high).values == expected


def test_lines_become_their_values():
    """Several categories together, neighbouring bins as one range, all lines as no filter."""
    texts = (picked(Op.IN, "a"), picked(Op.IN, None), picked(Op.IN, "c"))
    assert patterns.line_filters(texts, {0, 1}) == [picked(Op.IN, "a", None)]
    assert patterns.line_filters(texts, {0, 1, 2}) == []
    bins = (picked(Op.BETWEEN, 0, 1), picked(Op.BETWEEN, 2, 5), picked(Op.BETWEEN, 6, 9))
    assert patterns.line_filters(bins, {0, 1}) == [picked(Op.BETWEEN, 0, 5)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3, None, 7], picked(Op.BETWEEN, 3, 7)),
        (["b", "a", "b"], picked(Op.IN, "a", "b")),
        ([None, None, None], None),
        (
            [datetime(2026, 1, 2), datetime(2026, 1, 1), None],
            picked(Op.BETWEEN, "2026-01-01T00:00:00", "2026-01-02T00:00:00"),
        ),
    ],
)
def test_points_become_what_holds_them(values, expected):
    """Numbers and dates a range, texts their values; a point without a value holds nothing."""
    kind = pa.array(values) if expected else pa.array(values, pa.int64())
    table = pa.table({"x": kind, "y": [1, 2, 3], "row": [10, 11, 12]})
    found = Scatter(table, table.slice(0, 0), 3, 0)
    assert patterns.scatter_filter(found, {10, 11, 12}, "x", "k") == expected


@pytest.mark.parametrize(
    ("kind", "form", "expected"),
    [
        (ColumnKind.CATEGORY, {"filter-values-k": ["a", None]}, [picked(Op.IN, "a", None)]),
        (
            ColumnKind.CATEGORY,
            {"filter-values-k": ["a"], "filter-keep": "All but these", "filter-text": " x "},
            [picked(Op.OUT, "a"), picked(Op.CONTAINS, "x")],
        ),
        (
            ColumnKind.NUMBER,
            {"filter-low": 0.0, "filter-high": None},
            [picked(Op.BETWEEN, 0.0, None)],
        ),
        (
            ColumnKind.DATE,
            {"filter-dates": (datetime(2026, 1, 1), datetime(2026, 1, 3))},
            [picked(Op.BETWEEN, "2026-01-01T00:00:00", "2026-01-03T23:59:59.999999")],
        ),
        (ColumnKind.TEXT, {"filter-text": "  "}, []),
        (ColumnKind.NUMBER, {}, []),
    ],
)
def test_what_was_typed_becomes_filters(kind, form, expected):
    """Only what fits the column's kind, and nothing for an empty form."""
    assert filters.entered(ScoredColumn("k", kind, 5), form) == expected


def test_the_slider_stands_on_the_models_own_threshold():
    """Finer towards the top, and wherever an address put it."""
    stops = overview.slider_stops(90.0312, 12.34)
    assert {90.0312, 12.34, 0.0, 100.0} <= set(stops)
    assert stops == sorted(set(stops))
    assert sum(stop >= 99 for stop in stops) == 101
