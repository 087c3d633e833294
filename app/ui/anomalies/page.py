"""Anomalies: what is unusual in a scored run, when, where and why."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app.services.anomalies.types import Summary, View
from app.ui.anomalies import export, filters, overview, patterns, rows
from app.ui.kit import address, errors, layout, navigation
from app.ui.kit.charts import FULL
from app.ui.kit.context import console
from app.ui.reviews import queue
from app.ui.runs.run_list import run_picker
from pipeline.tracking.runs import Run

Part = tuple[str, Callable[[], None]]
CHOICES = 50
EXPLORE, REVIEW = "Explore", "Review"


def choices(asked: str) -> list[Run]:
    """Return the newest scored runs, and the run of the address if it is older."""
    runs = list(console().runs.scored(CHOICES))
    known = {run.run_id for run in runs}
    return [*runs, console().runs.get(asked)] if asked and asked not in known else runs


def pick(runs: list[Run], asked: str) -> Run:
    """Choose a run, by default that of the address or the newest."""
    with st.container(width=380):
        chosen = run_picker(runs, asked, console().datasets.names())
    if chosen.run_id != (asked or runs[0].run_id):
        st.session_state.pop(filters.PAGE, None)
        navigation.stay(run=chosen.run_id)
    if st.button("Open the run"):
        navigation.go("runs", run=chosen.run_id)
    return chosen


def explore(summary: Summary, view: View) -> None:
    """Overview first, then zoom and filter, then details."""
    left, right = st.columns([1, 2])
    with left, layout.card("threshold", height="stretch"):
        overview.threshold(summary, view)
    numbers = right.container(border=True, key="card-numbers", height="stretch")
    filters.chips(summary, filters.view())
    counts = console().anomalies.counts(summary.run_id, view)
    with numbers:
        overview.numbers(summary, view, counts)
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            overview.bands(counts)
            filters.form(summary)
            export.menu(summary, view, counts)
    parts: list[Part] = [
        ("histogram", partial(overview.histogram, summary, view)),
        ("when", partial(overview.trend, summary, view)),
        ("out", partial(patterns.standing_out, summary, view)),
        ("where", partial(patterns.patterns, summary, view)),
    ]
    for row in (parts[:2], parts[2:]):
        for column, (name, draw) in zip(st.columns(2), row, strict=True):
            with column, layout.card(name, height="stretch"), errors.guarded(name.capitalize()):
                draw()
    with errors.guarded("The rows"):
        rows.rows_table(summary, view, counts)


def show(run: Run, shown: str) -> None:
    """Draw the view of the run that the address describes."""
    with st.skeleton(height=600):
        summary = console().anomalies.summary(run.run_id)
    view = filters.applicable(filters.view(), summary)
    if shown == REVIEW:
        threshold = summary.threshold_in(view)
        queue.show(run.run_id, FULL if threshold is None else threshold)
    else:
        explore(summary, view)


asked = address.get("run")
actions_place = layout.page_header("Anomalies", "What is unusual, when, where and why.")
with errors.guarded("The scored rows"):
    if runs := choices(asked):
        with actions_place:
            shown = address.switch("Mode", [EXPLORE, REVIEW], "mode")
            chosen = pick(runs, asked)
        show(chosen, shown)
    else:
        with (
            layout.card("empty"),
            layout.empty("Nothing scored yet", "Retrain, or score a data set."),
        ):
            if st.button("Go to Retrain", type="primary"):
                navigation.go("retrain")
