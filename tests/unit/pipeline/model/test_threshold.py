"""Threshold: flags, severity and bands from scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.threshold import BANDS, Threshold, band, flags

SCORES = st.lists(st.floats(-1, 1), min_size=1, max_size=200)


def test_below_zero_is_an_anomaly() -> None:
    """Zero itself is normal, as in scikit-learn."""
    assert flags(np.array([-1e-12, 0.0, 0.1])).tolist() == [-1, 1, 1]


def test_another_threshold_may_be_decided() -> None:
    """What scores below it is an anomaly, the threshold itself is not."""
    assert flags(np.array([-0.3, -0.2, 0.1]), -0.2).tolist() == [-1, 1, 1]


def test_severity_is_the_share_of_less_anomalous_training_rows() -> None:
    """Of four training rows, three score above the lowest."""
    threshold = Threshold.of_training(np.array([0.3, -0.2, 0.1, 0.2]), -0.5, 0.1)
    assert threshold.severity(np.array([-0.2, 0.1, 0.3])).tolist() == [75, 50, 0]


def test_rows_beyond_all_training_rows_are_at_the_ends() -> None:
    """More anomalous than any is 100, less than any is 0."""
    threshold = Threshold.of_training(np.array([-0.2, 0.3]), -0.5, 0.1)
    assert threshold.severity(np.array([-0.9, 0.9])).tolist() == [100, 0]


@given(SCORES, SCORES)
def test_severity_never_falls_as_scores_fall(training, scores) -> None:
    """Severity orders rows as scores do, the other way round, and stays within 0 to 100.

    Interpolation rounds, so equal shares may differ in the last of their digits.
    """
    severity = Threshold.of_training(np.array(training), 0, 0.1).severity(np.sort(scores))
    assert (np.diff(severity) <= 1e-9).all()
    assert ((severity >= 0) & (severity <= 100)).all()


def test_scores_that_differ_by_next_to_nothing_are_one() -> None:
    """Between numbers so near to each other an interpolation would overflow."""
    threshold = Threshold.of_training(np.array([0.0, -2e-313]), 0, 0.1)
    assert threshold.severity(np.array([-5e-324, 0.1, -0.1])).tolist() == [0, 0, 100]


def test_a_brief_reference_is_as_good_as_all_scores() -> None:
    """Severity is within a tenth of a percent, and exact where the upper bands lie."""
    scores = np.random.default_rng(0).normal(size=50_000)
    threshold = Threshold.of_training(scores, 0, 0.1)
    exact = 100 * (1 - np.searchsorted(np.sort(scores), scores, side="right") / len(scores))
    severity = threshold.severity(scores)
    assert len(threshold.scores) <= 2_000
    assert np.abs(severity - exact).max() < 0.1
    worst = np.argsort(scores)[:900]
    assert severity[worst] == pytest.approx(exact[worst], abs=1e-9)


def test_a_threshold_survives_json() -> None:
    """What is stored with the model gives the very same severities."""
    threshold = Threshold.of_training(np.random.default_rng(1).normal(size=100), -0.4, 0.1)
    assert Threshold.from_json(threshold.to_json()) == threshold


@pytest.mark.parametrize(("name", "start"), BANDS)
def test_a_band_begins_at_its_severity(name, start) -> None:
    """Its first value belongs to it, the one before does not."""
    assert band(start) == name
    assert band(np.nextafter(start, 0)) != name


def test_below_the_bands_is_normal() -> None:
    """Most rows have no band."""
    assert band(89.9) == "normal"
