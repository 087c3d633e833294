"""Buttons that do something: disabled from the click until there is an answer."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import streamlit as st

from app.ui import guard, html
from app.ui.components import failures

# A press whose page was left before it was answered is not carried out when the operator returns.
STALE_SECONDS = 60


@dataclass(frozen=True)
class Action:
    """A button that does something.

    Attributes
    ----------
    busy
        What it says while it is disabled and waits for the answer.
    failed
        Title of the notice when a service refuses; the reason stands below it.
    """

    label: str
    busy: str
    failed: str
    icon: str
    help: str | None = None
    primary: bool = False


def offer(action: Action, key: str, do: Callable[[], None], *, disabled: bool = False) -> None:
    """Draw the button and do its work once for a click."""
    pressed, refusal = f"{key}-pressed", f"{key}-refusal"
    waiting = time.monotonic() - st.session_state.get(pressed, -math.inf) < STALE_SECONDS
    st.button(
        action.busy if waiting else action.label,
        key=key,
        type="primary" if action.primary else "secondary",
        icon=action.icon,
        help=action.help,
        disabled=disabled or waiting,
        on_click=_press,
        args=(pressed, refusal),
    )
    if waiting:
        _carry_out(action, do, pressed, refusal)
    if st.session_state.get(refusal):
        failures.notice(action.failed, st.session_state[refusal])


def _carry_out(action: Action, do: Callable[[], None], pressed: str, refusal: str) -> None:
    """Do the work, keep a refusal, and draw the page with what has changed."""
    try:
        st.session_state[refusal] = guard.attempt(action.label, do)
    finally:
        st.session_state.pop(pressed, None)
    st.rerun()


def _press(pressed: str, refusal: str) -> None:
    """Note the click before the page is drawn again with the button disabled."""
    st.session_state[pressed] = time.monotonic()
    st.session_state.pop(refusal, None)


def download(label: str, address: str, *, title: str = "", primary: bool = False) -> None:
    """Download a file that the server builds or holds; nothing passes through the page's memory."""
    arrow = html.tag("span", "↓", cls="ac-down")
    kind = "ac-button ac-primary" if primary else "ac-button"
    st.html(
        html.tag(
            "a", arrow + escape(label), href=address, download="download", title=title, cls=kind
        ),
        width="content",
    )


def outward(label: str, address: str, title: str = "") -> None:
    """Open the exact page of another service in a tab of its own."""
    st.html(html.link(label, address, title=title, cls="ac-button"), width="content")
