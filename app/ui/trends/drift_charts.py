"""Charts of drift: the heatmap, one feature over time, and the shares of its rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from app.services.trends.types import DriftCell, DriftHeatmap, Grain, Shift
from app.ui.kit import charts
from app.ui.kit.charts import ACCENT, INK, NORMAL

MODERATE, SIGNIFICANT, MOST = 0.1, 0.25, 0.5
ROW, LABEL, WIDE, TICKS, YEARLY = 19, 30, 40, 5, 300
# Grey below moderate, amber from moderate on, red from significant on, each darker upwards.
SCALE = [
    (0.0, "rgba(125, 145, 155, 0.10)"),
    (MODERATE / MOST, "rgba(125, 145, 155, 0.42)"),
    (MODERATE / MOST, "#f2cf66"),
    (SIGNIFICANT / MOST, "#e39a2e"),
    (SIGNIFICANT / MOST, "#d4552f"),
    (1.0, "#8f1f1a"),
]
FORMATS = {Grain.RUN: "%b %d %H:%M", Grain.MONTH: "%b %Y"}


def heatmap(found: DriftHeatmap, grain: Grain) -> go.Figure:
    """Features by time, the most drifted on top; a cell can be clicked.

    The cells carry invisible markers, because a heatmap itself has no selection.
    """
    fig = charts.figure(104 + ROW * max(len(found.features), 4))
    columns = range(len(found.begins))
    fig.add_heatmap(
        x=list(columns),
        y=list(range(len(found.features))),
        z=found.values,
        zmin=0,
        zmax=MOST,
        xgap=1 if len(columns) <= WIDE else 0,
        ygap=1,
        colorscale=SCALE,
        colorbar=_colour_key(len(found.features)),
        hoverinfo="skip",
    )
    _markers(fig, found, grain)
    _axes(fig, found)
    return fig


def _colour_key(rows: int) -> dict[str, Any]:
    """Colour key above the heatmap."""
    return {
        "orientation": "h",
        "thickness": 9,
        "len": 0.8,
        "x": 0,
        "xanchor": "left",
        "y": 1 + 22 / (ROW * max(rows, 4)),
        "yanchor": "bottom",
        "outlinewidth": 0,
        "ypad": 0,
        "tickangle": 0,
        "tickvals": [0, MODERATE, SIGNIFICANT, MOST],
        "ticktext": ["0", "0.1 moderate", "0.25 significant", "0.5 +"],
    }


def _markers(fig: go.Figure, found: DriftHeatmap, grain: Grain) -> None:
    cells = [
        (column, row, value)
        for row, values in enumerate(found.values)
        for column, value in enumerate(values)
        if value is not None
    ]
    fig.add_scatter(
        x=[column for column, _, _ in cells],
        y=[row for _, row, _ in cells],
        mode="markers",
        marker={"size": 11, "symbol": "square", "color": INK, "opacity": 0},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0}},
        customdata=[
            cell_key(found.features[row], found.begins[column]) for column, row, _ in cells
        ],
        text=[
            f"{charts.short(found.features[row], 80)}<br>"
            f"{stamp(found.begins[column], grain)}: {value:.3f}"
            for column, row, value in cells
        ],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def cell_key(feature: str, begin: datetime) -> str:
    """Identify a cell by one text, because Plotly is slow with several for each point."""
    return f"{begin.isoformat()} {feature}"


def _axes(fig: go.Figure, found: DriftHeatmap) -> None:
    step = max(1, -(-len(found.begins) // TICKS))
    shown = list(range(0, len(found.begins), step))
    days = (found.begins[-1] - found.begins[0]).days if found.begins else 0
    form = "%b %Y" if days > YEARLY else "%b %d"
    fig.update_xaxes(
        tickvals=shown,
        ticktext=[found.begins[column].strftime(form) for column in shown],
        range=[-0.5, len(found.begins) - 0.5],
        tickangle=0,
        zeroline=False,
    )
    charts.named_rows(fig, [charts.short(name, LABEL) for name in found.features])
    fig.update_yaxes(showgrid=False)
    fig.update_layout(dragmode=False, hoverdistance=30)


def stamp(begin: datetime, grain: Grain) -> str:
    """Write the start of a period as short as its grain allows."""
    return begin.strftime(FORMATS.get(grain, "%b %d, %Y"))


def over_time(cells: Sequence[DriftCell], at: datetime) -> go.Figure:
    """The index of one feature over time with both limits; ``at`` is marked."""
    fig = charts.figure(150)
    fig.add_scatter(
        x=[cell.begin for cell in cells],
        y=[cell.psi for cell in cells],
        mode="lines",
        line={"color": ACCENT, "width": 2},
        hovertemplate="%{x|%Y-%m-%d}: %{y:.3f}<extra></extra>",
    )
    here = [cell for cell in cells if cell.begin == at]
    fig.add_scatter(
        x=[cell.begin for cell in here],
        y=[cell.psi for cell in here],
        mode="markers",
        marker={"size": 10, "color": ACCENT, "line": {"width": 2, "color": INK}},
        hoverinfo="skip",
    )
    for limit, colour in ((MODERATE, "#e39a2e"), (SIGNIFICANT, "#d4552f")):
        fig.add_hline(y=limit, line={"color": colour, "width": 1, "dash": "dash"})
    fig.update_yaxes(rangemode="tozero", nticks=4)
    charts.room_around_one_moment(fig, [cell.begin for cell in cells])
    return fig


def shares(shift: Shift) -> go.Figure:
    """Share of the rows in each bin, at training and in the run."""
    fig = charts.figure(110 + 30 * len(shift.labels), legend=True)
    places = list(range(len(shift.labels)))
    for name, values, colour in (
        ("Training", shift.expected, NORMAL),
        ("This run", shift.actual, ACCENT),
    ):
        fig.add_bar(
            x=list(values),
            y=places,
            orientation="h",
            name=name,
            marker={"color": colour},
            customdata=[charts.literal(label) for label in shift.labels],
            hovertemplate="%{customdata}: %{x:.1%}",
        )
    fig.update_layout(barmode="group", bargap=0.3, bargroupgap=0.08)
    fig.update_xaxes(tickformat=".0%", showgrid=True, rangemode="tozero")
    charts.named_rows(fig, [charts.short(label, 26) for label in shift.labels])
    fig.update_yaxes(showgrid=False)
    return fig
