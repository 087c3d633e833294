"""Data: upload a file, see what it holds, and send it to training or scoring."""

import streamlit as st

from app.services.cleanup.types import Operation
from app.services.datasets.service import MOST_LISTED
from app.ui.cleanup import menu as cleanup_menu
from app.ui.cleanup import preview
from app.ui.datasets import upload
from app.ui.datasets import views as datasets_views
from app.ui.kit import errors, layout, navigation
from app.ui.kit.context import console
from pipeline.tracking.datasets import Dataset
from pipeline.tracking.runs import Stage

UPLOAD = "data-upload"


def show_upload() -> None:
    """The drop zone; a stored file opens at once."""
    with layout.card("upload"):
        layout.title("Upload a data set", "The same file uploaded twice is stored once.")
        registered = upload.register_upload(UPLOAD)
    if registered:
        navigation.stay(dataset=registered.dataset_id)


def _search() -> str:
    """Part of a name, in the address."""
    typed = st.text_input(
        "Search",
        placeholder="Name, or a whole id",
        key="name",
        bind="query-params",
        type="search",
        width=220,
        label_visibility="collapsed",
    )
    return (typed or "").strip()


def show_list() -> None:
    """All data sets, newest first."""
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.title("Data sets", "Click a row to see columns and first rows.")
        name = _search()
        stage = cleanup_menu.stage_choice()
    datasets = console().datasets.list_datasets(stage=stage, name=name)
    if len(datasets) == MOST_LISTED:
        st.caption(f"The newest {MOST_LISTED}; search for older ones by name.")
    if not datasets and name:
        layout.empty("No data set matches", "Search for another part of the name, or a whole id.")
    elif not datasets and stage is not Stage.ACTIVE:
        layout.empty("Nothing here", "No data set is at this stage.")
    elif not datasets:
        layout.empty("No data set yet", "Drop a CSV file above; any subject with a header row.")
    elif chosen := datasets_views.dataset_table(datasets, "datasets"):
        if stage is Stage.DELETED:
            cleanup_menu.open_preview(Operation.RESTORE, [chosen.run_id])
        navigation.stay(dataset=chosen.dataset_id)


def show_one(dataset_id: str) -> None:
    """One data set and what can be done with it."""
    place = st.container()
    with errors.guarded("The data set"):
        dataset = console().datasets.get(dataset_id)
        with place, layout.page_header(dataset.name, "What the columns hold, and the first rows."):
            show_actions(dataset)
        cleanup_menu.stage_notice(dataset.stage)
        datasets_views.show(dataset)
        return
    with place, layout.page_header("Data set", "What the columns hold, and the first rows."):
        if st.button("All data sets", key="back", icon=":material/arrow_back:"):
            navigation.stay()


def show_actions(dataset: Dataset) -> None:
    """Back to the list, or on to scoring and training."""
    if st.button("All data sets", icon=":material/arrow_back:"):
        navigation.stay()
    cleanup_menu.menu([dataset.run_id], dataset.stage, "dataset")
    if dataset.stage is not Stage.ACTIVE:
        return
    if st.button("Score this", icon=":material/fact_check:"):
        navigation.go("score", dataset=dataset.dataset_id)
    if st.button("Train on this", type="primary", icon=":material/model_training:"):
        navigation.go("retrain", dataset=dataset.dataset_id)


if preview.requested():
    preview.show()
elif opened := st.query_params.get("dataset"):
    show_one(opened)
else:
    layout.page_header("Data", "Upload files and see what is in them.")
    preview.outcome()
    show_upload()
    with layout.card("datasets"), errors.guarded("The list of data sets"):
        show_list()
