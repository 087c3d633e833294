"""Retrain: choose data and parameters, trigger, and follow the run to its result."""

import streamlit as st

from app.services.jobs.types import JobState
from app.ui.jobs import forms, progress, schedule
from app.ui.kit import context, errors, layout, navigation
from app.ui.overview import views as overview_views


def show_run(run: str) -> None:
    """Follow the run; its result appears when it is there."""
    ended = progress.follow(context.console().training.jobs, run)
    if ended and ended.job.state is JobState.SUCCESS:
        with errors.guarded("The result"):
            progress.training(ended)


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
    with errors.guarded("Whether to retrain"):
        overview_views.card(with_button=False)
    with errors.guarded("The form"):
        forms.train_form(repeated, st.query_params.get("dataset", ""))
    with errors.guarded("The schedule"):
        schedule.card()
