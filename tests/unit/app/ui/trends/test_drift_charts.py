"""Charts of drift."""

from datetime import UTC, datetime, timedelta

from app.services.trends.types import DriftCell, Grain, Shift, drift_heatmap
from app.ui.trends import drift_charts

START = datetime(2026, 1, 1, tzinfo=UTC)
LONG = "speed of the <first> vehicle in kilometres per hour"


def cell(day, feature, psi):
    """One cell of the heatmap."""
    return DriftCell(START + timedelta(days=day), feature, psi)


FOUND = drift_heatmap([cell(0, "a", 0.05), cell(1, "a", 0.2), cell(1, LONG, 0.4)])


def test_each_measured_cell_can_be_clicked():
    """A heatmap has no selection, so an invisible marker lies on each cell."""
    fig = drift_charts.heatmap(FOUND, Grain.DAY)
    heat, markers = fig.data
    assert [list(row) for row in heat.z] == [[None, 0.4], [0.05, 0.2]]
    assert len(markers.x) == 3
    assert markers.marker.opacity == 0
    assert markers.customdata[0] == f"2026-01-02T00:00:00+00:00 {LONG}"


def test_colours_change_at_the_limits():
    """Moderate and significant are steps of the scale with a label."""
    heat = drift_charts.heatmap(FOUND, Grain.DAY).data[0]
    places = [place for place, _ in heat.colorscale]
    assert places.count(0.2) == places.count(0.5) == 2
    assert list(heat.colorbar.ticktext)[1:3] == ["0.1 moderate", "0.25 significant"]


def test_long_names_are_shortened_and_escaped():
    """The tooltip has the whole name."""
    fig = drift_charts.heatmap(FOUND, Grain.DAY)
    assert fig.layout.yaxis.ticktext[0] == "speed of the &lt;first&gt; …per hour"
    assert "&lt;first&gt;" in fig.data[1].text[0]


def test_heatmap_labels_few_columns():
    """Labels do not overlap."""
    wide = drift_heatmap([cell(day, "a", 0.1) for day in range(100)])
    fig = drift_charts.heatmap(wide, Grain.DAY)
    assert len(fig.layout.xaxis.tickvals) <= 7
    assert drift_charts.heatmap(FOUND, Grain.RUN).layout.height >= fig.layout.height


def test_chart_over_time_marks_the_chosen_moment_and_both_limits():
    """The line is the whole range, the marker one point of it."""
    cells = [cell(0, "a", 0.05), cell(1, "a", 0.2)]
    fig = drift_charts.over_time(cells, START)
    line, here = fig.data
    assert (list(line.y), list(here.y)) == ([0.05, 0.2], [0.05])
    assert [shape.y0 for shape in fig.layout.shapes] == [0.1, 0.25]


def test_chart_of_one_moment_has_a_day_on_each_side():
    """Its axis shows days, not parts of a second."""
    day = timedelta(days=1)
    fig = drift_charts.over_time([cell(0, "a", 0.05)], START)
    assert fig.layout.xaxis.range == (START - day, START + day)


def test_shares_are_drawn_side_by_side():
    """Training and the run, bin by bin."""
    fig = drift_charts.shares(Shift("a", ("x", "missing"), (0.9, 0.1), (0.5, 0.5)))
    assert [(bar.name, list(bar.x)) for bar in fig.data] == [
        ("Training", [0.9, 0.1]),
        ("This run", [0.5, 0.5]),
    ]
    assert list(fig.layout.yaxis.ticktext) == ["x", "missing"]
