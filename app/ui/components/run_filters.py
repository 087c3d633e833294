"""Which runs to list: every choice is in the address, so that a list can be shared."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from app.services.runs import RunFilter, RunKind, RunStatus, SortKey
from app.ui.components.states import KINDS, RUN_STATES

ANY = "any"
_BIND: Final = "query-params"
SORTS = {
    SortKey.STARTED: "Started",
    SortKey.ENDED: "Ended",
    SortKey.NAME: "Name",
    SortKey.ANOMALY_RATE: "Anomaly rate",
    SortKey.ROWS: "Rows",
    SortKey.TRAINING_SECONDS: "Training time",
    SortKey.SCORING_SECONDS: "Scoring time",
    SortKey.INJECTED_RECALL: "Planted anomalies caught",
    SortKey.DRIFT_MAX: "Largest drift",
}


def filters(names: Mapping[str, str]) -> RunFilter:
    """Let the operator narrow the list; ``names`` are the data sets by id."""
    text, kind, status, data, who = st.columns([3, 2, 2, 3, 2])
    with text:
        words = st.text_input(
            "Search", placeholder="Name, or a whole id", key="text", bind=_BIND, type="search"
        )
    with kind:
        kinds = {ANY: "Any kind"} | {each.value: KINDS[each] for each in RunKind}
        chosen_kind = _choice("Kind", kinds, "kind")
    with status:
        states = {ANY: "Any status"} | {each.value: RUN_STATES[each][0] for each in RunStatus}
        chosen_status = _choice("Status", states, "status")
    with data:
        chosen_data = _choice("Data set", {ANY: "Any data set", **names}, "data")
    with who:
        asked = st.text_input("Asked by", placeholder="Whole user name", key="who", bind=_BIND)
    return RunFilter(
        kind=None if chosen_kind == ANY else RunKind(chosen_kind),
        status=None if chosen_status == ANY else RunStatus(chosen_status),
        dataset_id="" if chosen_data == ANY else chosen_data,
        requested_by=(asked or "").strip(),
        text=(words or "").strip(),
    )


def _choice(label: str, options: Mapping[str, str], key: str) -> str:
    """One drop-down whose choice is in the address."""
    return st.selectbox(
        label,
        list(options),
        format_func=lambda option: options.get(option, option),
        key=key,
        bind=_BIND,
    )


def order() -> tuple[SortKey, bool]:
    """Let the operator sort; returns the key and whether the largest comes first."""
    with st.container(horizontal=True, vertical_alignment="center", width="content", wrap=False):
        key = st.selectbox(
            "Sort by",
            list(SORTS),
            format_func=SORTS.__getitem__,
            key="sort",
            bind=_BIND,
            width=220,
            label_visibility="collapsed",
        )
        direction = st.segmented_control(
            "Order",
            ["Descending", "Ascending"],
            default="Descending",
            required=True,
            key="order",
            bind=_BIND,
            label_visibility="collapsed",
        )
    return key, direction != "Ascending"
