"""Anomalies: what is odd in a scored run, when, where and why."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app.services.anomaly_model import Summary
from app.services.explore_model import View
from app.services.runs import Run
from app.ui import anomaly_questions, cached, guard, navigation
from app.ui.components import (
    explore_export,
    explore_filters,
    explore_overview,
    explore_state,
    explore_table,
    explore_where,
    layout,
    pickers,
    review_view,
)

Part = tuple[str, Callable[[], None]]
CHOICES = 50
EXPLORE, REVIEW = "Explore", "Review"
FULL = 100.0


def choices(asked: str) -> list[Run]:
    """The newest scored runs, and the run of the address if it is older."""
    runs = list(cached.scored_runs(CHOICES))
    known = {run.run_id for run in runs}
    return [*runs, cached.run(asked)] if asked and asked not in known else runs


def pick(runs: list[Run], asked: str) -> Run:
    """The run of the address, else the newest; another choice changes the address."""
    with st.container(width=380):
        chosen = pickers.run_picker(runs, asked, pickers.dataset_names())
    if chosen.run_id != (asked or runs[0].run_id):
        st.session_state.pop(explore_state.PAGE, None)
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
        explore_overview.threshold(summary, view)
    numbers = right.container(border=True, key="card-numbers", height="stretch")
    explore_filters.chips(summary, explore_state.view())
    counts = anomaly_questions.counts(summary.run_id, view)
    with numbers:
        explore_overview.numbers(summary, view, counts)
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            explore_overview.bands(summary, counts)
            explore_filters.form(summary)
            explore_export.menu(summary, view, counts)
    parts: list[Part] = [
        ("shape", partial(explore_overview.distribution, summary, view)),
        ("when", partial(explore_overview.course, summary, view)),
        ("out", partial(explore_where.standing_out, summary, view)),
        ("where", partial(explore_where.patterns, summary, view)),
    ]
    for row in (parts[:2], parts[2:]):
        for column, (name, draw) in zip(st.columns(2), row, strict=True):
            with column, layout.card(name, height="stretch"), guard.guarded(name.capitalize()):
                draw()
    with guard.guarded("The rows"):
        explore_table.show(summary, view, counts)


def show(run: Run, shown: str) -> None:
    """The run as the address narrows it."""
    with st.skeleton(height=600):
        summary = anomaly_questions.summary(run.run_id)
    view = explore_filters.applicable(explore_state.view(), summary)
    if shown == REVIEW:
        own = FULL if summary.threshold is None else summary.threshold
        review_view.show(run.run_id, own if view.threshold is None else view.threshold)
    else:
        explore(summary, view)


asked = st.query_params.get("run", "")
actions_place = layout.page_header("Anomalies", "What is odd, when, where and why.")
with guard.guarded("The scored rows"):
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
