"""Rates over time: within the data of one run, and from run to run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import plotly.graph_objects as go

from app.charts import base
from app.charts.palette import ACCENT, ANOMALY, INK, QUIET, series_colours
from app.services.anomalies import Trend
from app.services.trends import TrendRow

FILLED: dict[str, Any] = {
    "mode": "lines",
    "line": {"color": ANOMALY, "width": 2},
    "fill": "tozeroy",
    "fillcolor": "rgba(212, 85, 47, 0.10)",
}


def in_data(trend: Trend) -> go.Figure:
    """Anomaly rate over the data's own time, above the number of rows it rests on."""
    fig = base.figure(300, hover="x unified")
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


def rate(runs: Sequence[TrendRow], models: Mapping[str, str]) -> go.Figure:
    """Anomaly rate of each score run; the markers are coloured by the model that scored.

    Parameters
    ----------
    models
        Name to show for each ``model_run_id``.
    """
    fig = base.figure(320, legend=True)
    known = [run for run in runs if run.anomaly_rate is not None]
    _line(fig, known, [run.anomaly_rate for run in known])
    _markers(fig, known, models)
    fig.update_yaxes(tickformat=".1%", rangemode="tozero", title="Anomaly rate")
    return fig


def _line(fig: go.Figure, runs: Sequence[TrendRow], values: Sequence[float | None]) -> None:
    """Join the runs by a thin line."""
    fig.add_scatter(
        x=[run.started for run in runs],
        y=list(values),
        mode="lines",
        line={"color": QUIET, "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )


def _markers(fig: go.Figure, runs: Sequence[TrendRow], models: Mapping[str, str]) -> None:
    """Put one marker for each run, a colour for each model."""
    colours = series_colours([run.model_run_id for run in runs])
    for model, colour in colours.items():
        own = [run for run in runs if run.model_run_id == model]
        fig.add_scatter(
            x=[run.started for run in own],
            y=[run.anomaly_rate for run in own],
            mode="markers",
            marker={"color": colour, "size": 9},
            name=models.get(model, model[:8] or "Unknown model"),
            customdata=[[run.rows, run.run_id[:8]] for run in own],
            hovertemplate="%{y:.2%} of %{customdata[0]:,} rows<br>%{x}<br>Run %{customdata[1]}",
        )


def drift(runs: Sequence[TrendRow], limit: float) -> go.Figure:
    """Largest drift of any feature in each score run, with the limit worth a look."""
    fig = base.figure(240)
    known = [run for run in runs if run.drift_max is not None]
    fig.add_scatter(
        x=[run.started for run in known],
        y=[run.drift_max for run in known],
        mode="lines+markers",
        line={"color": ACCENT, "width": 2},
        marker={"size": 7},
        hovertemplate="%{y:.3f}<br>%{x}<extra></extra>",
    )
    fig.add_hline(
        y=limit,
        line={"color": INK, "width": 1.5, "dash": "dash"},
        annotation_text=f"Worth a look above {limit:g}",
        annotation_font={"color": INK, "size": 12},
    )
    fig.update_yaxes(rangemode="tozero", title="Largest drift")
    return fig


def runs_per_day(days: Sequence[date]) -> go.Figure:
    """How many score runs finished on each day; ``days`` holds one entry a run."""
    fig = base.figure(240)
    counted = Counter(days)
    fig.add_bar(
        x=list(counted),
        y=list(counted.values()),
        marker={"color": ACCENT},
        hovertemplate="%{x|%Y-%m-%d}: %{y} runs<extra></extra>",
    )
    fig.update_layout(bargap=0.35)
    fig.update_xaxes(type="date", tickformat="%b %d")
    fig.update_yaxes(title="Runs", dtick=1 if max(counted.values(), default=0) < 6 else None)  # noqa: PLR2004 - whole numbers only
    return fig
