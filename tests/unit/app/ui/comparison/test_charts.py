"""Charts of compared runs and models."""

import pytest

from app.services.comparison.types import Density, Overlap, RunHistogram, ScoreColumn
from app.ui.comparison import charts
from app.ui.comparison.charts import Axis

TREES = Axis("Trees", (100.0, 300.0, None))
KIND = Axis("Encoding", ("one-hot", "frequency", "one-hot"))


def test_axis_places_numbers_by_size_and_texts_by_order():
    """From the lowest up; a missing value has no position."""
    assert TREES.positions() == [0.0, 1.0, None]
    assert TREES.ends() == ("100", "300")
    assert KIND.positions() == [1.0, 0.0, 1.0]
    assert KIND.ends() == ("frequency", "one-hot")


def test_equal_values_lie_in_the_middle():
    """An axis whose values are equal does not divide by zero."""
    assert Axis("Rows", (5.0, 5.0)).positions() == [0.5, 0.5]
    assert Axis("Rows", (None, None)).ends() == ("", "")


def test_scatter_leaves_out_runs_without_a_value():
    """A run without the parameter is not drawn at zero."""
    fig = charts.scatter("ABC", TREES, Axis("Rate", (0.1, 0.2, 0.3)))
    assert [trace.text[0] for trace in fig.data] == ["A", "B"]
    assert charts.scatter("ABC", KIND, KIND).layout.xaxis.type == "category"


def test_long_names_are_shortened_in_the_middle():
    """The id at the end of equal names stays; the complete name is on hover."""
    names = Axis("Data", tuple(f"accidents_of_<chicago>_full.csv ({n * 8})" for n in "12"))
    fig = charts.scatter("AB", names, Axis("Rate", (0.1, 0.2)))
    first, second = fig.layout.xaxis.ticktext
    assert first.endswith("1111111)")
    assert second.endswith("2222222)")
    assert "&lt;chicago&gt;_full.csv (11111111)<br>Rate: 0.1" in fig.data[0].customdata[0]


def test_parallel_coordinates_draw_one_line_for_each_run():
    """With what each value is on hover, and the ends of each axis."""
    fig = charts.parallel_coordinates("ABC", [TREES, KIND])
    assert [list(trace.y) for trace in fig.data] == [[0.0, 1.0], [1.0, 0.0], [None, 1.0]]
    assert fig.data[2].customdata == ("Trees: missing", "Encoding: one-hot")
    assert {note.text for note in fig.layout.annotations} == {"100", "300", "frequency", "one-hot"}


@pytest.mark.parametrize("column", list(ScoreColumn))
def test_histograms_are_drawn_over_each_other(column):
    """One line for each run that has rows, and where its own flag begins."""
    found = RunHistogram((0.0, 90.0, 99.0, 100.0), (0.9, 0.1, 0.0), 10, 90.0)
    fig = charts.histograms("ABC", [found, None, found], column)
    assert [trace.name for trace in fig.data] == ["A", "C"]
    assert fig.data[0].y == (0.9, 0.1, None)
    assert len(fig.layout.shapes) == 2


def test_durations_show_work_and_rest():
    """Both in seconds, stacked, in the colour of the run."""
    fig = charts.durations(["A", "B"], [2.0, 3.0], [1.0, 0.5])
    assert [tuple(trace.x) for trace in fig.data] == [(2.0, 3.0), (1.0, 0.5)]
    assert fig.data[0].marker.color == (charts.colour(0), charts.colour(1))


def test_ten_runs_have_ten_colours():
    """As many as can be compared."""
    assert len({charts.colour(place) for place in range(10)}) == 10


def test_names_are_escaped():
    """A run's name is the operator's, and Plotly reads mark-up."""
    fig = charts.durations(["<b>A"], [1.0], [0.0])
    assert fig.data[0].y == ("&lt;b&gt;A",)


def test_overlap_is_one_bar():
    """Rows of only A, of both, of only B."""
    fig = charts.overlap(Overlap(100, 5, 2, 3, 0.9, (90.0, 95.0)))
    assert [trace.x[0] for trace in fig.data] == [2, 5, 3]


def test_density_has_a_across_and_b_up():
    """Counts on a logarithmic scale, empty cells empty, thresholds dashed."""
    counts = ((100, 1), (None, 10))
    fig = charts.density(Density((0.0, 90.0, 100.0), counts), (90.0, None))
    assert [list(line) for line in fig.data[0].z] == [[2.0, None], [0.0, 1.0]]
    assert fig.data[0].customdata[1][0] == "1 rows<br>A 0 to 90<br>B 90 to 100"
    assert len(fig.layout.shapes) == 1
    assert fig.data[0].colorbar.ticktext == ("1", "10", "100")
