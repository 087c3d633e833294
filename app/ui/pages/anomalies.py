"""Anomalies: what a run flagged, how far out it lies, and when."""

import streamlit as st

from app.services.runs import Run
from app.ui import cached, context, guard, navigation
from app.ui.components import actions, anomaly_view, layout, pickers

CHOICES = 50


def choices(asked: str) -> list[Run]:
    """The newest scored runs, and the run of the address if it is older."""
    runs = list(cached.scored_runs(CHOICES))
    known = {run.run_id for run in runs}
    return [*runs, cached.run(asked)] if asked and asked not in known else runs


def pick(runs: list[Run], asked: str) -> Run:
    """The run of the address, else the newest; another choice changes the address."""
    with st.container(width=430):
        chosen = pickers.run_picker(runs, asked, pickers.dataset_names())
    if chosen.run_id != (asked or runs[0].run_id):
        navigation.stay(run=chosen.run_id)
    if st.button("Open the run"):
        navigation.go("runs", run=chosen.run_id)
    return chosen


def show(run: Run) -> None:
    """Overview first, then the rows."""
    with st.skeleton(height=600):
        summary = cached.summary(run.run_id)
    anomaly_view.numbers(summary)
    anomaly_view.distribution(run.run_id, summary)
    anomaly_view.course(run.run_id, summary)
    with layout.card("rows"):
        with st.container(horizontal=True, vertical_alignment="center"):
            layout.title("Most anomalous rows", "Scored columns first, then the row as it came.")
            anomaly_view.legend(summary)
            files = context.console().anomalies
            actions.download("Anomalies as CSV", files.csv_url(run.run_id))
            actions.download("All rows", files.csv_url(run.run_id, only_anomalies=False))
        anomaly_view.table(run.run_id, summary)


asked = st.query_params.get("run", "")
actions_place = layout.page_header("Anomalies", "What a scored run flagged, how far out, and when.")
with guard.guarded("The scored rows"):
    if runs := choices(asked):
        with actions_place:
            chosen = pick(runs, asked)
        show(chosen)
    else:
        with (
            layout.card("empty"),
            layout.empty("Nothing scored yet", "Retrain, or score a data set."),
        ):
            if st.button("Go to Retrain", type="primary"):
                navigation.go("retrain")
