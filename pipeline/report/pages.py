"""The four charts as interactive HTML pages that need no network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from plotly.io import to_html
from plotly.offline import get_plotlyjs

from pipeline.report import style

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.report.summary import ScoreSummary

Figure = dict[str, Any]

CONFIG = {"displaylogo": False, "responsive": True, "showSendToCloud": False}
"""Without the default button that offers to upload the data to a third party."""

SHOWN_FIELDS = 30

FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<style>html, body {height: 100%; margin: 0;}</style>
<script>{library}</script>
</head>
<body>
{chart}
</body>
</html>
"""

# Read at import, so that processes forked later share it.
HEAD, TAIL = FRAME.split("{chart}")
BEFORE, AFTER = HEAD.replace("{library}", get_plotlyjs()).encode(), TAIL.encode()


def write_page(summary: ScoreSummary, chart: str, target: Path) -> None:
    """Write ``chart``, one of ``BUILD``, as a page with the plotting library inside."""
    figure = BUILD[chart](summary)
    figure["layout"] |= {
        "title": {"text": f"<b>{escape(style.title(summary, chart))}</b>", "x": 0.02},
        "font": {"family": "Inter, system-ui, sans-serif", "color": style.INK},
        "plot_bgcolor": "white",
        "margin": {"t": 60, "r": 30, "b": 60, "l": 80},
    }
    chart_only = {"include_plotlyjs": False, "full_html": False, "validate": False}
    with target.open("wb") as page:
        page.writelines([BEFORE, to_html(figure, CONFIG, **chart_only).encode(), AFTER])


def _distribution(summary: ScoreSummary) -> Figure:
    histogram = summary.histogram()
    middles = (histogram.edges[:-1] + histogram.edges[1:]) / 2
    at = summary.score_threshold
    anomalous = histogram.edges[:-1] < at
    bars = [
        {
            "type": "bar",
            "name": name,
            "x": middles[chosen].tolist(),
            "y": histogram.rows[chosen].tolist(),
            "width": float(np.diff(histogram.edges)[0]),
            "marker": {"color": colour},
            "hovertemplate": "score %{x:.3f}: %{y:,} rows<extra></extra>",
        }
        for name, colour, chosen in (
            ("anomaly", style.ANOMALY, anomalous),
            ("normal", style.NORMAL, ~anomalous),
        )
    ]
    line = {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper"}
    layout = {
        "bargap": 0,
        "shapes": [line | {"line": {"color": style.INK, "dash": "dash"}}],
        "xaxis": {"title": {"text": style.score_axis(summary)}},
        "yaxis": {"title": {"text": "Rows"}, "gridcolor": style.GRID},
    }
    return {"data": bars, "layout": layout}


def _percentage(summary: ScoreSummary) -> Figure:
    normal = summary.rows - summary.anomalies
    ring = {
        "type": "pie",
        "labels": ["normal", "anomaly"],
        "values": [normal, summary.anomalies],
        "marker": {"colors": [style.NORMAL, style.ANOMALY]},
        "hole": 0.6,
        "sort": False,
        "textinfo": "label+percent",
        "hovertemplate": "%{label}: %{value:,} rows, %{percent}<extra></extra>",
    }
    note = {"text": f"{summary.rows:,}<br>rows", "showarrow": False, "font": {"size": 18}}
    return {"data": [ring], "layout": {"annotations": [note], "showlegend": False}}


def _top(summary: ScoreSummary) -> Figure:
    rows = style.top_rows(summary)[::-1]
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": [row["name"] for row in chosen],
            "x": [row["distance"] for row in chosen],
            "text": [
                "<br>".join(map(escape, style.present_fields(row["fields"], SHOWN_FIELDS)))
                for row in chosen
            ],
            "textposition": "none",
            "marker": {"color": colour},
            "hovertemplate": "<b>%{y}</b>, %{x:.3f} beyond the threshold<br>%{text}<extra></extra>",
        }
        for name, colour in style.BANDS.items()
        if (chosen := [row for row in rows if row["band"] == name])
    ]
    names = {"categoryorder": "array", "categoryarray": [row["name"] for row in rows]}
    layout = {
        "xaxis": {"title": {"text": style.DISTANCE_AXIS}, "gridcolor": style.GRID},
        "yaxis": names | {"automargin": True},
        "legend": {"title": {"text": "severity"}},
        "showlegend": True,
    }
    return {"data": bars, "layout": layout}


def _trend(summary: ScoreSummary) -> Figure:
    trend = summary.trend()
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": trend.starts,
        "y": trend.rate.tolist(),
        "customdata": np.column_stack([trend.anomalies, trend.rows]).tolist(),
        "line": {"color": style.LINE},
        "fill": "tozeroy",
        "fillcolor": style.LINE_AREA,
        "hovertemplate": "%{x}: %{y:.2%}, %{customdata[0]:,} of %{customdata[1]:,} rows"
        "<extra></extra>",
    }
    overall = {"type": "line", "xref": "paper", "x0": 0, "x1": 1}
    level = {"y0": summary.anomaly_rate, "y1": summary.anomaly_rate}
    layout = {
        "shapes": [overall | level | {"line": {"color": style.QUIET, "dash": "dash"}}],
        "xaxis": {"title": {"text": escape(style.time_axis(summary))}},
        "yaxis": {
            "title": {"text": style.RATE_AXIS},
            "tickformat": ".1%",
            "rangemode": "tozero",
            "gridcolor": style.GRID,
        },
    }
    return {"data": [line], "layout": layout}


BUILD: dict[str, Callable[[ScoreSummary], Figure]] = {
    "anomaly_score_distribution": _distribution,
    "anomaly_percentage": _percentage,
    "top_anomalies": _top,
    "anomaly_trend": _trend,
}
