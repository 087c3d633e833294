"""Retrain: choose data and parameters, trigger, and follow the run to its result."""

import streamlit as st

from app.services.jobs import JobState
from app.ui import context, guard, navigation
from app.ui.components import layout, progress, results, schedule_view, suggestion_view, train_form


def show_run(run: str) -> None:
    """Follow the run; its result appears when it is there."""
    ended = progress.follow(context.console().training.jobs, run)
    if ended and ended.job.state is JobState.SUCCESS:
        with guard.guarded("The result"):
            results.training(ended)


followed, repeated = st.query_params.get("run", ""), st.query_params.get("again", "")
with layout.page_header(
    "Retrain", "Train the model on a data set and score that data set with it."
):
    if followed and st.button("Run again with changes", icon=":material/tune:"):
        navigation.stay(again=followed)
    if (followed or repeated) and st.button("New retraining", icon=":material/add:"):
        navigation.stay()
if followed:
    show_run(followed)
else:
    with guard.guarded("Whether to retrain"):
        suggestion_view.card(with_button=False)
    with guard.guarded("The form"):
        train_form.form(repeated, st.query_params.get("dataset", ""))
    with guard.guarded("The schedule"):
        schedule_view.card()
