"""Retrain: choose data and parameters, trigger, and follow the run to its result."""

import streamlit as st

from app.ui.datasets import pickers
from app.ui.jobs import parameters, progress, schedule, suggestion
from app.ui.jobs.preflight import launch_card
from app.ui.kit import errors, html, layout, navigation, text
from app.ui.kit.context import console, operator
from pipeline.params import TrainParams, parse
from pipeline.tracking.datasets import Dataset


def show_form(again: str, dataset_id: str) -> None:
    """Draw the form.

    Parameters
    ----------
    again
        The run to start from, to run it again with changes; empty for the defaults.
    dataset_id
        The data set to choose at first; empty for the newest.
    """
    if not console().datasets.list_datasets():
        advice = "A model is trained on a data set; upload one first."
        with layout.card("no-dataset"), layout.empty("No data set yet", advice):
            if st.button("Upload a data set", type="primary", icon=":material/upload:"):
                navigation.go("data")
        return
    training = console().training
    before = training.params_of(again) if again else None
    base = before or parse(TrainParams, {"dataset": dataset_id or "latest"})
    left, right = st.columns([2, 3])
    with left, layout.card("parameters"):
        params = choose(base, pickers.datasets_with(base.dataset), f"retrain-{again}")
    with right:
        if before:
            with layout.card("differences"):
                layout.title("Changes against the run before")
                parameters.differences(before, params)
        launch_card(training, params)


def choose(base: TrainParams, datasets: list[Dataset], key: str) -> TrainParams:
    """Let the operator change data set and parameters; a viewer sees them only."""
    fixed = not operator().can_trigger
    layout.title("Data and parameters")
    dataset = pickers.dataset_picker(datasets, base.dataset, f"dataset-{key}", disabled=fixed)
    params = parameters.edit(base, dataset.dataset_id, key, disabled=fixed)
    flagged = text.number(round(params.contamination * dataset.rows))
    rows = text.number(dataset.rows)
    sentence = f"About {flagged} of {rows} rows will be flagged as anomalies."
    st.html(html.tag("div", html.span(sentence), cls="ac-sub"))
    return params


followed, repeated = st.query_params.get("run", ""), st.query_params.get("again", "")
with layout.page_header(
    "Retrain", "Train the model on a data set and score that data set with it."
):
    if followed and st.button("Run again with changes", icon=":material/tune:"):
        navigation.stay(again=followed)
    if (followed or repeated) and st.button("New retraining", icon=":material/add:"):
        navigation.stay()
if followed:
    progress.follow(console().training, followed)
else:
    with errors.guarded("Whether to retrain"):
        suggestion.card(with_button=False)
    with errors.guarded("The form"):
        show_form(repeated, st.query_params.get("dataset", ""))
    with errors.guarded("The schedule"):
        schedule.card()
