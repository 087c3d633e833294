"""Unattended retraining: when it runs next, and how that is set."""

from datetime import UTC, datetime

import streamlit as st

from app.services.jobs.schedule import ScheduleKind, Timetable
from app.ui.kit import context, errors, html, layout, text

SETTING = "TRAINING_SCHEDULE"
EXPLAINED = {
    ScheduleKind.NONE: "The model is retrained by hand only.",
    ScheduleKind.CRON: "On the newest data set with the default parameters, by “scheduler”.",
    ScheduleKind.ON_UPLOAD: "Each new data set starts a retraining; the same file again does not.",
}
HOW = {
    ScheduleKind.NONE: f"Set {SETTING} to five fields of cron or to on_upload to change that.",
    ScheduleKind.CRON: f"Set by {SETTING}; times of cron are in UTC.",
    ScheduleKind.ON_UPLOAD: f"Set by {SETTING}. Uploads that come at once may share one run.",
}


def card() -> None:
    """How the training is scheduled, explained."""
    found = context.console().schedule.timetable()
    with layout.card("schedule"):
        layout.title("Unattended retraining", EXPLAINED[found.kind])
        if found.kind is not ScheduleKind.NONE:
            st.html(html.facts(_facts(found)))
        st.caption(HOW[found.kind])
        if found.paused and found.kind is not ScheduleKind.NONE:
            errors.notice("Paused", "The DAG is paused, so nothing starts by itself.", "warn")


def line() -> None:
    """The next retraining in one line; nothing where none is scheduled."""
    found = context.console().schedule.timetable()
    if found.kind is not ScheduleKind.NONE:
        label = html.span("Next retraining", cls="ac-sub")
        st.html(html.tag("div", label + _next(found), cls="ac-row"))


def _facts(found: Timetable) -> list[tuple[str, str]]:
    when = f"{found.description} (UTC)" if found.description else "With each new data set"
    facts = [("When", html.span(when, title=found.cron)), ("Next", _next(found))]
    return [*facts, ("Cron", html.span(found.cron, cls="ac-code"))] if found.cron else facts


def _next(found: Timetable) -> str:
    if found.kind is ScheduleKind.ON_UPLOAD:
        return html.span("With the next new data set")
    if found.next_run is None:
        return html.span("Not known yet")
    left = (found.next_run - datetime.now(UTC)).total_seconds()
    exact = text.exact(found.next_run, context.zone())
    soon = text.duration(left) if left < text.DAY else text.plural(round(left / text.DAY), "day")
    return (
        html.span(f"in {soon}" if left > 0 else "now", title=exact)
        + " "
        + html.span(text.minute(found.next_run, context.zone()), cls="ac-sub ac-num")
    )
