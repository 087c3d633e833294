"""What a selection in a chart becomes."""

# ruff: noqa: DTZ001 - the times in the data have no zone

from datetime import datetime

import pyarrow as pa
import pytest

from app.services.anomalies.types import Cloud, Field, Kind, Trend, TrendPoint
from app.services.filters import Filter, Op
from app.ui.anomalies import filters as anomalies_filters
from app.ui.anomalies import overview, patterns

MONTHS = Trend(
    "day", "month", tuple(TrendPoint(datetime(2026, m, 1), 10, 1, 0.1) for m in (1, 2, 3, 6))
)


def picked(op, *values):
    """Return a filter on the column k."""
    return Filter("k", op, values)


def test_points_of_a_trend_become_the_time_they_span():
    """From the first to the end of the last."""
    chosen = overview.picked_time(MONTHS, [1, 0])
    assert chosen.values == ("2026-01-01T00:00:00", "2026-02-28T23:59:59.999999")


def test_the_last_point_keeps_its_whole_span():
    """Also where months without rows follow."""
    chosen = overview.picked_time(MONTHS, [3])
    assert chosen.values[1] >= "2026-06-30T23"
    assert overview.picked_time(MONTHS, [2]).values[1] >= "2026-03-31T23"


@pytest.mark.parametrize(
    ("column", "low", "high", "whole", "expected"),
    [
        ("severity", 1.0, 2.0, False, (90.0, 99.0)),
        ("severity", 2.0, 4.05, True, (99.0, None)),
        ("anomaly_score", -0.2, -0.1, False, (-0.2, -0.1)),
    ],
)
def test_bins_become_a_range_of_their_column(column, low, high, whole, expected):
    """In the column's own unit; the topmost bin has no upper end."""
    assert overview.span_of(column, low, high, whole=whole).values == expected


def test_lanes_become_their_values():
    """Several categories together, neighbouring bins as one range, all lanes as no filter."""
    texts = (picked(Op.IN, "a"), picked(Op.IN, None), picked(Op.IN, "c"))
    assert patterns.picked_lanes(texts, [[0, 5], [1, 5]]) == [picked(Op.IN, "a", None)]
    assert patterns.picked_lanes(texts, [[0, 1], [1, 1], [2, 1]]) == []
    bins = (picked(Op.BETWEEN, 0, 1), picked(Op.BETWEEN, 2, 5), picked(Op.BETWEEN, 6, 9))
    assert patterns.picked_lanes(bins, [[0, 1], [1, 1]]) == [picked(Op.BETWEEN, 0, 5)]


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
    found = Cloud(table, table.slice(0, 0), 3, 0)
    assert patterns.around(found, {10, 11, 12}, "x", "k") == expected


@pytest.mark.parametrize(
    ("kind", "form", "expected"),
    [
        (Kind.CATEGORY, {"filter-values-k": ["a", None]}, [picked(Op.IN, "a", None)]),
        (
            Kind.CATEGORY,
            {"filter-values-k": ["a"], "filter-keep": "All but these", "filter-words": " x "},
            [picked(Op.OUT, "a"), picked(Op.CONTAINS, "x")],
        ),
        (Kind.NUMBER, {"filter-low": 0.0, "filter-high": None}, [picked(Op.BETWEEN, 0.0, None)]),
        (
            Kind.DATE,
            {"filter-dates": (datetime(2026, 1, 1), datetime(2026, 1, 3))},
            [picked(Op.BETWEEN, "2026-01-01T00:00:00", "2026-01-03T23:59:59.999999")],
        ),
        (Kind.TEXT, {"filter-words": "  "}, []),
        (Kind.NUMBER, {}, []),
    ],
)
def test_what_was_typed_becomes_filters(kind, form, expected):
    """Only what fits the column's kind, and nothing for an empty form."""
    assert anomalies_filters.typed(Field("k", kind, 5), form) == expected


def test_the_slider_stands_on_the_models_own_threshold():
    """Finer towards the top, and wherever an address put it."""
    places = overview.places(90.0312, 12.34)
    assert {90.0312, 12.34, 0.0, 100.0} <= set(places)
    assert places == sorted(set(places))
    assert sum(place >= 99 for place in places) == 101
