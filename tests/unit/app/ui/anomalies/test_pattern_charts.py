"""Heatmap, segments and points as they are drawn."""

# ruff: noqa: DTZ001 - the times in the data have no zone

from dataclasses import replace
from datetime import datetime
from html import escape

import pyarrow as pa
import pytest

from app.services.anomalies.segments import Ratio, Segment
from app.services.anomalies.types import Heatmap, Scatter
from app.services.filters import Filter, Op
from app.ui.anomalies import charts as anomalies_charts
from app.ui.anomalies import pattern_charts
from app.ui.kit import charts

STARTS = tuple(datetime(2026, month, 1) for month in (1, 2, 3))
PICK = Filter("weather", Op.IN, ("RAIN",))
CELLS = Heatmap(
    column="weather",
    by="when",
    starts=STARTS,
    names=("RAIN", "A VERY LONG NAME OF A VALUE"),
    filters=(PICK, PICK),
    rows=((50, 0), (5, 20)),
    anomalies=((5, 0), (1, 10)),
    severity=((90.0, None), (None, 99.9)),
)


def test_a_cell_has_the_colour_of_its_severity():
    """Cells without enough rows have none."""
    heat = pattern_charts.heatmap(CELLS).data[0]
    assert heat.z[0][0] == pytest.approx(1.0)
    assert heat.z[1][1] == pytest.approx(3.0)
    assert heat.z[0][1] is None
    colours = [colour for _, colour in heat.colorscale]
    assert colours[-4:] == list(charts.BANDS.values())


def test_every_cell_with_rows_can_be_picked_and_read():
    """Unseen points over the cells carry line, step and details."""
    handles = pattern_charts.heatmap(CELLS).data[1]
    assert [spot[:2] for spot in handles.customdata] == [[0, 0], [1, 0], [1, 1]]
    assert handles.customdata[1][6] == "too few rows to say"
    assert handles.marker.opacity == 0


def test_names_alike_where_they_are_cut_keep_lines_of_their_own():
    """Labels take no more room than they need, and a pick or a look finds the whole name."""
    names = ('CONSTRUCTION ZONE, NORTH <b>, 5" PIPE', 'CONSTRUCTION ZONE, SOUTH <b>, 5" PIPE')
    heat, handles = pattern_charts.heatmap(replace(CELLS, names=names)).data
    axis = pattern_charts.heatmap(replace(CELLS, names=names)).layout.yaxis
    assert axis.ticktext[0] == axis.ticktext[1] == 'CONSTRUCTIO… 5" PIPE'
    assert list(heat.y) == list(axis.tickvals) == [0, 1]
    assert [spot[7] for spot in handles.customdata] == [
        escape(names[line], quote=False) for line in (0, 1, 1)
    ]


def test_a_segment_is_drawn_with_its_interval():
    """The lower and the upper arm end where the interval does; markup in names is text."""
    found = [Segment(("a <b> = x", "c = 1"), (PICK, PICK), 40, 20, Ratio(5.0, 3.0, 8.0))]
    trace = anomalies_charts.segments(found).data[0]
    assert (trace.error_x.array[0], trace.error_x.arrayminus[0]) == (3.0, 2.0)
    assert trace.customdata[0][0].startswith("a &lt;b&gt;")
    assert anomalies_charts.segments(found).layout.yaxis.ticktext[0].startswith("x <span")


def points(**columns):
    """Three rows of two features."""
    return pa.table(columns | {"severity": [99.95, 95.0, 90.5], "row": [3, 1, 2]})


def test_anomalies_are_drawn_by_band_over_normal_rows():
    """Colour and shape tell the band, and the legend names it."""
    found = Scatter(points(x=[1, 2, 3], y=[1.0, 2.0, 3.0]), points(x=[1, 1, 1], y=[0.0] * 3), 3, 9)
    fig = pattern_charts.scatter(found, ("units", "load"))
    assert [trace.name for trace in fig.data] == ["Normal", "Minor", "Moderate", "Critical"]
    assert len({trace.marker.symbol for trace in fig.data[1:]}) == 3
    assert list(fig.data[3].x) == [1]


def test_text_is_spread_around_its_value_and_named_on_the_axis():
    """Rows of equal values lie side by side, and always in the same place."""
    rows = points(x=["a", "a", "b"], y=[1, 2, 3])
    found = Scatter(rows, rows.slice(0, 0), 3, 0)
    fig = pattern_charts.scatter(found, ("kind", "units"))
    assert list(fig.layout.xaxis.ticktext) == ["a", "b"]
    places = [x for trace in fig.data for x in trace.x]
    assert len(set(places)) == 3
    assert {part for trace in fig.data for part in trace.text} == {
        "severity 99.95<br>a, 1",
        "severity 95<br>a, 2",
        "severity 90.5<br>b, 3",
    }
    assert all(abs(x - round(x)) <= pattern_charts.JITTER for x in places)
    again = pattern_charts.scatter(found, ("kind", "units"))
    assert places == [x for trace in again.data for x in trace.x]
