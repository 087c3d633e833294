"""Choosing a data set, a model or a run."""

from collections.abc import Sequence

import streamlit as st

from app.services.datasets.types import Dataset
from app.services.jobs.scoring import ModelChoice
from app.services.runs.queries import DATASET_ID
from app.services.runs.types import Run
from app.ui.kit import context, text


def dataset_names() -> dict[str, str]:
    """Name of each data set by its id, those put aside as well."""
    return {
        each.dataset_id: each.name for each in context.console().datasets.list_datasets(stage=None)
    }


def datasets_with(chosen: str) -> list[Dataset]:
    """The newest data sets, and the one of an address if it is older."""
    datasets = list(context.console().datasets.list_datasets())
    known = {each.dataset_id for each in datasets}
    if chosen and datasets and chosen not in known and DATASET_ID.fullmatch(chosen):
        datasets.append(context.console().datasets.get(chosen))
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


def model_picker(models: Sequence[ModelChoice], chosen: str, key: str) -> ModelChoice:
    """Let the operator choose a model; ``chosen`` is a reference."""
    references = [each.reference for each in models]
    return st.selectbox(
        "Model",
        models,
        index=references.index(chosen) if chosen in references else 0,
        format_func=lambda each: f"{text.shorten(each.title, 44)} · {_when(each.run)}",
        key=key,
        help="The champion is the model the team agreed on; latest is the newest finished one.",
    )


def run_picker(runs: Sequence[Run], chosen: str, names: dict[str, str]) -> Run:
    """Let the operator choose a scored run; ``chosen`` is an id, anything else the newest."""
    ids = [each.run_id for each in runs]
    return st.selectbox(
        "Scored run",
        runs,
        index=ids.index(chosen) if chosen in ids else 0,
        format_func=lambda run: (
            f"{text.shorten(names.get(run.dataset_id, run.name), 36)} · {_when(run)}"
            f" · {run.run_id[:8]}"
        ),
        key="scored-run",
        label_visibility="collapsed",
    )


def _when(run: Run) -> str:
    """When a run started; a relative time would change the choice's name while it is chosen."""
    return text.minute(run.started, context.zone())
