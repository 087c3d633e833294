"""Charts of one view: histograms, the trend in the data, and segments."""

from collections.abc import Sequence
from itertools import pairwise
from math import log10
from typing import Any

import plotly.graph_objects as go

from app.services.anomalies.segments import Segment
from app.services.anomalies.types import Histogram, Trend
from app.ui.kit import charts
from app.ui.kit.charts import (
    ANOMALY,
    INK,
    NORMAL,
    QUIET,
    SEVERITY_AXIS,
    SEVERITY_TICKS,
    band_colour,
    band_of,
    rarity,
)

HEIGHT = 205
LEAST_SHOWN = -0.3
"""Lower end of the axis of rows, as a power of ten: a single row is still visible."""


def severity_histogram(counts: Histogram, threshold: float | None) -> go.Figure:
    """Draw rows by severity with the upper end enlarged, and what training data would give.

    Parameters
    ----------
    threshold
        Severity from which a row is an anomaly; None draws no line.
    """
    names = [band_of(low + 1e-6) for low in counts.edges[:-1]]
    colours = [band_colour(name) if name else INK for name in names]
    middles = [(rarity(low) + rarity(high)) / 2 for low, high in pairwise(counts.edges)]
    fig = _stacked(counts, middles, [1 / 20] * len(middles), colours)
    fig.data[0].marker.opacity = 0.55
    fig.data[0].customdata = [
        f"Severity {low:.4g} to {high:.4g}{', ' + name if name else ''}"
        for (low, high), name in zip(pairwise(counts.edges), names, strict=True)
    ]
    fig.add_scatter(
        name="As in training",
        x=middles[:-1],  # the last bin has no upper end, so its expectation is off the line
        y=list(counts.expected[:-1]),
        mode="lines",
        line={"color": INK, "width": 1.5, "dash": "dot"},
        hovertemplate="%{y:,.0f}",
    )
    fig.update_xaxes(
        **SEVERITY_AXIS,
        unifiedhovertitle={"text": "%{customdata}"},
    )
    rows = map(sum, zip(counts.normal, counts.anomalous, strict=True))
    highest = log10(max(*rows, *counts.expected, 10.0))
    fig.update_yaxes(type="log", dtick=1, range=[LEAST_SHOWN, highest + 0.15])
    if threshold is not None:
        charts.mark(fig, rarity(threshold), f"{threshold:.4g}", right=threshold < SEVERITY_TICKS[1])
    return fig


def score_histogram(counts: Histogram, threshold: float | None) -> go.Figure:
    """Draw rows by raw score, with the threshold as a line."""
    pairs = list(pairwise(counts.edges))
    middles, widths = [(low + high) / 2 for low, high in pairs], [high - low for low, high in pairs]
    fig = _stacked(counts, middles, widths, [ANOMALY] * len(pairs))
    fig.update_xaxes(title="Score, lower is more anomalous", hoverformat=".3f")
    if threshold is not None:
        charts.mark(fig, threshold, f"{threshold:.3g}")
    return fig


def _stacked(
    counts: Histogram, middles: list[float], widths: list[float], colours: list[str]
) -> go.Figure:
    """Stack anomalies in their colours on normal rows."""
    fig = charts.figure(HEIGHT, hover="x unified")
    for name, rows, colour in (
        ("Normal", counts.normal, NORMAL),
        ("Anomalies", counts.anomalous, colours),
    ):
        fig.add_bar(
            name=name,
            x=middles,
            y=list(rows),
            width=widths,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{y:,} rows",
        )
    fig.update_layout(barmode="stack", bargap=0)
    fig.update_yaxes(title="Rows")
    return fig


FILLED: dict[str, Any] = {
    "mode": "lines",
    "line": {"color": ANOMALY, "width": 2},
    "fill": "tozeroy",
    "fillcolor": "rgba(212, 85, 47, 0.10)",
}


def trend(found: Trend) -> go.Figure:
    """Draw the anomaly rate over the dates in the data, above the number of rows."""
    fig = charts.figure(300, hover="x unified")
    times = [point.start for point in found.points]
    fig.add_scatter(
        x=times,
        y=[point.rate for point in found.points],
        name="Anomaly rate",
        customdata=[point.anomalies for point in found.points],
        hovertemplate="%{y:.1%} (%{customdata:,} anomalies)",
        **FILLED,
    )
    rows = [point.rows for point in found.points]
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
    """Draw the risk ratio of each segment with its confidence interval."""
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
    """Put the values first, which say more than the names of the columns."""
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
