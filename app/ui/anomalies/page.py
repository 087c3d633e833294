"""Anomalies: what is odd in a scored run, when, where and why."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app.services.anomalies.types import Summary, View
from app.services.runs.types import Run
from app.ui.anomalies import address, export, overview, patterns, rows
from app.ui.anomalies import filters as anomalies_filters
from app.ui.anomalies import queries as anomalies_queries
from app.ui.datasets.pickers import dataset_names
from app.ui.kit import errors, layout, navigation
from app.ui.kit.context import console
from app.ui.reviews import queue
from app.ui.runs.run_list import run_picker

Part = tuple[str, Callable[[], None]]
CHOICES = 50
EXPLORE, REVIEW = "Explore", "Review"
FULL = 100.0


def choices(asked: str) -> list[Run]:
    """The newest scored runs, and the run of the address if it is older."""
    runs = list(console().runs.scored(CHOICES))
    known = {run.run_id for run in runs}
    return [*runs, console().runs.get(asked)] if asked and asked not in known else runs


def pick(runs: list[Run], asked: str) -> Run:
    """The run of the address, else the newest; another choice changes the address."""
    with st.container(width=380):
        chosen = run_picker(runs, asked, dataset_names())
    if chosen.run_id != (asked or runs[0].run_id):
        st.session_state.pop(address.PAGE, None)
        navigation.stay(run=chosen.run_id)
    if st.button("Open the run"):
        navigation.go("runs", run=chosen.run_id)
    return chosen


def mode() -> str:
    """Look around, or judge one row after another."""
    return str(
        st.segmented_control(
            "Mode",
            [EXPLORE, REVIEW],
            default=EXPLORE,
            required=True,
            key="mode",
            bind="query-params",
            label_visibility="collapsed",
        )
    )


def explore(summary: Summary, view: View) -> None:
    """Overview first, then zoom and filter, then details."""
    left, right = st.columns([1, 2])
    with left, layout.card("threshold", height="stretch"):
        overview.threshold(summary, view)
    numbers = right.container(border=True, key="card-numbers", height="stretch")
    anomalies_filters.chips(summary, address.view())
    counts = anomalies_queries.counts(summary.run_id, view)
    with numbers:
        overview.numbers(summary, view, counts)
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            overview.bands(summary, counts)
            anomalies_filters.form(summary)
            export.menu(summary, view, counts)
    parts: list[Part] = [
        ("shape", partial(overview.distribution, summary, view)),
        ("when", partial(overview.course, summary, view)),
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
    """The run as the address narrows it."""
    with st.skeleton(height=600):
        summary = anomalies_queries.summary(run.run_id)
    view = anomalies_filters.applicable(address.view(), summary)
    if shown == REVIEW:
        own = FULL if summary.threshold is None else summary.threshold
        queue.show(run.run_id, own if view.threshold is None else view.threshold)
    else:
        explore(summary, view)


asked = st.query_params.get("run", "")
actions_place = layout.page_header("Anomalies", "What is odd, when, where and why.")
with errors.guarded("The scored rows"):
    if runs := choices(asked):
        with actions_place:
            shown = mode()
            chosen = pick(runs, asked)
        show(chosen, shown)
    else:
        with (
            layout.card("empty"),
            layout.empty("Nothing scored yet", "Retrain, or score a data set."),
        ):
            if st.button("Go to Retrain", type="primary"):
                navigation.go("retrain")
