"""The rate over the time within the data of one run."""

from typing import Any

import plotly.graph_objects as go

from app.charts import base
from app.charts.palette import ANOMALY, QUIET
from app.services.anomalies import Trend

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
