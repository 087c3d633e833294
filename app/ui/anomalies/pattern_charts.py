"""Swim lanes: severity over time for the values of one column."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from math import sqrt
from typing import Any

import plotly.graph_objects as go
import pyarrow as pa

from app.services.anomalies.types import BandShare, Cloud, Lanes
from app.ui.anomalies.charts import rarity
from app.ui.kit import charts
from app.ui.kit.charts import BANDS, INK, NORMAL, QUIET, band_colour, band_of

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


def heatmap(cells: Lanes) -> go.Figure:
    """One lane for each value; a cell's colour is the severity that a tenth of its rows reaches."""
    fig = charts.figure(HEIGHT)
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
    charts.named_rows(fig, [charts.short(name, LABEL) for name in cells.names])
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
    name = charts.short(cells.names[lane], NAME)
    return span.replace(" 00:00", ""), rows, odd, odd / rows, told, name


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


def scatter(points: Cloud, names: tuple[str, str], bands: Sequence[BandShare]) -> go.Figure:
    """Draw normal rows below and the anomalies above, by severity band.

    Text is spread out a little around its value, so that rows of equal values are seen side by
    side; numbers stay where they are.
    """
    whole = pa.concat_tables([points.anomalies, points.normals], promote_options="permissive")
    scales = [_places(whole.column(axis).to_pylist()) for axis in ("x", "y")]
    crowded = any(len(scale) > FEW for scale in scales)
    fig = charts.figure(CROWDED_HEIGHT if crowded else SCATTER_HEIGHT, legend=True)
    _layer(fig, points.normals, "Normal", {"color": NORMAL, "size": 5, "opacity": 0.5}, scales)
    found = [band_of(value, bands) for value in points.anomalies.column("severity").to_pylist()]
    for band in ["", *(each.name for each in bands)]:
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
            words = [charts.short(each, SCATTER_LABEL) for each in scale]
            axis(tickvals=list(scale.values()), ticktext=words)
        if len(scale) > FEW:
            axis(tickfont={"size": SMALL})
    fig.update_xaxes(tickangle=SLANT if len(scales[0]) > FEW else 0)
    fig.update_layout(dragmode="select")
    return fig


def _places(values: list[Any]) -> dict[str, int]:
    """Give each text its place on an axis, most frequent first; empty for numbers and dates."""
    texts = [value for value in values if isinstance(value, str)]
    counts: dict[str, int] = {}
    for text in texts:
        counts[text] = counts.get(text, 0) + 1
    ranked = sorted(counts, key=lambda text: -counts[text])[:MOST_NAMES]
    return {text: place for place, text in enumerate(ranked)}


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
    """Say what a point is; where it lies does not tell, for texts are spread out."""
    x, y = (_words(row[axis]) for axis in ("x", "y"))
    return f"severity {row['severity']:.4g}<br>{x}, {y}"


def _words(value: Any) -> str:  # noqa: ANN401 - a cell of any column
    if isinstance(value, float):
        return f"{value:.6g}"
    return charts.short(str(value).replace(" 00:00:00", ""), SCATTER_NAME)


def _spread(values: list[Any], rows: list[int], scale: dict[str, int], salt: int) -> list[Any]:
    """Place texts on their line with a shift that depends on the row alone."""
    if not scale:
        return values
    return [
        None if value not in scale else scale[value] + JITTER * _shift(row * salt)
        for value, row in zip(values, rows, strict=True)
    ]


def _shift(number: int) -> float:
    return 2.0 * ((number * GOLDEN) % 1.0) - 1.0
