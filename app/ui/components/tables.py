"""Tables of runs and data sets; a click anywhere in a row opens it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from app.services.datasets import Dataset
from app.services.runs import Run
from app.ui import context, text
from app.ui.components import run_selection
from app.ui.components.states import KINDS, RUN_STATES

ROW = 36
DETAILS = ("Rows", "Trees", "Contamination", "Run")
TONES = {"ok": "#1f8a5b55", "busy": "#3b6fb655", "warn": "#d18f0055", "bad": "#c8322b55"}
IDLE = "#7b8a9355"


def opened(frame: pd.DataFrame, columns: dict[str, Any], key: str) -> int | None:
    """Show ``frame`` and return the position of the row that was clicked."""
    event = st.dataframe(
        frame,
        key=key,
        column_config=columns,
        hide_index=True,
        row_height=ROW,
        height="content",
        on_select="rerun",
        selection_mode="single-cell",
        placeholder=text.ABSENT,
    )
    cells = event["selection"]["cells"]
    return int(cells[0][0]) if cells else None


def run_table(
    runs: Sequence[Run], names: Mapping[str, str], key: str, *, short: bool = False
) -> Run | None:
    """List runs and return the one to open; ``short`` leaves out the details."""
    frame = pd.DataFrame([_run_row(run, names) for run in runs])
    frame = frame.drop(columns=list(DETAILS) if short else [])
    row = opened(frame, _run_columns(), key)
    return None if row is None else runs[row]


def run_picker(runs: Sequence[Run], names: Mapping[str, str]) -> Run | None:
    """List runs that can be ticked and return the one to open."""
    event = st.dataframe(
        pd.DataFrame([_run_row(run, names) for run in runs]),
        key=run_selection.table_key(runs),
        column_config=_run_columns(),
        hide_index=True,
        row_height=ROW,
        height="content",
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        selection_default={"selection": {"rows": run_selection.ticked_rows(runs)}},
        placeholder=text.ABSENT,
    )
    run_selection.tick(runs, event["selection"]["rows"])
    cells = event["selection"]["cells"]
    return runs[int(cells[0][0])] if cells and int(cells[0][0]) < len(runs) else None


def _run_row(run: Run, names: Mapping[str, str]) -> dict[str, Any]:
    """What the list says about a run."""
    return {
        "Status": [RUN_STATES[run.status][0]],
        "Kind": KINDS[run.kind] if run.kind else text.ABSENT,
        "Data set": names.get(run.dataset_id, run.dataset_id or text.ABSENT),
        "Anomaly rate": percentage(run.metrics.get("anomaly_rate")),
        "Duration": text.duration(run.seconds),
        "Asked by": run.requested_by or text.ABSENT,
        "Started": clock(run.started),
        "Rows": run.metrics.get("rows"),
        "Trees": run.params.get("n_estimators"),
        "Contamination": run.params.get("contamination"),
        "Run": run.name,
    }


def percentage(share: float | None) -> float | None:
    """A share as the number that stands before the per cent sign."""
    return None if share is None else share * 100


def status_column(states: Mapping[Any, tuple[str, str]]) -> Any:  # noqa: ANN401 - untyped upstream
    """Column of coloured state words."""
    words = list(dict.fromkeys(states.values()))
    return st.column_config.MultiselectColumn(
        width=100,
        options=[label for label, _ in words],
        color=[TONES.get(tone, IDLE) for _, tone in words],
    )


def clock(moment: datetime) -> datetime:
    """The moment as the operator's clock shows it, without a zone for the table to change."""
    return text.local(moment, context.zone()).replace(tzinfo=None)


def when(help_text: str = "") -> Any:  # noqa: ANN401 - untyped upstream
    """Column of moments in the operator's time zone."""
    return st.column_config.DatetimeColumn(
        width=130,
        format="YYYY-MM-DD HH:mm",
        help=help_text or f"In your time zone, {context.zone() or 'UTC'}",
    )


def _run_columns() -> dict[str, Any]:
    """Formats of the list of runs."""
    config = st.column_config
    return {
        "Status": status_column(RUN_STATES),
        "Kind": config.TextColumn(width=78),
        "Run": config.TextColumn(width=240),
        "Data set": config.TextColumn(width=250),
        "Rows": config.NumberColumn(width=80, format="localized"),
        "Anomaly rate": config.NumberColumn(width=105, format="%.1f %%"),
        "Trees": config.TextColumn(width=60, alignment="right"),
        "Contamination": config.TextColumn(width=105, alignment="right"),
        "Duration": config.TextColumn(width=90, alignment="right"),
        "Asked by": config.TextColumn(width=90),
        "Started": when(),
    }


def dataset_table(datasets: Sequence[Dataset], key: str) -> Dataset | None:
    """List data sets and return the one to open."""
    frame = pd.DataFrame([_dataset_row(each) for each in datasets])
    config = st.column_config
    columns = {
        "Name": config.TextColumn(width=360),
        "Rows": config.NumberColumn(width=90, format="localized"),
        "Columns": config.NumberColumn(width=80, format="localized"),
        "Size": config.TextColumn(width=90, alignment="right"),
        "Uploaded by": config.TextColumn(width=130),
        "Uploaded": when(),
    }
    row = opened(frame, columns, key)
    return None if row is None else datasets[row]


def _dataset_row(dataset: Dataset) -> dict[str, Any]:
    """What the list says about a data set."""
    return {
        "Name": dataset.name,
        "Rows": dataset.rows,
        "Columns": dataset.columns,
        "Size": text.size(dataset.size_bytes),
        "Uploaded by": dataset.requested_by or text.ABSENT,
        "Uploaded": clock(dataset.created),
    }
