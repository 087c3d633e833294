"""Filters: their text in an address, their labels, and time ranges."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.anomalies.types import View
from app.services.filters import Filter, Op, TimeRange, parse, parse_all

SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text()
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LISTED = st.builds(
    Filter,
    st.text(),
    st.sampled_from([Op.IN, Op.OUT]),
    st.lists(SCALARS, min_size=1, max_size=5).map(tuple),
)


@given(LISTED)
def test_filter_survives_its_address(chosen):
    """Whatever the column and the values are called."""
    assert parse(chosen.to_text()) == chosen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "weather",
        "{}",
        '["weather"]',
        '["weather","in"]',
        '["weather","like","x"]',
        '["weather","contains",""]',
        '["units","between",1]',
        '["units","between",null,null]',
        '["units","between",1,"x"]',
        '["when","between","yesterday",null]',
        '["units","in",[1]]',
        '["units","<"]',
        '["units","<",null]',
        "[" * 2000,
    ],
)
def test_malformed_filter_is_left_out(text):
    """Anyone can type an address; the page is drawn all the same."""
    assert parse_all([text]) == ()


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (Filter("weather", Op.IN, ("RAIN",)), "weather is RAIN"),
        (Filter("w", Op.IN, ("a", "b", "c", "d", "e")), "w is a or b or c or 2 more"),
        (Filter("weather", Op.OUT, ("RAIN", None)), "weather is not RAIN or missing"),
        (Filter("units", Op.BETWEEN, (2, 4)), "units from 2 to 4"),
        (Filter("units", Op.BETWEEN, (2.5, None)), "units from 2.5"),
        (Filter("units", Op.BETWEEN, (None, 4)), "units up to 4"),
        (Filter("units", Op.BETWEEN, (4, 4)), "units is 4"),
        (Filter("d", Op.BETWEEN, ("2026-01-01T00:00:00", None)), "d from 2026-01-01"),
        (Filter("cause", Op.CONTAINS, ("ice",)), "cause contains “ice”"),
        (Filter("metrics.rate", Op.AT_LEAST, (0.1,)), "metrics.rate ≥ 0.1"),
    ],
)
def test_filter_has_a_readable_label(chosen, words):
    """A reader needs no other explanation."""
    assert chosen.label == words


def test_filter_replaces_one_on_the_same_column():
    """Another range of a column replaces the first; filters on other columns stay."""
    first, second = (Filter("units", Op.BETWEEN, (low, 9)) for low in (1, 2))
    other = Filter("weather", Op.IN, ("RAIN",))
    view = View((first, other)).with_filters(second)
    assert view.filters == (other, second)
    assert view.without(other).filters == (second,)


def test_time_range_includes_both_days_of_its_zone():
    """It begins at midnight of the first day and ends with the last."""
    zone = timezone(timedelta(hours=2))
    chosen = TimeRange(first=date(2026, 1, 30), last=date(2026, 1, 31))
    assert chosen.since(NOW, zone) == datetime(2026, 1, 30, tzinfo=zone)
    assert chosen.until(zone) == datetime(2026, 2, 1, tzinfo=zone)


def test_time_range_counts_days_back_from_now():
    """Without dates it has no end."""
    chosen = TimeRange(days=7)
    assert (chosen.since(NOW), chosen.until()) == (NOW - timedelta(days=7), None)
    assert TimeRange().since(NOW) is None
