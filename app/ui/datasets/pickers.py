"""Choosing a data set."""

from collections.abc import Sequence

import streamlit as st

from app.services.runs.queries import DATASET_ID
from app.ui.kit import text
from app.ui.kit.context import console
from pipeline.tracking.datasets import Dataset


def datasets_with(chosen: str) -> list[Dataset]:
    """The newest data sets, and the one of an address if it is older."""
    datasets = list(console().datasets.list_datasets())
    known = {each.dataset_id for each in datasets}
    if chosen and datasets and chosen not in known and DATASET_ID.fullmatch(chosen):
        datasets.append(console().datasets.get(chosen))
    return datasets


def dataset_picker(
    datasets: Sequence[Dataset], chosen: str, key: str, *, disabled: bool = False
) -> Dataset:
    """Let the operator choose; ``chosen`` is an id, anything else means the newest."""
    ids = [each.dataset_id for each in datasets]
    return st.selectbox(
        "Data set",
        datasets,
        index=ids.index(chosen) if chosen in ids else 0,
        format_func=lambda each: f"{text.shorten(each.name, 48)} · {text.number(each.rows)} rows",
        key=key,
        disabled=disabled,
        help="Newest first. Upload another one on the Data page.",
    )
