"""The chart of what made a row anomalous."""

from html import unescape

import pytest

from app.ui.explanations import charts
from pipeline.explain.types import Explanation, Field, How, Rarity


def explanation(saved):
    """Return an explanation with these contributions."""
    fields = tuple(
        Field(f"column_{place}", value, Rarity(0.1, How.SEEN)) for place, value in enumerate(saved)
    )
    return Explanation(1, 9.0, 20.0, 17.0, -0.1, True, fields, (), (), 1000, by_training=True)


def test_the_strongest_come_first_whatever_their_sign():
    """With the row's value beside the column's name."""
    figure = charts.contributions(explanation([0.5, 0.1, -2.0]), {"column_2": "SNOW"})
    (bars,) = figure.data
    assert list(figure.layout.yaxis.ticktext) == ["column_2 = SNOW", "column_0", "column_1"]
    assert list(bars.x) == [-2.0, 0.5, 0.1]
    assert len(set(bars.marker.color)) == 2


def test_many_columns_are_summed_up_in_a_last_bar():
    """Nothing is left out of the whole."""
    saved = [1.0 / (place + 1) for place in range(30)]
    figure = charts.contributions(explanation(saved), {})
    (bars,) = figure.data
    assert figure.layout.yaxis.ticktext[-1] == "18 other columns"
    assert sum(bars.x) == pytest.approx(sum(saved))


def test_long_values_are_cut_and_keep_bars_of_their_own():
    """A bar's label leaves room for the bar; the whole is told on a closer look."""
    values = {"column_0": "<" + "x" * 90, "column_1": "<" + "x" * 90}
    figure = charts.contributions(explanation([1.0, 0.5]), values)
    (bars,) = figure.data
    assert list(bars.y) == [0, 1]
    assert all(len(unescape(label)) == charts.LONGEST for label in figure.layout.yaxis.ticktext)
    assert bars.customdata[0] == "column_0 = &lt;" + "x" * 90
