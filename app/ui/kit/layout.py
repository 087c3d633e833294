"""Page header, cards, section titles and empty states."""

from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.ui.kit import html

_DRAWING = '<img src="/app/static/empty.svg" width="52" height="52" alt="">'


def page_header(title: str, purpose: str) -> DeltaGenerator:
    """Title and one line of purpose; returns the place at the right for the page's actions."""
    with st.container(horizontal=True, vertical_alignment="center", key="page-header", wrap=False):
        heading = html.tag("h1", escape(title), cls="ac-h1 ac-cut", title=title)
        st.html(heading + html.tag("p", escape(purpose), cls="ac-purpose ac-cut", title=purpose))
        return st.container(
            horizontal=True, horizontal_alignment="right", width="content", wrap=False
        )


def card(name: str, *, height: int | str = "content") -> DeltaGenerator:
    """Bordered surface; ``name`` is unique on its page."""
    return st.container(border=True, key=f"card-{name}", height=height)  # type: ignore[arg-type]


def title(heading: str, sub: str = "", tooltip: str = "") -> None:
    """Heading of a card."""
    inner = html.tag("div", escape(heading), cls="ac-title ac-cut", title=tooltip or heading)
    if sub:
        inner += html.tag("div", escape(sub), cls="ac-sub")
    st.html(inner)


def section(heading: str) -> None:
    """Small heading within a card."""
    st.html(html.tag("div", escape(heading), cls="ac-section"))


def empty(headline: str, advice: str) -> DeltaGenerator:
    """Say what is missing and what to do; returns the place for the button that does it."""
    inner = _DRAWING + html.tag("div", escape(headline), cls="ac-title")
    inner += html.tag("div", escape(advice), cls="ac-sub")
    st.html(html.tag("div", inner, cls="ac-empty"))
    return st.container(horizontal=True, horizontal_alignment="center")
