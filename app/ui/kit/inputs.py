"""Buttons that stay disabled until their work is done, downloads, links and filter chips."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from app.ui.kit import errors, html, text

# A press whose page was left before it was answered is not carried out when the operator returns.
STALE_SECONDS = 60


@dataclass(frozen=True)
class Action:
    """A button with its texts.

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
    """Draw the button and do its work once per click."""
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
        errors.notice(action.failed, st.session_state[refusal])


def _carry_out(action: Action, do: Callable[[], None], pressed: str, refusal: str) -> None:
    """Do the work, keep the reason of a refusal, and draw the page again."""
    try:
        with errors.refusal_of(action.label) as reasons:
            do()
        st.session_state[refusal] = "".join(reasons)
    finally:
        st.session_state.pop(pressed, None)
    st.rerun()


def _press(pressed: str, refusal: str) -> None:
    """Record the click before the page is drawn again with the button disabled."""
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


LONGEST = 46


@dataclass(frozen=True)
class Chip:
    """A filter in force: its label, its tooltip, and the callback that drops it."""

    label: str
    help: str
    drop: Callable[[], None]


def chips(chips: Sequence[Chip], clear: Callable[[], None] | None = None) -> None:
    """Draw filter chips in a row, and a button for ``clear`` behind them."""
    if not (chips or clear):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="filters", gap="small"):
        for place, chip in enumerate(chips):
            st.button(
                text.literal(text.shorten(chip.label, LONGEST)),
                key=f"chip-{place}",
                icon=":material/close:",
                icon_position="right",
                help=text.literal(chip.help),
                on_click=chip.drop,
            )
        if clear:
            st.button("Clear all", key="clear-all", type="tertiary", on_click=clear)
