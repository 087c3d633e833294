"""How the severities and the scores of one run are distributed."""

from collections.abc import Sequence
from itertools import pairwise
from math import log10
from typing import Any

import plotly.graph_objects as go

from app.services.anomalies.segments import Segment
from app.services.anomalies.types import BandShare, Histogram, Tail, Trend
from app.ui.kit import charts
from app.ui.kit.charts import ANOMALY, INK, NORMAL, QUIET, band_colour, band_of

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
    fig = charts.figure(HEIGHT, hover="x unified")
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
        charts.mark(fig, rarity(threshold), f"{threshold:.4g}", right=threshold < TICKS[1])
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
    fig = charts.figure(HEIGHT, hover="x unified")
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
        charts.mark(fig, threshold, f"{threshold:.3g}")
    return fig


FILLED: dict[str, Any] = {
    "mode": "lines",
    "line": {"color": ANOMALY, "width": 2},
    "fill": "tozeroy",
    "fillcolor": "rgba(212, 85, 47, 0.10)",
}


def trend_in_data(trend: Trend) -> go.Figure:
    """Anomaly rate over the data's own time, above the number of rows it rests on."""
    fig = charts.figure(300, hover="x unified")
    times = [point.start for point in trend.points]
    fig.add_scatter(
        x=times,
        y=[point.rate for point in trend.points],
        name="Anomaly rate",
        customdata=[point.anomalies for point in trend.points],
        hovertemplate="%{y:.1%} (%{customdata:,} anomalies)",
        **FILLED,
    )
    rows = [point.rows for point in trend.points]
    fig.add_bar(x=times, y=rows, yaxis="y2", name="Rows", marker={"color": QUIET})
    fig.update_traces(hovertemplate="%{y:,}", selector={"type": "bar"})
    fig.update_layout(
        yaxis={"domain": [0.34, 1], "tickformat": ".0%", "rangemode": "tozero", "title": "Rate"},
        yaxis2={"domain": [0, 0.24], "nticks": 3, "title": "Rows"},
        xaxis={"anchor": "y2"},
    )
    return fig


SEGMENT_HEIGHT = 300
SEGMENT_LABEL = 30


def segments(found: Sequence[Segment]) -> go.Figure:
    """One line for each segment: how many times more frequent anomalies are, and how sure."""
    fig = charts.figure(SEGMENT_HEIGHT)
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
                charts.literal(one.label),
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
    charts.named_rows(fig, [_label(each) for each in found])
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
        return (
            f"{charts.short(value, SEGMENT_LABEL)}<br>{_quiet(charts.short(column, SEGMENT_LABEL))}"
        )
    return "<br>".join(
        f"{charts.short(value, 18)} {_quiet(charts.short(column, 16))}" for column, value in parts
    )


def _quiet(text: str) -> str:
    return f"<span style='font-size:10px;color:{INK}'>{text}</span>"
