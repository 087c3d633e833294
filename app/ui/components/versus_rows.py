"""The rows that enter, leave or stay between two models; a click opens one on Anomalies."""

from typing import Any

import streamlit as st

from app.services.versus_model import Overlap, Part
from app.ui import compare_questions as ask
from app.ui import navigation, text
from app.ui.components import layout, tables

PAGE = 25
WORDS = {Part.ENTER: "Enter", Part.LEAVE: "Leave", Part.BOTH: "Both"}
ORDERS = {
    "change": "Change of severity",
    "severity_a": "Severity by A",
    "severity_b": "Severity by B",
    "row": "Row",
}


def show(a: str, b: str, found: Overlap) -> None:
    """The rows of one part; ``a`` and ``b`` are the score runs."""
    part, order = _controls(found)
    whole = found.count(part)
    if not whole:
        layout.empty("No row", f"{_meaning(part)}: there is none.")
        return
    place = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        words = st.container()
        number = st.pagination(-(-whole // PAGE), key="versus-page", bind="query-params")
    offset = (number - 1) * PAGE
    page = ask.part_rows(a, b, part, order, offset=offset, limit=PAGE)
    last = offset + page.rows.num_rows
    words.caption(f"Rows {text.number(offset + 1)} to {text.number(last)} of {text.number(whole)}")
    with place:
        frame = page.rows.to_pandas()
        opened = tables.opened(frame, _columns(), f"versus-{part}-{order}-{offset}-{a}-{b}")
    if opened is not None:
        run = a if part is Part.LEAVE else b
        navigation.go("anomalies", run=run, row=str(int(frame["row"].iloc[opened])))


def _controls(found: Overlap) -> tuple[Part, str]:
    """Which rows in which order."""
    with st.container(horizontal=True, vertical_alignment="center"):
        place = st.container()
        part = st.segmented_control(
            "Which rows",
            list(Part),
            default=Part.ENTER,
            required=True,
            format_func=lambda each: f"{WORDS[each]} {text.number(found.count(each))}",
            key="part",
            label_visibility="collapsed",
            on_change=_first_page,
        )
        order = st.selectbox(
            "Sort by",
            list(ORDERS),
            format_func=ORDERS.__getitem__,
            key="versus-sort",
            width=200,
            label_visibility="collapsed",
            on_change=_first_page,
        )
    with place:
        opens = "A" if part is Part.LEAVE else "B"
        layout.title("Rows", f"{_meaning(part)}. Click a row to open it in the scoring by {opens}.")
    return part, order


def _first_page() -> None:
    """Other rows begin at their first page."""
    st.session_state["versus-page"] = 1


def _meaning(part: Part) -> str:
    words = {Part.ENTER: "B flags them, A does not", Part.LEAVE: "A flags them, B does not"}
    return words.get(part, "Both flag them")


def _columns() -> dict[str, Any]:
    config = st.column_config
    return {
        "severity_a": config.NumberColumn("Severity by A", width=110, format="%.2f"),
        "severity_b": config.NumberColumn("Severity by B", width=110, format="%.2f"),
        "change": config.NumberColumn("Change", width=85, format="%+.2f"),
        "row": config.NumberColumn("Row", width=80, format="localized", help="Row in the file"),
    }
