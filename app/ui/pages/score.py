"""Score: upload or pick a data set, pick a model, and take the scored rows away."""

import streamlit as st

from app.services.jobs import JobState
from app.ui import context, guard, navigation
from app.ui.components import layout, progress, results, score_form


def show_run(run: str) -> None:
    """Follow the run; its result appears when it is there."""
    ended = progress.follow(context.console().scoring.jobs, run)
    if ended and ended.job.state is JobState.SUCCESS:
        with guard.guarded("The result"):
            results.scoring(ended)


followed, query = st.query_params.get("run", ""), st.query_params
with layout.page_header(
    "Score", "Find the anomalies in new data with a model that is there already."
):
    if followed and st.button("New scoring", icon=":material/add:"):
        navigation.stay()
if followed:
    show_run(followed)
else:
    with guard.guarded("The form"):
        score_form.form(query.get("dataset", ""), query.get("model", ""))
