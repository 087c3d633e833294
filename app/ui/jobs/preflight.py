"""What is checked before a run, and the button that starts it."""

from html import escape
from typing import Any

import streamlit as st

from app.services.jobs.preflight import Check, CheckState
from app.services.jobs.service import JobParams, Jobs, new_intent
from app.ui.jobs.labels import JOB_KINDS
from app.ui.kit import context, errors, html, layout, navigation
from app.ui.kit.inputs import Action, offer

UNPAUSE = Action(
    "Unpause the DAG",
    busy="Unpausing …",
    failed="The DAG is still paused",
    icon=":material/play_circle:",
)
MARKS = {
    CheckState.OK: ("✓", "ok", "Passed"),
    CheckState.WARN: ("!", "warn", "Warning"),
    CheckState.BLOCK: ("✕", "bad", "Blocks the run"),
}


def launch_card(jobs: Jobs[JobParams], params: JobParams) -> None:
    """List the checks and the estimate, and offer the button that triggers the run."""
    allowed = context.operator().can_trigger
    found = jobs.preflight(params)
    with layout.card("preflight"):
        layout.title("Before it starts")
        st.html(html.tag("ul", "".join(map(_check, found.checks)), cls="ac-checks"))
        label = html.span("Expected time", cls="ac-sub")
        estimate = html.span(found.estimate.sentence, cls="ac-estimate")
        st.html(html.tag("div", label + estimate, cls="ac-stack"))
        if any(check.can_unpause for check in found.checks):
            offer(UNPAUSE, "unpause", jobs.unpause, disabled=not allowed)
        if not allowed:
            _read_only(JOB_KINDS[jobs.kind])
        offer(
            _trigger_button(JOB_KINDS[jobs.kind].lower()),
            "trigger",
            lambda: _trigger(jobs, params),
            disabled=not (allowed and found.ready),
        )


def _check(check: Check) -> str:
    """One check: a mark with its meaning, what was checked, what was found."""
    mark, tone, meaning = MARKS[check.state]
    sign = html.span(mark, cls=f"ac-mark is-{tone}", title=meaning)
    found = html.tag("span", escape(check.detail), cls="ac-sub")
    return html.tag("li", sign + html.tag("span", f"<b>{escape(check.title)}</b><br>{found}"))


def _trigger_button(noun: str) -> Action:
    """The button for a retraining or a scoring."""
    return Action(
        f"Trigger {noun}",
        busy="Triggering …",
        failed=f"The {noun} was not triggered",
        icon=":material/play_arrow:",
        primary=True,
    )


def _trigger(jobs: Jobs[Any], params: JobParams) -> None:
    """Start the run and move to its address; the same click twice is the same intent."""
    key = f"{jobs.kind}-intent"
    run = jobs.trigger(params, st.session_state.setdefault(key, new_intent()))
    st.session_state.pop(key)
    navigation.stay(run=run)


def _read_only(kind: str) -> None:
    """Tell a viewer why the button is disabled."""
    errors.notice(
        "You can look, not trigger",
        f"Your role is {context.operator().role}. {kind} needs the role user, op or admin; "
        "ask an administrator of Airflow.",
        "warn",
    )
