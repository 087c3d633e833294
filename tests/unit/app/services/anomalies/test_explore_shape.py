"""How a run's scores are distributed."""

import pytest

from app.services.anomalies import distribution
from app.services.anomalies.distribution import steps
from app.services.anomalies.types import View
from app.services.filters import Filter, Op
from pipeline.model.threshold import BANDS
from tests.fakes.world import ROWS


def test_every_row_is_in_one_bin_of_the_tail(console, run_id):
    """Anomalies are never more than the rows of their bin, and what is expected adds up."""
    tail = console.anomalies.tail(run_id)
    assert len(tail.edges) == len(tail.rows) + 1
    assert (sum(tail.rows), sum(tail.anomalies)) == (ROWS, 200)
    assert sum(tail.expected) == pytest.approx(ROWS)
    assert all(odd <= rows for rows, odd in zip(tail.rows, tail.anomalies, strict=True))


def test_the_tail_matches_severities_that_are_percentiles(console, run_id):
    """The rows of a training file lie where they are expected."""
    tail = console.anomalies.tail(run_id)
    for rows, expected in zip(tail.rows, tail.expected, strict=True):
        assert rows == pytest.approx(expected, abs=2)


def test_edges_of_the_tail_include_the_bands_of_ten(console, run_id):
    """Colours change at an edge, where the band is a power of ten."""
    edges = console.anomalies.tail(run_id).edges
    for low in (low for _, low in BANDS if low != 95.0):
        assert min(abs(edge - low) for edge in edges) < 1e-9


def test_the_tail_follows_threshold_and_filters(console, run_id):
    """Half of the rows, another threshold."""
    view = View((Filter("weather_condition", Op.OUT, ("CLEAR",)),), 99.0)
    tail, counts = console.anomalies.tail(run_id, view), console.anomalies.counts(run_id, view)
    assert (sum(tail.rows), sum(tail.anomalies)) == (counts.rows, counts.anomalies)
    assert 0 < counts.anomalies < 20


def test_a_histogram_divides_at_the_models_threshold(console, run_id):
    """Every row is in one bin, and no bin has anomalies on the normal side."""
    histogram = console.anomalies.histogram(run_id)
    assert len(histogram.edges) == len(histogram.normal) + 1 == len(histogram.anomalous) + 1
    assert (sum(histogram.normal), sum(histogram.anomalous)) == (1_800, 200)
    assert min(abs(edge) for edge in histogram.edges) < 1e-12
    for normal, anomalous in zip(histogram.normal, histogram.anomalous, strict=True):
        assert not (normal and anomalous)


def test_a_histogram_divides_at_the_threshold_that_the_run_used(world, console, run_id):
    """Where people had decided on another than the training's."""
    world.mlflow.find(run_id).metrics["score_threshold"] = -0.02
    histogram = console.anomalies.histogram(run_id)
    assert histogram.threshold == console.anomalies.summary(run_id).score_threshold == -0.02
    assert min(abs(edge + 0.02) for edge in histogram.edges) < 1e-12


def test_nothing_left_has_an_empty_histogram(console, run_id):
    """No row, no failure."""
    view = View((Filter("weather_condition", Op.IN, ("nothing",)),))
    assert sum(console.anomalies.histogram(run_id, view).normal) == 0
    assert sum(console.anomalies.tail(run_id, view).rows) == 0


def test_a_severity_has_its_score(console, run_id):
    """The least anomalous score among the rows from that severity up; none above the highest."""
    assert console.anomalies.score_at(run_id, 90.0) < 0
    assert console.anomalies.score_at(run_id, 99.0) < console.anomalies.score_at(run_id, 90.0)
    assert console.anomalies.score_at(run_id, 100.0) is None


@pytest.mark.parametrize(
    ("low", "high", "threshold", "expected"),
    [
        (0.0, 10.0, 4.0, (0.0, 2.0, 5)),
        (0.0, 10.0, 5.0, (-1.0, 2.0, 6)),
        (0.0, 10.0, 20.0, (0.0, 2.0, 5)),
        (3.0, 3.0, 0.0, (3.0, 1.0, 1)),
    ],
)
def test_steps_cover_the_range_with_an_edge_on_the_threshold(low, high, threshold, expected):
    """A threshold outside the range moves nothing; equal values need one bin."""
    first, step, count = steps(low, high, threshold, 5)
    assert (first, step, count) == expected
    assert first <= low
    assert first + step * count >= high


def test_the_tail_has_as_many_bins_as_steps():
    """Twenty for each tenfold rarity, and one for all beyond."""
    assert distribution.LAST_TAIL == 4 * distribution.TAIL_STEPS
