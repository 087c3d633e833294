"""Score: upload or pick a data set, pick a model, and take the scored rows away."""

import streamlit as st

from app.services.jobs.types import JobState
from app.ui.jobs import forms, progress
from app.ui.kit import context, errors, layout, navigation


def show_run(run: str) -> None:
    """Follow the run; its result appears when it is there."""
    ended = progress.follow(context.console().scoring.jobs, run)
    if ended and ended.job.state is JobState.SUCCESS:
        with errors.guarded("The result"):
            progress.scoring(ended)


followed, query = st.query_params.get("run", ""), st.query_params
with layout.page_header(
    "Score", "Find the anomalies in new data with a model that is there already."
):
    if followed and st.button("New scoring", icon=":material/add:"):
        navigation.stay()
if followed:
    show_run(followed)
else:
    with errors.guarded("The form"):
        forms.score_form(query.get("dataset", ""), query.get("model", ""))
