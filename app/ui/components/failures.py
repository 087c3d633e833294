"""What is shown in place of a part that could not be drawn."""

from html import escape
from urllib.parse import urlencode

import streamlit as st

from app.services.health import ServiceHealth
from app.ui import cached, context, html, text
from app.ui.components.layout import card


def notice(title: str, sentence: str, tone: html.Tone = "bad") -> None:
    """Show a title and what to do about it behind a coloured edge."""
    inner = html.tag("div", escape(title), cls="ac-title")
    inner += html.tag("div", escape(sentence), cls="ac-sub")
    st.html(html.tag("div", inner, cls=f"ac-notice ac-{tone}-edge", role="alert"))


def session_ended(sentence: str) -> None:
    """Ask the operator to sign in again and come back to the same address."""
    with card("session"):
        notice("Your session has ended", f"{sentence} Sign in again to go on.", "warn")
        back = f"/signin?{urlencode({'next': context.address()})}"
        st.html(html.tag("a", "Sign in", href=back, target="_self", cls="ac-button ac-primary"))


def service_down(part: str, service: str, sentence: str) -> None:
    """Name the service, since when it is down and what works without it; offer a retry."""
    known = cached.health() if context.entered() else ()
    health = next((each for each in known if each.name == service), None)
    with card(f"down-{part}"):
        notice(f"{part}: waiting for {service}", _since(sentence, health))
        _retry(part)


def _since(sentence: str, health: ServiceHealth | None) -> str:
    """Add to the sentence what the health check knows."""
    parts = [sentence]
    if health and health.down_since:
        parts.append(f"Down since {text.exact(health.down_since, context.zone())}.")
    if health and health.still_works:
        parts.append(health.still_works)
    parts.append("This page comes back by itself.")
    return " ".join(parts)


def refused(part: str, sentence: str) -> None:
    """Show the reason that a service or the pipeline gave."""
    with card(f"refused-{part}"):
        notice(f"{part} could not be shown", sentence)
        _retry(part)


def unexpected(part: str, reference: str) -> None:
    """Apologise and give the reference under which the log holds the rest."""
    with card(f"unexpected-{part}"):
        notice(
            f"{part} could not be shown",
            f"Something went wrong in the console itself. The log has the details under "
            f"reference {reference}.",
        )
        _retry(part)


def _retry(part: str) -> None:
    """Offer to draw the part again."""
    if st.button("Try again", key=f"retry-{part}", icon=":material/refresh:"):
        st.rerun()
