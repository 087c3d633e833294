"""The form of a retraining: data and parameters at the left, what is known at the right."""

import streamlit as st

from app.services.datasets import Dataset
from app.ui import cached, context, navigation
from app.ui.components import forms, layout, parameters, pickers
from pipeline.params import TrainParams, parse


def form(again: str, dataset_id: str) -> None:
    """Draw the form.

    Parameters
    ----------
    again
        The run to start from, to run it again with changes; empty for the defaults.
    dataset_id
        The data set to choose at first; empty for the newest.
    """
    datasets = cached.datasets()
    if not datasets:
        _no_dataset()
        return
    training = context.console().training
    before = training.params_of(again) if again else None
    base = before or parse(TrainParams, {"dataset": dataset_id or "latest"})
    left, right = st.columns([2, 3])
    with left, layout.card("parameters"):
        params = _choose(base, pickers.datasets_with(base.dataset), f"retrain-{again}")
    with right:
        if before:
            _compare(before, params)
        found = cached.train_preflight(params)
        forms.launch_card(
            forms.TRAIN, found, lambda intent: training.trigger(params, intent), training.unpause
        )


def _choose(base: TrainParams, datasets: list[Dataset], key: str) -> TrainParams:
    """Let the operator change data set and parameters; a viewer sees them only."""
    fixed = not context.operator().can_trigger
    layout.title("Data and parameters")
    dataset = pickers.dataset_picker(datasets, base.dataset, f"dataset-{key}", disabled=fixed)
    params = parameters.edit(base, dataset.dataset_id, key, disabled=fixed)
    forms.flagged(params.contamination, dataset.rows)
    return params


def _compare(before: TrainParams, params: TrainParams) -> None:
    """What is changed against the run that is run again."""
    with layout.card("differences"):
        layout.title("Changes against the run before")
        parameters.differences(before, params)


def _no_dataset() -> None:
    """Send the operator to the Data page."""
    advice = "A model is trained on a data set; upload one first."
    with layout.card("no-dataset"), layout.empty("No data set yet", advice):
        if st.button("Upload a data set", type="primary", icon=":material/upload:"):
            navigation.go("data")
