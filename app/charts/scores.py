"""How the severities and the scores of one run are distributed."""

from collections.abc import Sequence
from itertools import pairwise
from math import log10
from typing import Any

import plotly.graph_objects as go

from app.charts import base
from app.charts.palette import ANOMALY, INK, NORMAL, band_colour, band_of
from app.services.anomaly_model import BandShare, Histogram
from app.services.explore_model import Tail

HEIGHT = 205
TICKS = (0.0, 50.0, 80.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.99)
FULL = 100.0
MOST_RARE = 4.05
LEAST_SHOWN = -0.3
"""Where the axis of rows begins, as a power of ten: a single row is still seen."""


def rarity(severity: float) -> float:
    """Where a severity lies on the axis: each unit is ten times rarer, 90 at 1, 99 at 2.

    >>> [round(rarity(value), 2) for value in (0, 90, 99, 100)]
    [0.0, 1.0, 2.0, 4.05]
    """
    left = 1.0 - severity / FULL
    return MOST_RARE if left <= 10**-MOST_RARE else -log10(left)


def tail(counts: Tail, bands: Sequence[BandShare], threshold: float | None) -> go.Figure:
    """Rows by severity with the upper end enlarged, and what training data would give.

    Parameters
    ----------
    threshold
        Severity from which a row is an anomaly; None draws no line.
    """
    fig = base.figure(HEIGHT, hover="x unified")
    middles = [(rarity(low) + rarity(high)) / 2 for low, high in pairwise(counts.edges)]
    names = [band_of(low + 1e-6, bands) for low in counts.edges[:-1]]
    normal = [rows - odd for rows, odd in zip(counts.rows, counts.anomalies, strict=True)]
    fig.add_bar(name="Normal", x=middles, y=normal, **_look([NORMAL] * len(names), 0.55))
    colours = [band_colour(name) if name else INK for name in names]
    fig.add_bar(name="Anomalies", x=middles, y=list(counts.anomalies), **_look(colours, 1.0))
    fig.add_scatter(
        name="As in training",
        x=middles[:-1],  # the last bin holds all beyond, so its expectation is off the line
        y=list(counts.expected[:-1]),
        mode="lines",
        line={"color": INK, "width": 1.5, "dash": "dot"},
        hovertemplate="%{y:,.0f}",
    )
    words = [_band_words(*pair, bands) for pair in pairwise(counts.edges)]
    fig.update_xaxes(
        tickvals=[rarity(tick) for tick in TICKS],
        ticktext=[f"{tick:g}" for tick in TICKS],
        title="Severity, upper end enlarged",
        range=[0, MOST_RARE],
        unifiedhovertitle={"text": "%{customdata}"},
    )
    fig.data[0].customdata = words
    fig.update_layout(barmode="stack", bargap=0)
    highest = log10(max(*counts.rows, *counts.expected, 10.0))
    fig.update_yaxes(title="Rows", type="log", dtick=1, range=[LEAST_SHOWN, highest + 0.15])
    if threshold is not None:
        base.mark(fig, rarity(threshold), f"{threshold:.4g}", right=threshold < TICKS[1])
    return fig


def _look(colours: list[str], opacity: float) -> dict[str, Any]:
    return {
        "width": 1 / 20,
        "marker": {"color": colours, "opacity": opacity, "line": {"width": 0}},
        "hovertemplate": "%{y:,} rows",
    }


def _band_words(low: float, high: float, bands: Sequence[BandShare]) -> str:
    """Name a bin: its severities and the band they belong to."""
    band = band_of(low + 1e-6, bands)
    return f"Severity {low:.4g} to {high:.4g}{', ' + band if band else ''}"


def histogram(counts: Histogram, threshold: float | None) -> go.Figure:
    """Rows by raw score, normal and anomalous stacked, with the threshold as a line."""
    fig = base.figure(HEIGHT, hover="x unified")
    pairs = list(pairwise(counts.edges))
    kinds = (("Normal", counts.normal, NORMAL), ("Anomalies", counts.anomalous, ANOMALY))
    for name, rows, colour in kinds:
        fig.add_bar(
            x=[(low + high) / 2 for low, high in pairs],
            y=list(rows),
            width=[high - low for low, high in pairs],
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{y:,} rows",
        )
    fig.update_layout(barmode="stack", bargap=0)
    fig.update_xaxes(title="Score, lower is more anomalous", hoverformat=".3f")
    fig.update_yaxes(title="Rows")
    if threshold is not None:
        base.mark(fig, threshold, f"{threshold:.3g}")
    return fig
