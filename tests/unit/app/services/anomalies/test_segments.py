"""Ratios and their intervals, held against published numbers and another implementation."""

from math import inf, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from scipy.stats.contingency import relative_risk

from app.services.anomalies.segments import informative, risk_ratio


def test_a_published_ratio_comes_out():
    """The aspirin trial of the Physicians' Health Study: 104 of 11,037 against 189 of 11,034."""
    ratio = risk_ratio(189, 11_034, 104, 11_037)
    assert (round(ratio.value, 2), round(ratio.low, 2), round(ratio.high, 2)) == (1.82, 1.43, 2.31)


@given(st.data())
def test_the_interval_is_that_of_scipy(data):
    """Ratio and both ends agree wherever scipy's own log interval is finite."""
    rows, others = (data.draw(st.integers(2, 5000)) for _ in range(2))
    odd, other_odd = (data.draw(st.integers(1, n)) for n in (rows, others))
    ours = risk_ratio(odd, rows, other_odd, others)
    theirs = relative_risk(odd, rows, other_odd, others)
    low, high = theirs.confidence_interval(0.95)
    for mine, expected in ((ours.value, theirs.relative_risk), (ours.low, low), (ours.high, high)):
        assert isclose(mine, expected, rel_tol=1e-9)


def test_a_ratio_without_other_anomalies_stays_finite():
    """Half a row is added, and the interval says how little is known."""
    ratio = risk_ratio(10, 20, 0, 1000)
    assert ratio.value == pytest.approx((10.5 / 20.5) / (0.5 / 1000.5))
    assert 1 < ratio.low < ratio.value < ratio.high < inf


@pytest.mark.parametrize("numbers", [(0, 10, 5, 100), (5, 0, 5, 100), (5, 10, 0, 0)])
def test_nothing_to_compare_has_no_lower_end(numbers):
    """Such a group can never stand out."""
    assert risk_ratio(*numbers).low == 0.0


def test_informative_columns_rank_by_their_g_statistic():
    """It is scipy's likelihood ratio, less the degrees of freedom."""
    groups = [(100, 30), (200, 10), (300, 15)]
    table = [[odd for _, odd in groups], [rows - odd for rows, odd in groups]]
    expected = chi2_contingency(table, lambda_="log-likelihood").statistic - 2
    assert informative(groups) == pytest.approx(expected)


@pytest.mark.parametrize("groups", [[], [(10, 0)], [(10, 10)], [(0, 0)]])
def test_without_both_kinds_of_rows_no_column_tells_anything(groups):
    """No anomaly or nothing else: zero."""
    assert informative(groups) == 0.0
