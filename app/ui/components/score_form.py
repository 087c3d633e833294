"""The form of a scoring: data and model at the left, what is known at the right."""

import streamlit as st

from app.services.datasets import Dataset
from app.services.run_query import RUN_ID
from app.services.scoring import ModelChoice
from app.ui import cached, context, navigation
from app.ui.components import forms, layout, pickers, registration
from pipeline.params import ScoreParams

UPLOAD = "score-upload"


def form(dataset_id: str, reference: str) -> None:
    """Draw the form; both arguments say what to choose at first and may be empty."""
    models = _models(reference)
    if not models:
        _no_model()
        return
    left, right = st.columns([2, 3])
    with left, layout.card("choices"):
        layout.title("Data and model")
        dataset = _choose_dataset(dataset_id)
        model = pickers.model_picker(models, reference, "model-choice")
    if dataset:
        with right:
            _launch(ScoreParams(dataset=dataset.dataset_id, model=model.reference))


def _models(asked: str) -> list[ModelChoice]:
    """The newest models, and the one of the address if it is older."""
    models = list(cached.models())
    if models and RUN_ID.fullmatch(asked) and asked not in {each.reference for each in models}:
        run = cached.run(asked)
        models.append(ModelChoice(asked, run.name or asked, run))
    return models


def _choose_dataset(chosen: str) -> Dataset | None:
    """Pick a stored data set or upload a new one, which is then picked."""
    datasets = pickers.datasets_with(chosen)
    dataset = pickers.dataset_picker(datasets, chosen, f"dataset-{chosen}") if datasets else None
    with st.expander("Upload another file", expanded=not datasets, key="upload-expander"):
        registered = registration.register_upload(UPLOAD)
    if registered:
        navigation.stay(dataset=registered.dataset_id)
    return dataset


def _launch(params: ScoreParams) -> None:
    """Checks, estimate and the button."""
    scoring, found = context.console().scoring, cached.score_preflight(params)
    forms.launch_card(
        forms.SCORE, found, lambda intent: scoring.trigger(params, intent), scoring.unpause
    )


def _no_model() -> None:
    """Send the operator to the Retrain page."""
    with layout.card("no-model"), layout.empty("No model yet", "Retrain once to get one."):
        if st.button("Go to Retrain", type="primary"):
            navigation.go("retrain")
