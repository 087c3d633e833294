"""Segments that stand out: ratios with their intervals."""

from collections.abc import Sequence

import plotly.graph_objects as go

from app.charts import base
from app.charts.palette import ANOMALY, INK
from app.services.explore_segments import Segment

HEIGHT = 300
LABEL = 30


def segments(found: Sequence[Segment]) -> go.Figure:
    """One line for each segment: how many times more frequent anomalies are, and how sure."""
    fig = base.figure(HEIGHT)
    fig.add_scatter(
        x=[each.ratio.value for each in found],
        y=list(range(len(found))),
        mode="markers",
        marker={"color": ANOMALY, "size": 11, "symbol": "diamond"},
        error_x={
            "type": "data",
            "array": [each.ratio.high - each.ratio.value for each in found],
            "arrayminus": [each.ratio.value - each.ratio.low for each in found],
            "color": INK,
            "thickness": 1.5,
            "width": 4,
        },
        customdata=[
            [
                base.literal(one.label),
                one.anomalies,
                one.rows,
                one.rate,
                one.ratio.low,
                one.ratio.high,
            ]
            for one in found
        ],
        hovertemplate=(
            "<b>%{customdata[0]}</b><br>%{x:.2f} times as frequent "
            "(%{customdata[4]:.2f} to %{customdata[5]:.2f})<br>"
            "%{customdata[1]:,} of %{customdata[2]:,} rows are anomalies "
            "(%{customdata[3]:.1%})<extra></extra>"
        ),
    )
    base.named_rows(fig, [_label(each) for each in found])
    fig.update_xaxes(
        type="log",
        title="Times as frequent as elsewhere",
        showgrid=True,
        tickvals=[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    )
    fig.add_vline(x=1, line={"color": INK, "width": 1, "dash": "dot"})
    fig.update_layout(clickmode="event+select", dragmode=False)
    return fig


def _label(segment: Segment) -> str:
    """The values first: they tell more than the columns' names."""
    parts = [part.split(" = ", 1) for part in segment.names]
    if len(parts) == 1:
        column, value = parts[0]
        return f"{base.short(value, LABEL)}<br>{_quiet(base.short(column, LABEL))}"
    return "<br>".join(
        f"{base.short(value, 18)} {_quiet(base.short(column, 16))}" for column, value in parts
    )


def _quiet(text: str) -> str:
    return f"<span style='font-size:10px;color:{INK}'>{text}</span>"
