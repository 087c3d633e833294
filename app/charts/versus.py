"""Two models on the same rows: whose anomalies, and both severities against each other."""

from itertools import pairwise
from math import log10
from typing import Any

import plotly.graph_objects as go

from app.charts import base
from app.charts.palette import ACCENT, INK, NORMAL, SERIES
from app.charts.scores import MOST_RARE, TICKS, rarity
from app.services.versus_model import Density, Overlap

BAR_HEIGHT, HEIGHT = 120, 430
ENDS = (0, MOST_RARE)
COLOURS = (SERIES[0], NORMAL, SERIES[1])
"""Only A, both, only B: the letters' colours, and grey for what they share."""

SCALE = ((0.0, "rgba(28, 138, 163, 0.14)"), (0.5, ACCENT), (1.0, "#8a63d2"))


def overlap(found: Overlap) -> go.Figure:
    """Rows that only A, both, and only B flag, as one bar."""
    fig = base.figure(BAR_HEIGHT, legend=True)
    parts = zip(
        ("Only A: leave", "Both", "Only B: enter"),
        (found.leaving, found.both, found.entering),
        COLOURS,
        strict=True,
    )
    for name, rows, colour in parts:
        fig.add_bar(
            x=[rows],
            y=[""],
            orientation="h",
            name=name,
            text=[f"{rows:,}"],
            textposition="inside",
            insidetextanchor="middle",
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{x:,} rows",
        )
    fig.update_layout(barmode="stack", bargap=0, legend_traceorder="normal")
    fig.update_xaxes(visible=False)
    fig.update_yaxes(visible=False)
    return fig


def density(found: Density, starts: tuple[float | None, float | None]) -> go.Figure:
    """Rows by the severity of A (across) and of B (up), the upper ends enlarged.

    Parameters
    ----------
    starts
        Severity from which A and B flag a row.
    """
    fig = base.figure(HEIGHT)
    middles = [(rarity(low) + rarity(high)) / 2 for low, high in pairwise(found.edges)]
    by_b = list(zip(*found.counts, strict=True))
    fig.add_heatmap(
        x=middles,
        y=middles,
        z=[[None if rows is None else log10(rows) for rows in line] for line in by_b],
        customdata=[
            [_words(found, i, j) for i in range(len(middles))] for j in range(len(middles))
        ],
        colorscale=[list(step) for step in SCALE],
        hovertemplate="%{customdata}<extra></extra>",
        colorbar=_bar(found),
        hoverongaps=False,
    )
    line: dict[str, Any] = {"color": INK, "width": 1, "dash": "dot"}
    fig.add_scatter(x=ENDS, y=ENDS, mode="lines", line=line, hoverinfo="skip")
    _thresholds(fig, *starts)
    for axis, name in ((fig.update_xaxes, "A"), (fig.update_yaxes, "B")):
        axis(
            title=f"Severity by {name}, upper end enlarged",
            tickvals=[rarity(tick) for tick in TICKS],
            ticktext=[f"{tick:g}" for tick in TICKS],
            range=ENDS,
        )
    return fig


def _thresholds(fig: go.Figure, a: float | None, b: float | None) -> None:
    """Draw where A (across) and B (up) begin to flag."""
    if a is not None:
        base.mark(fig, rarity(a), f"A {a:.4g}")
    if b is not None:
        fig.add_hline(
            y=rarity(b),
            line={"color": INK, "width": 1.5, "dash": "dash"},
            annotation_text=f"B {b:.4g}",
            annotation_position="bottom left",
            annotation_font={"color": INK, "size": 12},
        )


def _words(found: Density, i: int, j: int) -> str:
    (a, a_end), (b, b_end) = (found.edges[k : k + 2] for k in (i, j))
    rows = found.counts[i][j] or 0
    return f"{rows:,} rows<br>A {a:.4g} to {a_end:.4g}<br>B {b:.4g} to {b_end:.4g}"


def _bar(found: Density) -> dict[str, Any]:
    """Return the legend of a scale that is logarithmic."""
    most = max((rows for line in found.counts for rows in line if rows), default=1)
    powers = range(int(log10(most)) + 1)
    return {
        "title": {"text": "Rows", "side": "top"},
        "tickvals": list(powers),
        "ticktext": [f"{10**power:,}" for power in powers],
        "thickness": 10,
        "outlinewidth": 0,
    }
