"""Charts of patterns: the heatmap of severity over time, and rows as points of two columns."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from math import sqrt
from typing import Any

import plotly.graph_objects as go
import pyarrow as pa

from app.services.anomalies.types import Heatmap, Scatter
from app.ui.kit import charts
from app.ui.kit.charts import BANDS, INK, NORMAL, QUIET, band_colour, band_of, rarity

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


def heatmap(cells: Heatmap) -> go.Figure:
    """Draw one line for each value; the colour is the severity that a tenth of the rows reaches."""
    fig = charts.figure(HEIGHT)
    middles = [begin + (end - begin) / 2 for begin, end in pairwise(cells.starts)]
    fig.add_heatmap(
        x=middles,
        y=list(range(len(cells.names))),
        z=[[None if one is None else rarity(one) for one in line] for line in cells.severity],
        zmin=rarity(LOW),
        zmax=rarity(TOP),
        colorscale=[[_share(at), colour] for at, colour in STOPS],
        xgap=1,
        ygap=2,
        hoverinfo="skip",
        colorbar=_colour_bar(),
    )
    _add_selectable_points(fig, cells, middles)
    charts.named_rows(fig, [charts.short(name, LABEL) for name in cells.names])
    fig.update_yaxes(showgrid=False)
    fig.update_xaxes(type="date", showgrid=False, range=[cells.starts[0], cells.starts[-1]])
    fig.update_layout(dragmode="select", plot_bgcolor="rgba(0,0,0,0)")
    return fig


def _share(severity: float) -> float:
    low, top = rarity(LOW), rarity(TOP)
    return (rarity(severity) - low) / (top - low)


def _colour_bar() -> dict[str, object]:
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


def _add_selectable_points(fig: go.Figure, cells: Heatmap, middles: Sequence[datetime]) -> None:
    """Add an invisible point to each cell, because the cells of a heatmap cannot be selected."""
    spots = [
        (line, step)
        for line in range(len(cells.names))
        for step in range(len(middles))
        if cells.rows[line][step]
    ]
    fig.add_scatter(
        x=[middles[step] for _, step in spots],
        y=[line for line, _ in spots],
        mode="markers",
        marker={"size": 16, "symbol": "square", "color": QUIET, "opacity": 0},
        selected={"marker": {"opacity": 0.35}},
        unselected={"marker": {"opacity": 0}},
        customdata=[[line, step, *_details(cells, line, step)] for line, step in spots],
        hovertemplate=(
            "<b>%{customdata[7]}</b><br>%{customdata[2]}<br>%{customdata[3]:,} rows, "
            "%{customdata[4]:,} anomalies (%{customdata[5]:.1%})<br>"
            "One row in ten: severity %{customdata[6]}<extra></extra>"
        ),
        showlegend=False,
    )


def _details(cells: Heatmap, line: int, step: int) -> tuple[str, int, int, float, str, str]:
    """Return what the tooltip of a cell shows."""
    rows, anomalies = cells.rows[line][step], cells.anomalies[line][step]
    reached = cells.severity[line][step]
    period = f"{cells.starts[step]:%Y-%m-%d %H:%M} to {cells.starts[step + 1]:%Y-%m-%d %H:%M}"
    severity = "too few rows to say" if reached is None else f"{reached:.4g} or more"
    name = charts.short(cells.names[line], NAME)
    return period.replace(" 00:00", ""), rows, anomalies, anomalies / rows, severity, name


SCATTER_HEIGHT, CROWDED_HEIGHT = 224, 300
SIZES = {"minor": 6, "moderate": 7, "major": 9, "critical": 11}
SYMBOLS = {"minor": "circle", "moderate": "diamond", "major": "square", "critical": "star"}
JITTER = 0.32
MOST_NAMES = 14
SCATTER_LABEL, SCATTER_NAME = 13, 60
FEW = 5
"""More names than that would run into each other, so they are small, slanted and given room."""

SMALL, SLANT = 9, -35
GOLDEN = 0.6180339887498949


def scatter(points: Scatter, names: tuple[str, str]) -> go.Figure:
    """Draw the anomalies by severity band above normal rows.

    Text values get a small jitter, so that rows of equal values lie side by side.
    """
    whole = pa.concat_tables([points.anomalies, points.normals], promote_options="permissive")
    scales = [_places(whole.column(axis).to_pylist()) for axis in ("x", "y")]
    crowded = any(len(scale) > FEW for scale in scales)
    fig = charts.figure(CROWDED_HEIGHT if crowded else SCATTER_HEIGHT, legend=True)
    _layer(fig, points.normals, "Normal", {"color": NORMAL, "size": 5, "opacity": 0.5}, scales)
    found = [band_of(value) for value in points.anomalies.column("severity").to_pylist()]
    for band in ("", *BANDS):
        kept = points.anomalies.filter(pa.array([name == band for name in found], pa.bool_()))
        look = {
            "color": band_colour(band) if band else INK,
            "size": SIZES.get(band, 6),
            "symbol": SYMBOLS.get(band, "circle"),
            "opacity": 0.8,
        }
        _layer(fig, kept, band.capitalize() or "Below the bands", look, scales)
    for axis, name, scale in zip((fig.update_xaxes, fig.update_yaxes), names, scales, strict=True):
        axis(title=charts.literal(name))
        if scale:
            labels = [charts.short(each, SCATTER_LABEL) for each in scale]
            axis(tickvals=list(scale.values()), ticktext=labels)
        if len(scale) > FEW:
            axis(tickfont={"size": SMALL})
    fig.update_xaxes(tickangle=SLANT if len(scales[0]) > FEW else 0)
    fig.update_layout(dragmode="select")
    return fig


def _places(values: list[Any]) -> dict[str, int]:
    """Give each text its place on an axis, most frequent first; empty for numbers and dates."""
    counts = Counter(value for value in values if isinstance(value, str))
    return {text: place for place, (text, _) in enumerate(counts.most_common(MOST_NAMES))}


def _layer(
    fig: go.Figure, rows: pa.Table, name: str, look: dict[str, Any], scales: list[dict[str, int]]
) -> None:
    if not rows.num_rows:
        return
    numbers = rows.column("row").to_pylist()
    x, y = (
        _spread(rows.column(axis).to_pylist(), numbers, scale, salt)
        for axis, scale, salt in zip(("x", "y"), scales, (1, 7), strict=True)
    )
    fig.add_scatter(
        x=x,
        y=y,
        mode="markers",
        name=name,
        marker=look | {"line": {"width": 0}},
        customdata=numbers,
        text=[_point_text(row) for row in rows.to_pylist()],
        hovertemplate="Row %{customdata:,}, %{text}<extra></extra>",
    )


def _point_text(row: dict[str, Any]) -> str:
    """Name the values of a point, which jitter hides."""
    x, y = (_cell_text(row[axis]) for axis in ("x", "y"))
    return f"severity {row['severity']:.4g}<br>{x}, {y}"


def _cell_text(value: Any) -> str:  # noqa: ANN401 - a cell of any column
    if isinstance(value, float):
        return f"{value:.6g}"
    return charts.short(str(value).replace(" 00:00:00", ""), SCATTER_NAME)


def _spread(values: list[Any], rows: list[int], scale: dict[str, int], salt: int) -> list[Any]:
    """Place texts with a jitter that depends on the row alone; numbers stay where they are."""
    if not scale:
        return values
    return [
        None if value not in scale else scale[value] + JITTER * (2 * (row * salt * GOLDEN % 1) - 1)
        for value, row in zip(values, rows, strict=True)
    ]
