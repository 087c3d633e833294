"""The scope of trends, the drift heatmap, and the shares behind a cell."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from app.services.trends.types import DriftCell, Grain, Scope, drift_heatmap, shift_of
from pipeline.errors import Rejected

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = FIRST + timedelta(days=1)


def test_scope_covers_whole_days_in_utc_or_everything():
    """Without days and dates both ends are open."""
    day = Scope(first=date(2026, 3, 1), last=date(2026, 3, 1))
    assert day.since(FIRST) == datetime(2026, 3, 1, tzinfo=UTC)
    assert day.until() == datetime(2026, 3, 2, tzinfo=UTC)
    assert (Scope().since(FIRST), Scope().until()) == (None, None)


@pytest.mark.parametrize(
    ("days", "grain"),
    [(7, Grain.RUN), (30, Grain.DAY), (365, Grain.WEEK), (9_999, Grain.MONTH), (None, Grain.WEEK)],
)
def test_automatic_grain_follows_the_time_range(days, grain):
    """Points keep apart whatever the range."""
    assert Scope(days=days).automatic_grain is grain


def test_automatic_grain_of_custom_days_counts_both_ends():
    """Fourteen days are the most for single runs."""
    first = date(2026, 1, 1)
    assert Scope(first=first, last=date(2026, 1, 14)).automatic_grain is Grain.RUN
    assert Scope(first=first, last=date(2026, 1, 15)).automatic_grain is Grain.DAY


def test_period_ends_where_the_next_starts():
    """Months differ in length; the period of a run is one moment."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    assert Grain.DAY.following(first) == datetime(2026, 1, 2, tzinfo=UTC)
    assert Grain.WEEK.following(first) == datetime(2026, 1, 8, tzinfo=UTC)
    assert Grain.MONTH.following(first) == datetime(2026, 2, 1, tzinfo=UTC)
    assert first < Grain.RUN.following(first) < first + timedelta(milliseconds=1)


def test_most_drifted_feature_comes_first():
    """A period without a scoring is None, not zero."""
    found = drift_heatmap(
        [DriftCell(FIRST, "a", 0.1), DriftCell(SECOND, "a", 0.2), DriftCell(SECOND, "b", 0.5)]
    )
    assert found.features == ("b", "a")
    assert found.begins == (FIRST, SECOND)
    assert found.values == ((None, 0.5), (0.1, 0.2))
    assert found.peak() == ("b", SECOND)


def test_empty_heatmap_has_no_peak():
    """There is no cell to open."""
    assert drift_heatmap([]).peak() is None


def test_heatmap_counts_the_features_it_leaves_out():
    """Forty rows fit a page."""
    found = drift_heatmap([DriftCell(FIRST, f"f{number:02}", number / 100) for number in range(50)])
    assert (len(found.features), found.features[0], found.hidden) == (40, "f49", 10)


def stored(name):
    """The drift.json of a score run with a column and another before it."""
    bins = {"labels": ["a", "missing"], "expected": [0.9, 0.1], "actual": [0.7, 0.3]}
    return json.dumps([bins | {"name": each, "psi": 0.1, "drifted": False} for each in ("x", name)])


def test_shares_are_found_by_the_metric_name():
    """MLflow's name of a column may differ from its own."""
    found = shift_of(stored("speed (km/h)"), "speed _km_h_")
    assert found.name == "speed (km/h)"
    assert (found.labels, found.expected, found.actual) == (
        ("a", "missing"),
        (0.9, 0.1),
        (0.7, 0.3),
    )
    assert shift_of(stored("y"), "z") is None


def test_malformed_drift_file_is_rejected():
    """The message names the file."""
    with pytest.raises(Rejected, match=r"drift\.json"):
        shift_of('{"a": 1}', "a")
