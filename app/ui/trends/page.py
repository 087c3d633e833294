"""Trends: how the anomaly rate, the data and the models moved, out of PostgreSQL."""

import streamlit as st

from app.services.trends.service import DETECTION, dashboard_url
from app.services.trends.types import Headline, Scope
from app.ui.kit import context, errors, inputs, layout, navigation
from app.ui.trends import drift, export
from app.ui.trends import filters as trends_filters
from app.ui.trends import queries as ask
from app.ui.trends import views as trends_views


def lead_on(scope: Scope, numbers: Headline) -> None:
    """Files of what is shown, and the same in Grafana."""
    export.menu(scope, trends_views.span_in_words(scope, numbers))
    if grafana := context.console().settings.grafana_url:
        address = dashboard_url(grafana, DETECTION, scope, numbers.first)
        inputs.outward("Open in Grafana", address, "The same time range, data set and model")


def show(scope: Scope, numbers: Headline) -> None:
    """What the models say first, then how the work goes."""
    trends_views.detection_numbers(numbers)
    trends_views.rate(scope)
    drift.drift(scope)
    trends_views.models(scope)
    trends_views.data_and_time(scope)
    trends_views.operations(scope, numbers)
    trends_views.runs(scope)


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
with errors.guarded("The trends"):
    chosen = trends_filters.scope()
    numbers = ask.headline(chosen)
    with place:
        lead_on(chosen, numbers)
    if numbers.runs:
        show(chosen, numbers)
    else:
        show_nothing()
