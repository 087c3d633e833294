"""Swim lanes: severity over time for the values of one column."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from math import sqrt

import plotly.graph_objects as go

from app.charts import base
from app.charts.palette import BANDS, QUIET
from app.charts.scores import rarity
from app.services.explore_model import Lanes

HEIGHT = 250
LABEL, NAME = 20, 80
LOW, TOP = 50.0, 99.9
STOPS = (
    (50.0, "rgba(125, 145, 155, 0.10)"),
    (85.0, "rgba(125, 145, 155, 0.28)"),
    (90.0, BANDS["minor"]),
    (95.0, BANDS["moderate"]),
    (99.0, BANDS["major"]),
    (99.9, BANDS["critical"]),
)


def lanes(cells: Lanes) -> go.Figure:
    """One lane for each value; a cell's colour is the severity that a tenth of its rows reaches."""
    fig = base.figure(HEIGHT)
    middles = [begin + (end - begin) / 2 for begin, end in pairwise(cells.starts)]
    fig.add_heatmap(
        x=middles,
        y=list(range(len(cells.names))),
        z=[[None if one is None else rarity(one) for one in lane] for lane in cells.severity],
        zmin=rarity(LOW),
        zmax=rarity(TOP),
        colorscale=_scale(),
        xgap=1,
        ygap=2,
        hoverinfo="skip",
        colorbar=_bar(),
    )
    _handles(fig, cells, middles)
    base.named_rows(fig, [base.short(name, LABEL) for name in cells.names])
    fig.update_yaxes(showgrid=False)
    fig.update_xaxes(type="date", showgrid=False, range=[cells.starts[0], cells.starts[-1]])
    fig.update_layout(dragmode="select", plot_bgcolor="rgba(0,0,0,0)")
    return fig


def _scale() -> list[list[float | str]]:
    low, top = rarity(LOW), rarity(TOP)
    return [[(rarity(at) - low) / (top - low), colour] for at, colour in STOPS]


def _bar() -> dict[str, object]:
    """Name each band in the middle of its colours."""
    edges = [low for low, _ in STOPS[2:]]
    ticks = [sqrt(rarity(low) * rarity(high)) for low, high in pairwise(edges)]
    return {
        "tickvals": [(rarity(LOW) + rarity(edges[0])) / 2, *ticks, rarity(TOP)],
        "ticktext": ["usual", *list(BANDS)],
        "thickness": 10,
        "outlinewidth": 0,
        "len": 1.0,
        "tickfont": {"size": 11},
    }


def _handles(fig: go.Figure, cells: Lanes, middles: Sequence[datetime]) -> None:
    """Lay an unseen point on each cell: cells themselves can be neither picked nor dragged over."""
    spots = [
        (lane, step)
        for lane in range(len(cells.names))
        for step in range(len(middles))
        if cells.rows[lane][step]
    ]
    fig.add_scatter(
        x=[middles[step] for _, step in spots],
        y=[lane for lane, _ in spots],
        mode="markers",
        marker={"size": 16, "symbol": "square", "color": QUIET, "opacity": 0},
        selected={"marker": {"opacity": 0.35}},
        unselected={"marker": {"opacity": 0}},
        customdata=[[lane, step, *_told(cells, lane, step)] for lane, step in spots],
        hovertemplate=(
            "<b>%{customdata[7]}</b><br>%{customdata[2]}<br>%{customdata[3]:,} rows, "
            "%{customdata[4]:,} anomalies (%{customdata[5]:.1%})<br>"
            "One row in ten: severity %{customdata[6]}<extra></extra>"
        ),
        showlegend=False,
    )


def _told(cells: Lanes, lane: int, step: int) -> tuple[str, int, int, float, str, str]:
    rows, odd = cells.rows[lane][step], cells.anomalies[lane][step]
    reached = cells.severity[lane][step]
    span = f"{cells.starts[step]:%Y-%m-%d %H:%M} to {cells.starts[step + 1]:%Y-%m-%d %H:%M}"
    told = "too few rows to say" if reached is None else f"{reached:.4g} or more"
    name = base.short(cells.names[lane], NAME)
    return span.replace(" 00:00", ""), rows, odd, odd / rows, told, name
