"""Values that stand out among the anomalies of a run."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from app.services.anomalies import segments
from app.services.anomalies.segments import LEAST_ANOMALIES, LEAST_ROWS, Segments
from app.services.anomalies.types import View
from app.services.filters import Filter, Op
from tests.fakes.world import ROWS, parquet_bytes, scored

EVERYTHING = View()


@pytest.fixture
def run_id(console, world):
    """A run with anomalies planted: wherever it snows, and in the third part of ``load``."""
    random = np.random.default_rng(3)
    table = scored()
    load = random.permutation(np.arange(ROWS))
    snow = np.array(table.column("weather_condition").to_pylist()) == "SNOW"
    odd = (snow & (random.random(ROWS) < 0.8)) | ((load > 1_800) & (random.random(ROWS) < 0.5))
    odd |= random.random(ROWS) < 0.01
    flags = {
        "load": pa.array(load),
        "anomaly_pred": pa.array(np.where(odd, -1, 1)),
        "severity": pa.array(np.where(odd, 95.0, 40.0)),
    }
    kept = table.drop_columns(["anomaly_pred", "severity"])
    for name, values in flags.items():
        kept = kept.append_column(name, values)
    found = console.runs.latest_score().run_id
    world.mlflow.find(found).files["scores/scored.parquet"] = parquet_bytes(kept)
    return found


def ranked(console, run_id, view=EVERYTHING, sets=()):
    """Ask as the page does."""
    groups = [console.anomalies.grouped(run_id, view, sets, odd=odd) for odd in (False, True)]
    return console.anomalies.ranked(run_id, *groups, console.anomalies.counts(run_id, view))


def test_planted_values_stand_out_first(console, run_id):
    """The value itself, and the upper bins of a number, with filters that pick their rows."""
    found = ranked(console, run_id)
    assert found.values[0].label == "weather_condition = SNOW"
    assert any(each.label.startswith("load = 18") for each in found.values)
    assert {"weather_condition", "load"} == set(found.telling[:2])
    for each in found.values:
        counts = console.anomalies.counts(run_id, View(each.picks))
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
    sets = segments.pair_sets(singles.telling)
    assert ("weather_condition", "load") in sets or ("load", "weather_condition") in sets
    pairs = ranked(console, run_id, sets=sets)
    kept = segments.more_than_parts(pairs, singles)
    alone = {each.picks[0]: each.ratio.value for each in singles.values}
    assert len(kept.values) < len(pairs.values)
    for each in kept.values:
        assert len(each.picks) == 2
        assert each.ratio.low > max(alone.get(pick, 1.0) for pick in each.picks)


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
    whole = console.anomalies.grouped(run_id, EVERYTHING, sets, odd=False)
    outside = console.anomalies.grouped(run_id, view, sets, odd=False, outside=True)
    inside = console.anomalies.grouped(run_id, view, sets, odd=False)
    assert segments.without(whole, outside) == inside


def test_no_column_fills_the_list_alone(console, run_id):
    """Two values of each at the most, the surest ones."""
    found = ranked(console, run_id).values
    shown = segments.varied(found, 5, of_a_kind=1)
    columns = [each.picks[0].column for each in shown]
    assert len(set(columns)) == len(columns)
    assert shown[0] == found[0]
    assert segments.varied(found, 1) == found[:1]


def test_without_anomalies_nothing_stands_out(console, run_id):
    """A threshold beyond every row."""
    assert ranked(console, run_id, View(threshold=100.0)).values == ()


def test_numbers_of_many_values_are_told_by_range(console, run_id):
    """A bin's filter holds the lowest and the highest value that are in it."""
    groups = console.anomalies.grouped(run_id, EVERYTHING, (("load",),), odd=False)
    assert sum(groups.values()) == ROWS
    assert len(groups) == 12


def test_no_column_to_group_by_gives_no_groups(console, world):
    """Only free text and dates."""
    found = console.runs.latest_score().run_id
    table = scored().select(["crash_date", "anomaly_pred", "anomaly_score", "severity"])
    world.mlflow.find(found).files["scores/scored.parquet"] = parquet_bytes(table)
    assert ranked(console, found) == Segments((), ())
