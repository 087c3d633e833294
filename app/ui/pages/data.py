"""Data: upload a file, see what it holds, and send it to training or scoring."""

import streamlit as st

from app.ui import cached, guard, navigation
from app.ui.components import dataset_view, layout, registration, tables

UPLOAD = "data-upload"


def show_upload() -> None:
    """The drop zone; a stored file opens at once."""
    with layout.card("upload"):
        layout.title("Upload a data set", "The same file uploaded twice is stored once.")
        registered = registration.register_upload(UPLOAD)
    if registered:
        navigation.stay(dataset=registered.dataset_id)


def show_list() -> None:
    """All data sets, newest first."""
    layout.title("Data sets", "Click a row to see columns and first rows.")
    datasets = cached.datasets()
    if not datasets:
        layout.empty("No data set yet", "Drop a CSV file above; any subject with a header row.")
    elif chosen := tables.dataset_table(datasets, "datasets"):
        navigation.stay(dataset=chosen.dataset_id)


def show_one(dataset_id: str) -> None:
    """One data set and what can be done with it."""
    place = st.container()
    with guard.guarded("The data set"):
        dataset = cached.dataset(dataset_id)
        with place, layout.page_header(dataset.name, "What the columns hold, and the first rows."):
            show_actions(dataset_id)
        dataset_view.show(dataset)
        return
    with place, layout.page_header("Data set", "What the columns hold, and the first rows."):
        if st.button("All data sets", key="back", icon=":material/arrow_back:"):
            navigation.stay()


def show_actions(dataset_id: str) -> None:
    """Back to the list, or on to scoring and training."""
    if st.button("All data sets", icon=":material/arrow_back:"):
        navigation.stay()
    if st.button("Score this", icon=":material/fact_check:"):
        navigation.go("score", dataset=dataset_id)
    if st.button("Train on this", type="primary", icon=":material/model_training:"):
        navigation.go("retrain", dataset=dataset_id)


if opened := st.query_params.get("dataset"):
    show_one(opened)
else:
    layout.page_header("Data", "Upload files and see what is in them.")
    show_upload()
    with layout.card("datasets"), guard.guarded("The list of data sets"):
        show_list()
