"""Parts of the Overview page: service tiles, retraining suggestion, model in use, anomaly rate."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from app.services.system.service import ServiceHealth, Status
from app.ui.kit import context, html, navigation, text
from app.ui.kit.layout import title
from app.ui.system.labels import service_pill
from pipeline.tracking.runs import Run


def tiles(services: Sequence[ServiceHealth]) -> None:
    """One tile a service: name, state, and a sentence that may be cut but is whole on hover."""
    st.html(html.tag("div", "".join(_tile(each) for each in services), cls="ac-tiles"))


def _tile(service: ServiceHealth) -> str:
    """The tile of one service."""
    head = html.span(service.name) + service_pill(service.status)
    sentence = _sentence(service)
    return html.tag(
        "div",
        html.tag("div", head, cls="ac-tile-head")
        + html.tag("div", escape(sentence), cls="ac-sub", title=_hover(service, sentence)),
        cls="ac-tile",
    )


def _sentence(service: ServiceHealth) -> str:
    """What is wrong and since when, or what works."""
    if service.status is Status.HEALTHY or not service.down_since:
        return service.detail
    return f"Since {text.ago(service.down_since)}. {service.detail}"


def _hover(service: ServiceHealth, sentence: str) -> str:
    """Everything else that is known, for the tooltip."""
    latency = f"Answered in {service.latency_ms:.0f} ms" if service.latency_ms else ""
    since = f"Down since {text.exact(service.down_since, context.zone())}"
    known = (
        sentence,
        service.version,
        service.address.partition("?")[0],
        latency,
        service.still_works,
    )
    return "\n".join(filter(None, (*known, since if service.down_since else "")))


RATES = 20
SEEN = 0.0005  # half a tenth of a point: below it the change is written as 0.0


def moment(run: Run) -> str:
    """When a run started, relative, with the exact time on hover."""
    return html.span(text.ago(run.started), title=text.exact(run.started, context.zone()))


def _facts(run: Run, role: str) -> None:
    """What the model was trained with, by whom, and how many injected anomalies it detects."""
    badge = html.pill(role, "accent")
    st.html(html.tag("div", html.span("Model in use", cls="ac-title") + badge, cls="ac-row"))
    recall = text.percent(run.metrics.get("injected_recall"))
    st.html(
        html.facts(
            [
                ("Trained", moment(run)),
                ("By", html.span(run.requested_by or text.ABSENT, title=run.requested_by)),
                ("Trees", html.span(run.params.get("n_estimators", text.ABSENT))),
                ("Contamination", html.span(run.params.get("contamination", text.ABSENT))),
                ("Rows", html.span(text.number(run.metrics.get("rows")))),
                ("Injected recall", html.span(recall, title="Metric injected_recall")),
            ],
            cls="ac-six",
        )
    )


def in_use() -> None:
    """The champion, or the latest model while there is no champion."""
    champion = context.console().runs.champion()
    model = champion or context.console().runs.latest_model()
    if not model:
        title("No model yet", "The first retraining makes one; it takes about a minute.")
        return
    _facts(model, "champion" if champion else "latest")
    with st.container(horizontal=True):
        if st.button("Open the model", key="open-model", type="tertiary"):
            navigation.go("models", model=model.run_id)
        if st.button("All models", key="all-models", type="tertiary"):
            navigation.go("models")


def latest_rate() -> None:
    """The anomaly rate of the newest score run, with those before it."""
    runs = context.console().runs.scored(RATES)
    if not runs:
        title("No scored rows yet", "The first retraining scores its own data set.")
        return
    rate_metric(runs)
    if st.button("Explore anomalies", key="explore", type="tertiary"):
        navigation.go("anomalies", run=runs[0].run_id)


def rate_metric(runs: Sequence[Run]) -> None:
    """The newest run's anomaly rate, its change, and the course up to it."""
    rates = [run.metrics["anomaly_rate"] for run in runs if "anomaly_rate" in run.metrics]
    change = rates[0] - rates[1] if len(rates) > 1 else None
    st.metric(
        "Latest anomaly rate",
        text.percent(runs[0].metrics.get("anomaly_rate")),
        delta=None if change is None else f"{change * 100:+.1f} points",
        delta_color="off",
        delta_arrow="auto" if change and abs(change) >= SEEN else "off",
        delta_description=None if change is None else "against the run before",
        chart_data=rates[::-1] if change is not None else None,
        chart_type="area",
        help=f"Share of rows below the threshold in run {runs[0].name}",
    )
