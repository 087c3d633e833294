"""Risk ratios against published numbers, and the values that stand out among the anomalies."""

from itertools import combinations, pairwise
from math import inf, isclose

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from scipy.stats.contingency import relative_risk

from app.services.anomalies import segments
from app.services.anomalies.segments import (
    LEAST_ANOMALIES,
    LEAST_ROWS,
    Segments,
    informative,
    risk_ratio,
)
from app.services.anomalies.types import View
from app.services.filters import Filter, Op
from tests.fakes.world import ROWS, parquet_bytes, scored


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


EVERYTHING = View()


@pytest.fixture
def run_id(console, world):
    """A run with injected anomalies: wherever it snows, and in the third part of ``load``."""
    random = np.random.default_rng(3)
    table = scored()
    load = random.permutation(np.arange(ROWS))
    snow = np.array(table.column("weather_condition").to_pylist()) == "SNOW"
    anomalous = snow & (random.random(ROWS) < 0.8)
    anomalous |= (load > 1_800) & (random.random(ROWS) < 0.5)
    anomalous |= random.random(ROWS) < 0.01
    flags = {
        "load": pa.array(load),
        "anomaly_pred": pa.array(np.where(anomalous, -1, 1)),
        "severity": pa.array(np.where(anomalous, 95.0, 40.0)),
    }
    kept = table.drop_columns(["anomaly_pred", "severity"])
    for name, values in flags.items():
        kept = kept.append_column(name, values)
    found = console.runs.scored(1)[0].run_id
    world.mlflow.find(found).files["scores/scored.parquet"] = parquet_bytes(kept)
    return found


def ranked(console, run_id, view=EVERYTHING, sets=()):
    """Ask as the page does."""
    return console.anomalies._ranked(run_id, view, sets)


def test_injected_values_stand_out_first(console, run_id):
    """The value itself, and the upper bins of a number, with filters that pick their rows."""
    found = ranked(console, run_id)
    assert found.values[0].label == "weather_condition = SNOW"
    assert any(each.label.startswith("load = 18") for each in found.values)
    assert {"weather_condition", "load"} == set(found.informative[:2])
    for each in found.values:
        counts = console.anomalies.counts(run_id, View(each.filters))
        assert (counts.rows, counts.anomalies) == (each.rows, each.anomalies)
        assert each.anomalies >= LEAST_ANOMALIES
        assert each.rows >= LEAST_ROWS
        assert each.ratio.low > 1


def test_the_surest_come_first(console, run_id):
    """By the lower end of the interval, so that luck in a few rows ranks low."""
    lows = [each.ratio.low for each in ranked(console, run_id).values]
    assert all(first >= second for first, second in pairwise(lows))


def test_pairs_stay_where_they_say_more_than_their_parts(console, run_id):
    """Snow alone explains itself; no pair with it can beat it by being narrower."""
    singles = ranked(console, run_id)
    sets = tuple(combinations(singles.informative, 2))
    pairs = ranked(console, run_id, sets=sets)
    kept = console.anomalies.pairs(run_id)
    assert {"weather_condition", "load"} <= set(singles.informative[: segments.PAIRED_COLUMNS])
    assert any(
        {part.column for part in each.filters} == {"weather_condition", "load"}
        for each in pairs.values
    )
    alone = {each.filters[0]: each.ratio.value for each in singles.values}
    assert len(kept.values) < len(pairs.values)
    for each in kept.values:
        assert len(each.filters) == 2
        assert each.ratio.low > max(alone.get(part, 1.0) for part in each.filters)


def test_segments_follow_the_filters(console, run_id):
    """Without snow something else leads, and a value that all rows share cannot."""
    view = View((Filter("weather_condition", Op.IN, ("CLEAR",)),))
    found = ranked(console, run_id, view)
    assert found.values
    assert all("weather" not in each.label for each in found.values)


@pytest.mark.parametrize("sets", [(), (("weather_condition", "num_units"),)])
@pytest.mark.parametrize(
    "chosen",
    [
        Filter("weather_condition", Op.OUT, ("SNOW",)),
        Filter("weather_condition", Op.IN, ("CLEAR",)),
        Filter("num_units", Op.BETWEEN, (2, None)),
    ],
)
def test_a_view_is_all_rows_without_those_left_out(console, run_id, sets, chosen):
    """Counting the few that are left out gives the same groups."""
    view = View((chosen,))
    rows = console.anomalies.rows_of(run_id)
    whole = segments.grouped(rows, EVERYTHING, sets)
    outside = segments.grouped(rows, view, sets, outside=True)
    inside = segments.grouped(rows, view, sets)
    assert segments.without(whole, outside) == inside


def test_no_column_fills_the_list_alone(console, run_id):
    """Two values of each at the most, the surest ones."""
    found = ranked(console, run_id).values
    shown = segments.varied(found, 5, of_a_kind=1)
    columns = [each.filters[0].column for each in shown]
    assert len(set(columns)) == len(columns)
    assert shown[0] == found[0]
    assert segments.varied(found, 1) == found[:1]


def test_without_anomalies_nothing_stands_out(console, run_id):
    """A threshold beyond every row."""
    assert ranked(console, run_id, View(threshold=100.0)).values == ()


def test_numbers_of_many_values_are_told_by_range(console, run_id):
    """A bin's filter holds the lowest and the highest value that are in it."""
    groups = segments.grouped(console.anomalies.rows_of(run_id), EVERYTHING, (("load",),))
    assert sum(groups.values()) == ROWS
    assert len(groups) == 12


def test_no_column_to_group_by_gives_no_groups(console, world):
    """Only free text and dates."""
    found = console.runs.scored(1)[0].run_id
    table = scored().select(["crash_date", "anomaly_pred", "anomaly_score", "severity"])
    world.mlflow.find(found).files["scores/scored.parquet"] = parquet_bytes(table)
    assert ranked(console, found) == Segments((), ())
