"""What is known before a run is triggered."""

from collections.abc import Callable
from functools import partial
from html import escape

import streamlit as st

from app.services.preflight import Check, CheckState, Preflight
from app.ui import cached, html
from app.ui.components.actions import Action, offer

UNPAUSE = Action(
    "Unpause the DAG",
    busy="Unpausing …",
    failed="The DAG is still paused",
    icon=":material/play_circle:",
)
MARKS = {
    CheckState.OK: ("✓", "ok", "Passed"),
    CheckState.WARN: ("!", "warn", "Worth knowing"),
    CheckState.BLOCK: ("✕", "bad", "In the way"),
}


def checks(preflight: Preflight) -> None:
    """List the checks and the estimate."""
    lines = "".join(_line(check) for check in preflight.checks)
    st.html(html.tag("ul", lines, cls="ac-checks"))
    clock = html.words("Expected time", cls="ac-sub")
    sentence = html.words(preflight.estimate.sentence, cls="ac-estimate")
    st.html(html.tag("div", clock + sentence, cls="ac-stack"))


def _line(check: Check) -> str:
    """One check: a mark with its meaning, what was looked at, what was found."""
    mark, tone, meaning = MARKS[check.state]
    sign = html.words(mark, cls=f"ac-mark is-{tone}", title=meaning)
    found = html.tag("span", escape(check.detail), cls="ac-sub")
    return html.tag("li", sign + html.tag("span", f"<b>{escape(check.title)}</b><br>{found}"))


def unpause(preflight: Preflight, do: Callable[[], None], *, allowed: bool) -> None:
    """Offer to let a paused DAG run again."""
    if any(check.mend == "unpause" for check in preflight.checks):
        offer(UNPAUSE, "unpause", partial(_unpause, do), disabled=not allowed)


def _unpause(do: Callable[[], None]) -> None:
    """Let the DAG run, and look again at what that changes."""
    do()
    for question in (cached.train_preflight, cached.score_preflight, cached.health):
        question.forget()
