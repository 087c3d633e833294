"""Score: upload or pick a data set, pick a model, and download the scored rows."""

from collections.abc import Sequence

import streamlit as st

from app.services.jobs.scoring import ModelChoice
from app.services.runs.queries import RUN_ID
from app.ui.datasets import pickers, upload
from app.ui.jobs import progress
from app.ui.jobs.preflight import launch_card
from app.ui.kit import context, errors, layout, navigation, text
from app.ui.kit.context import console
from pipeline.params import ScoreParams
from pipeline.tracking.datasets import Dataset

UPLOAD = "score-upload"


def show_form(dataset_id: str, reference: str) -> None:
    """Draw the form; both arguments say what to choose at first and may be empty."""
    models = listed_models(reference)
    if not models:
        with layout.card("no-model"), layout.empty("No model yet", "Retrain once to get one."):
            if st.button("Go to Retrain", type="primary"):
                navigation.go("retrain")
        return
    left, right = st.columns([2, 3])
    with left, layout.card("choices"):
        layout.title("Data and model")
        dataset = choose_dataset(dataset_id)
        model = model_picker(models, reference, "model-choice")
    if dataset:
        with right:
            params = ScoreParams(dataset=dataset.dataset_id, model=model.reference)
            launch_card(console().scoring, params)


def model_picker(models: Sequence[ModelChoice], chosen: str, key: str) -> ModelChoice:
    """Let the operator choose a model; ``chosen`` is a reference."""
    references = [each.reference for each in models]
    return st.selectbox(
        "Model",
        models,
        index=references.index(chosen) if chosen in references else 0,
        format_func=lambda each: (
            f"{text.shorten(each.title, 44)} · {text.minute(each.run.started, context.zone())}"
        ),
        key=key,
        help="The champion is the model the team agreed on; latest is the newest finished one.",
    )


def listed_models(asked: str) -> list[ModelChoice]:
    """Return the newest models, and the one of the address if it is older."""
    models = list(console().scoring.models())
    if models and RUN_ID.fullmatch(asked) and asked not in {each.reference for each in models}:
        run = console().runs.get(asked)
        models.append(ModelChoice(asked, run.name or asked, run))
    return models


def choose_dataset(chosen: str) -> Dataset | None:
    """Pick a stored data set or upload a new one, which is then picked."""
    datasets = pickers.datasets_with(chosen)
    dataset = pickers.dataset_picker(datasets, chosen, f"dataset-{chosen}") if datasets else None
    with st.expander("Upload another file", expanded=not datasets, key="upload-expander"):
        registered = upload.register_upload(UPLOAD)
    if registered:
        navigation.stay(dataset=registered.dataset_id)
    return dataset


followed, query = st.query_params.get("run", ""), st.query_params
with layout.page_header("Score", "Find the anomalies in new data with a trained model."):
    if followed and st.button("New scoring", icon=":material/add:"):
        navigation.stay()
if followed:
    progress.follow(console().scoring, followed)
else:
    with errors.guarded("The form"):
        show_form(query.get("dataset", ""), query.get("model", ""))
