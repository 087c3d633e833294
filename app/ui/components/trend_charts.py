"""The cards of the Trends page that hold a chart and nothing to click."""

from typing import Any

import streamlit as st

from app.charts import base, trend_rates, trend_work
from app.services.trends_grafana import OPERATIONS, dashboard_url
from app.services.trends_model import Headline
from app.services.trends_scope import Grain, Scope
from app.ui import context, html, text
from app.ui import trend_questions as ask
from app.ui.components import layout, trend_numbers

MEANS = {Grain.DAY: "day", Grain.WEEK: "week", Grain.MONTH: "month"}


def draw(figure: Any, key: str) -> None:  # noqa: ANN401 - plotly is untyped
    """Draw a chart that can be saved as PNG from its own toolbar."""
    image = base.CONFIG["toImageButtonOptions"] | {"filename": f"trend-{key}"}
    st.plotly_chart(
        figure, key=f"chart-{key}", config=base.CONFIG | {"toImageButtonOptions": image}
    )


def rate(scope: Scope) -> None:
    """Anomaly rate over time, and beside it how the runs ended."""
    left, right = st.columns([3, 1])
    with left, layout.card("rate", height="stretch"):
        points = ask.rates(scope)
        layout.title("Anomaly rate", _rate_in_words(scope))
        draw(trend_rates.rates(points, ask.training_rates(scope), ask.changes(scope)), "rate")
    with right, layout.card("status", height="stretch"):
        layout.title("Run status", "How the runs of this time ended.")
        draw(trend_work.status_share(ask.statuses(scope), trend_rates.HEIGHT), "status")


def _rate_in_words(scope: Scope) -> str:
    mean = f"mean of each {MEANS[scope.grain]}, " if scope.grain in MEANS else ""
    return (
        f"Share of rows beyond the model's threshold, {mean}in UTC. On new data it should stay in "
        "the band; on training data it equals the contamination by construction."
    )


def models(scope: Scope) -> None:
    """How good the models are: their own test, and what reviewers say."""
    left, right = st.columns(2)
    with left, layout.card("quality", height="stretch"):
        layout.title("Detection of injected anomalies", "Each new model on corrupted rows.")
        draw(trend_work.quality(ask.quality(scope)), "quality")
    with right, layout.card("precision", height="stretch"):
        layout.title(
            "Verdict precision by model", "Confirmed share of the judged rows, 95 % interval."
        )
        judged = ask.precision(scope)
        if judged:
            draw(trend_work.precision(judged), "precision")
        else:
            layout.empty("No verdict yet", "Judge flagged rows on the Anomalies page.")


def data_and_time(scope: Scope) -> None:
    """What came in odd, and how long the work takes."""
    means = ask.means(scope)
    left, right = st.columns(2)
    with left, layout.card("odd", height="stretch"):
        layout.title("Missing and unseen values", "Share of the scored values.")
        draw(trend_work.odd_values(means), "odd-values")
    with right, layout.card("durations", height="stretch"):
        layout.title("Durations", "Mean seconds of the work proper, without storing the artifacts.")
        draw(trend_work.durations(means), "durations")


def operations(scope: Scope, numbers: Headline) -> None:
    """Failures, freshness and data volume."""
    coarse = scope.by(Grain.DAY) if scope.grain is Grain.RUN else scope
    activity = ask.activity(coarse)
    with layout.card("operations"):
        with st.container(horizontal=True, vertical_alignment="center"):
            layout.title("Operations", f"How the work goes, per {MEANS[coarse.grain]}.")
            if base_url := context.console().settings.grafana_url:
                address = dashboard_url(base_url, OPERATIONS, scope, numbers.first)
                st.html(html.link("Operations in Grafana", address), width="content")
        trend_numbers.operations(numbers)
        left, right = st.columns(2)
        with left:
            layout.section("Runs by status")
            draw(trend_work.runs_by_status(activity), "runs")
        with right:
            layout.section("Data volume")
            draw(trend_work.volume(activity), "volume")


def span_in_words(scope: Scope, numbers: Headline) -> str:
    """Name the days that are shown, for files."""
    first = text.minute(numbers.first)[:10] if numbers.first else "start"
    return f"{scope.first or first}-to-{scope.last or 'now'}"
