"""Trends: the anomaly rate from run to run, straight from PostgreSQL."""

import streamlit as st

from app.ui import cached, context, guard, navigation
from app.ui.components import actions, layout, trend_view

with layout.page_header("Trends", "Anomaly rate, drift and activity from run to run."):
    days = trend_view.span()
    if grafana := context.console().settings.grafana_url:
        actions.outward("Grafana", grafana, "The same numbers on dashboards")
with guard.guarded("The trends"):
    rows = cached.score_trend(days)
    if rows:
        trend_view.numbers(rows)
        place, names = st.container(), {}
        with guard.guarded("The names of the models"):
            names = trend_view.model_names()
        with place:
            trend_view.charts(rows, names)
    else:
        with (
            layout.card("empty"),
            layout.empty(
                "No score run in this range", "Choose a longer range above, or score a data set."
            ),
        ):
            if st.button("Go to Score", type="primary"):
                navigation.go("score")
