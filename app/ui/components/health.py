"""How the services are doing, as tiles."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from app.services.health import ServiceHealth, Status
from app.ui import context, html, text
from app.ui.components.states import service_pill


def tiles(services: Sequence[ServiceHealth]) -> None:
    """One tile a service: name, state, and a sentence that may be cut but is whole on hover."""
    st.html(html.tag("div", "".join(_tile(each) for each in services), cls="ac-tiles"))


def _tile(service: ServiceHealth) -> str:
    """The tile of one service."""
    head = html.words(service.name) + service_pill(service.status)
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
