"""The drift map, and the shares behind a cell."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from app.clients.errors import Rejected
from app.services.trends.types import DriftCell, drift_map, shift_of

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = FIRST + timedelta(days=1)


def test_the_most_drifted_feature_is_on_top():
    """What was not scored in a stretch is empty, not zero."""
    found = drift_map(
        [DriftCell(FIRST, "a", 0.1), DriftCell(SECOND, "a", 0.2), DriftCell(SECOND, "b", 0.5)]
    )
    assert found.features == ("b", "a")
    assert found.begins == (FIRST, SECOND)
    assert found.values == ((None, 0.5), (0.1, 0.2))
    assert found.peak() == ("b", SECOND)


def test_the_map_of_nothing_has_no_peak():
    """An empty map can be drawn and has nothing to open."""
    assert drift_map([]).peak() is None


def test_many_features_are_cut_and_counted():
    """Forty rows fit a page; the others are told by number."""
    found = drift_map([DriftCell(FIRST, f"f{number:02}", number / 100) for number in range(50)])
    assert (len(found.features), found.features[0], found.hidden) == (40, "f49", 10)


def stored(name):
    """What a score run stores of one column, and of another before it."""
    bins = {"labels": ["a", "missing"], "expected": [0.9, 0.1], "actual": [0.7, 0.3]}
    return json.dumps([bins | {"name": each, "psi": 0.1, "drifted": False} for each in ("x", name)])


def test_shares_are_found_by_the_name_of_the_metric():
    """MLflow's name of a column may differ from its own."""
    found = shift_of(stored("speed (km/h)"), "speed _km_h_")
    assert found.name == "speed (km/h)"
    assert (found.labels, found.expected, found.actual) == (
        ("a", "missing"),
        (0.9, 0.1),
        (0.7, 0.3),
    )
    assert shift_of(stored("y"), "z") is None


def test_a_file_of_another_shape_is_refused():
    """The message names the file."""
    with pytest.raises(Rejected, match=r"drift\.json"):
        shift_of('{"a": 1}', "a")
