"""Trends: how the anomaly rate, the data and the models moved, out of PostgreSQL."""

import streamlit as st

from app.services.trends_grafana import DETECTION, dashboard_url
from app.services.trends_model import Headline
from app.services.trends_scope import Scope
from app.ui import context, guard, navigation
from app.ui import trend_questions as ask
from app.ui.components import (
    actions,
    layout,
    trend_charts,
    trend_drift,
    trend_export,
    trend_filters,
    trend_numbers,
    trend_runs,
)


def lead_on(scope: Scope, numbers: Headline) -> None:
    """Files of what is shown, and the same in Grafana."""
    trend_export.menu(scope, trend_charts.span_in_words(scope, numbers))
    if grafana := context.console().settings.grafana_url:
        address = dashboard_url(grafana, DETECTION, scope, numbers.first)
        actions.outward("Open in Grafana", address, "The same time range, data set and model")


def show(scope: Scope, numbers: Headline) -> None:
    """What the models say first, then how the work goes."""
    trend_numbers.detection(numbers)
    trend_charts.rate(scope)
    trend_drift.drift(scope)
    trend_charts.models(scope)
    trend_charts.data_and_time(scope)
    trend_charts.operations(scope, numbers)
    trend_runs.runs(scope)


def show_nothing() -> None:
    """Say what to do instead."""
    with (
        layout.card("empty"),
        layout.empty(
            "No run in this range", "Choose a longer range or fewer filters, or score a data set."
        ),
    ):
        if st.button("Go to Score", type="primary"):
            navigation.go("score")


place = layout.page_header("Trends", "How the anomaly rate, the data and the models moved.")
with guard.guarded("The trends"):
    chosen = trend_filters.scope()
    numbers = ask.headline(chosen)
    with place:
        lead_on(chosen, numbers)
    if numbers.runs:
        show(chosen, numbers)
    else:
        show_nothing()
