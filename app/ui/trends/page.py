"""Trends: how the anomaly rate, the data and the models change, read from PostgreSQL."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final

import streamlit as st

from app.services.trends.export import DETECTION, dashboard_url
from app.services.trends.types import FilterOption, Grain, Headline, Scope
from app.ui.kit import address, errors, inputs, layout, navigation, text
from app.ui.kit.context import console
from app.ui.trends import drift
from app.ui.trends import views as trends_views

ALL, CUSTOM, AUTOMATIC = "All", "Custom", "Auto"
RANGES = {"7 days": 7, "30 days": 30, "90 days": 90, "1 year": 365, ALL: None, CUSTOM: None}
GRAINS = {each.value.capitalize(): each for each in Grain}
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)
_BIND: Final = "query-params"
EXPORTS = {
    "rates": "Anomaly rate and its band",
    "training_rates": "Anomaly rate on training data",
    "decisions": "Changes of thresholds and models",
    "drift": "Drift by feature",
    "recent": "Recent runs",
    "failures": "Failed and cancelled runs",
    "activity": "Runs and rows by status",
    "means": "Durations, missing and unseen values",
    "quality": "Detection of injected anomalies",
    "precision": "Verdict precision by model",
}
"""What ``Trends.export`` offers, with labels."""


def choose_scope() -> Scope:
    """Let the operator choose time range, grain, data set and model; all are in the address."""
    trends = console().trends
    if earlier := address.get("data"):  # the name in addresses of earlier versions
        address.put("dataset", earlier)
        address.put("data", "")
    with st.container(horizontal=True, vertical_alignment="bottom", key="trend-filters"):
        chosen = _segments("Time range", list(RANGES), "30 days", "range")
        grain = _segments("One point for each", [AUTOMATIC, *GRAINS], AUTOMATIC, "grain")
        first, last = _dates() if chosen == CUSTOM else (None, None)
        datasets = {
            each.key: f"{text.shorten(each.name, 40)} · {each.key[:6]}"
            for each in trends.datasets()
        }
        dataset_id = address.choice("Data set", "dataset", datasets, "All data sets")
        models = {each.key: model_label(each) for each in trends.models()}
        model_run_id = address.choice("Model", "model", models, "All models")
    scope = Scope(RANGES[chosen], first, last, Grain.DAY, dataset_id, model_run_id)
    return scope.by(GRAINS.get(grain) or scope.automatic_grain)


def model_label(model: FilterOption) -> str:
    """Label a model by when it was trained, as Grafana does."""
    return f"{text.minute(model.newest)} · {text.shorten(model.name, 24)} · {model.key[:6]}"


def _segments(label: str, options: list[str], default: str, key: str) -> str:
    return st.segmented_control(label, options, default=default, required=True, key=key, bind=_BIND)


def _dates() -> tuple[date | None, date | None]:
    """Two days, both included; in the wrong order they are swapped."""
    today = datetime.now(UTC).date()
    first = _date("From", today - timedelta(days=30), "from")
    last = _date("To", today, "to")
    return (last, first) if first and last and last < first else (first, last)


def _date(label: str, default: date, key: str) -> date | None:
    return st.date_input(
        label, default, min_value=EARLIEST, max_value=LATEST, key=key, bind=_BIND, width=140
    )


def show_actions(scope: Scope, numbers: Headline) -> None:
    """Export what is shown, or open the same in Grafana."""
    first = text.minute(numbers.first)[:10] if numbers.first else "start"
    days = f"{scope.first or first}-to-{scope.last or 'now'}"
    with st.popover("Export", icon=":material/download:"), st.container(gap=None):
        st.caption("CSV of what is shown. A chart's own toolbar saves it as PNG.")
        for name, label in EXPORTS.items():
            st.download_button(
                label,
                # Bound here: it is called after the page was drawn, outside of the session.
                partial(console().trends.export, name, scope),
                file_name=f"trends-{name.replace('_', '-')}-{days}.csv",
                mime="text/csv",
                key=f"export-{name}",
                type="tertiary",
                on_click="ignore",
            )
    if grafana := console().settings.grafana_url:
        url = dashboard_url(grafana, DETECTION, scope, numbers.first)
        inputs.outward("Open in Grafana", url, "The same time range, data set and model")


def show(scope: Scope, numbers: Headline) -> None:
    """What the models detect first, then how the runs work."""
    trends_views.detection_numbers(numbers)
    trends_views.rate(scope)
    drift.drift(scope)
    trends_views.models(scope)
    trends_views.data_and_time(scope)
    trends_views.operations(scope, numbers)
    trends_views.runs(scope)


def show_nothing() -> None:
    """Say what to do instead."""
    advice = "Choose a longer range or fewer filters, or score a data set."
    with layout.card("empty"), layout.empty("No run in this range", advice):
        if st.button("Go to Score", type="primary"):
            navigation.go("score")


place = layout.page_header("Trends", "How the anomaly rate, the data and the models change.")
with errors.guarded("The trends"):
    chosen = choose_scope()
    numbers = console().trends.headline(chosen)
    with place:
        show_actions(chosen, numbers)
    if numbers.runs:
        show(chosen, numbers)
    else:
        show_nothing()
