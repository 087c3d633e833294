"""Filters in an address, and in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.anomalies.filters import from_text, from_texts, in_words, to_text
from app.services.anomalies.types import Filter, Op, View

SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text()
LISTED = st.builds(
    Filter,
    st.text(),
    st.sampled_from([Op.IN, Op.OUT]),
    st.lists(SCALARS, min_size=1, max_size=5).map(tuple),
)


@given(LISTED)
def test_an_address_gives_back_what_it_was_made_of(chosen):
    """Whatever the column and the values are called."""
    assert from_text(to_text(chosen)) == chosen


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
        "[" * 2000,
    ],
)
def test_what_is_no_filter_is_left_out(text):
    """Anyone can type an address; the page is drawn all the same."""
    assert from_texts([text]) == ()


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
    ],
)
def test_a_filter_in_words(chosen, words):
    """A reader needs no other explanation."""
    assert in_words(chosen) == words


def test_a_filter_takes_the_place_of_its_like():
    """Another range of a column replaces the first; filters on other columns stay."""
    first, second = (Filter("units", Op.BETWEEN, (low, 9)) for low in (1, 2))
    other = Filter("weather", Op.IN, ("RAIN",))
    view = View((first, other)).with_filters(second)
    assert view.filters == (other, second)
    assert view.without(other).filters == (second,)
