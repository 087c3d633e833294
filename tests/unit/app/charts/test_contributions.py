"""The chart of what made a row anomalous."""

import pytest

from app.charts import contributions
from pipeline.explain_model import Explanation, Field, How, Rarity


def explanation(saved):
    """Return an explanation with these contributions."""
    fields = tuple(
        Field(f"column_{place}", value, Rarity(0.1, How.SEEN)) for place, value in enumerate(saved)
    )
    return Explanation(1, 9.0, 20.0, 17.0, -0.1, True, fields, (), (), 1000, by_training=True)


def test_the_strongest_come_first_whatever_their_sign():
    """With the row's value beside the column's name."""
    figure = contributions.figure(explanation([0.5, 0.1, -2.0]), {"column_2": "SNOW"})
    (bars,) = figure.data
    assert list(bars.y) == ["column_2 = SNOW", "column_0", "column_1"]
    assert list(bars.x) == [-2.0, 0.5, 0.1]
    assert len(set(bars.marker.color)) == 2


def test_many_columns_are_summed_up_in_a_last_bar():
    """Nothing is left out of the whole."""
    saved = [1.0 / (place + 1) for place in range(30)]
    (bars,) = contributions.figure(explanation(saved), {}).data
    assert bars.y[-1] == "18 other columns"
    assert sum(bars.x) == pytest.approx(sum(saved))


def test_long_values_are_cut():
    """A bar's label leaves room for the bar."""
    (bars,) = contributions.figure(explanation([1.0]), {"column_0": "x" * 100}).data
    assert len(bars.y[0]) == contributions.LONGEST
