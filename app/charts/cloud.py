"""Rows as points of two features."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import pyarrow as pa

from app.charts import base
from app.charts.palette import INK, NORMAL, band_colour, band_of
from app.services.anomaly_model import BandShare
from app.services.explore_model import Cloud

HEIGHT, CROWDED_HEIGHT = 224, 300
SIZES = {"minor": 6, "moderate": 7, "major": 9, "critical": 11}
SYMBOLS = {"minor": "circle", "moderate": "diamond", "major": "square", "critical": "star"}
JITTER = 0.32
MOST_NAMES = 14
LABEL, NAME = 13, 60
FEW = 5
"""More names than that would run into each other, so they are small, slanted and given room."""

SMALL, SLANT = 9, -35
GOLDEN = 0.6180339887498949


def cloud(points: Cloud, names: tuple[str, str], bands: Sequence[BandShare]) -> go.Figure:
    """Draw normal rows below and the anomalies above, by severity band.

    Text is spread out a little around its value, so that rows of equal values are seen side by
    side; numbers stay where they are.
    """
    whole = pa.concat_tables([points.anomalies, points.normals], promote_options="permissive")
    scales = [_places(whole.column(axis).to_pylist()) for axis in ("x", "y")]
    crowded = any(len(scale) > FEW for scale in scales)
    fig = base.figure(CROWDED_HEIGHT if crowded else HEIGHT, legend=True)
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
        axis(title=base.literal(name))
        if scale:
            words = [base.short(each, LABEL) for each in scale]
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
        text=[_told(row) for row in rows.to_pylist()],
        hovertemplate="Row %{customdata:,}, %{text}<extra></extra>",
    )


def _told(row: dict[str, Any]) -> str:
    """Say what a point is; where it lies does not tell, for texts are spread out."""
    x, y = (_words(row[axis]) for axis in ("x", "y"))
    return f"severity {row['severity']:.4g}<br>{x}, {y}"


def _words(value: Any) -> str:  # noqa: ANN401 - a cell of any column
    if isinstance(value, float):
        return f"{value:.6g}"
    return base.short(str(value).replace(" 00:00:00", ""), NAME)


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
