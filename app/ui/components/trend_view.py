"""The long view over score runs."""

from collections.abc import Sequence

import streamlit as st

from app.charts import base, trends
from app.services.runs import RunFilter, RunKind
from app.services.trends import TrendRow
from app.ui import cached, context, text
from app.ui.components import layout

RANGES = {"7 days": 7, "30 days": 30, "90 days": 90, "All time": 0}
DRIFT_LIMIT = 0.2


def span() -> int:
    """Let the operator choose how far back to look; returns days, 0 for all."""
    chosen = st.segmented_control(
        "Range",
        list(RANGES),
        default="30 days",
        required=True,
        key="range",
        bind="query-params",
        label_visibility="collapsed",
    )
    return RANGES[chosen]


def model_names() -> dict[str, str]:
    """Name of each model by its train run."""
    page = cached.runs(RunFilter(kind=RunKind.TRAIN), limit=100)
    return {run.run_id: f"{run.name} ({run.run_id[:6]})" for run in page.runs}


def numbers(rows: Sequence[TrendRow]) -> None:
    """The period in four numbers."""
    rates = [row.anomaly_rate for row in rows if row.anomaly_rate is not None]
    drifts = [row.drift_max for row in rows if row.drift_max is not None]
    middle = sorted(rates)[len(rates) // 2] if rates else None
    for column, (label, value, help_text) in zip(
        st.columns(4),
        [
            ("Score runs", text.number(len(rows)), "Finished in this range"),
            ("Latest anomaly rate", text.percent(rates[-1] if rates else None), "Newest run"),
            ("Median anomaly rate", text.percent(middle), "Half of the runs lie below"),
            ("Largest drift", text.number(max(drifts, default=None), 3), "Of any feature"),
        ],
        strict=True,
    ):
        column.metric(label, value, help=help_text, border=True)


def charts(rows: Sequence[TrendRow], names: dict[str, str]) -> None:
    """Rate, drift and activity."""
    with layout.card("rate"):
        layout.title("Anomaly rate", "Share of rows beyond the model's own threshold, by model.")
        st.plotly_chart(trends.rate(rows, names), key="chart-rate", config=base.CONFIG)
    left, right = st.columns(2)
    with left, layout.card("drift"):
        layout.title("Largest drift", "How far any feature moved from the training data.")
        st.plotly_chart(trends.drift(rows, DRIFT_LIMIT), key="chart-drift", config=base.CONFIG)
    with right, layout.card("activity"):
        layout.title("Score runs per day")
        zone = context.zone()
        days = [text.local(row.started, zone).date() for row in rows]
        st.plotly_chart(trends.runs_per_day(days), key="chart-activity", config=base.CONFIG)
