"""The list of runs, a page at a time; filtering and sorting happen in MLflow."""

from collections.abc import Mapping

import streamlit as st

from app.services.runs import Run, RunFilter, SortKey
from app.ui import cached, text
from app.ui.components import layout, run_filters, tables

_TRAIL = "runs-trail"


def run_list(names: Mapping[str, str]) -> Run | None:
    """Filters, order and one page of runs; returns the run to open."""
    where = run_filters.filters(names)
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.title("Runs", "Click a row to open the run.")
        sort, descending = run_filters.order()
    trail = _trail(where, sort, descending=descending)
    page = cached.runs(where, sort, descending=descending, page_token=trail[-1])
    if not page.runs:
        layout.empty("No run matches", "Widen the filters above, or retrain to make a run.")
        return None
    opened = tables.run_table(page.runs, names, f"runs-{len(trail)}")
    _turn(trail, page.next_token, len(page.runs))
    return opened


def _trail(where: RunFilter, sort: SortKey, *, descending: bool) -> list[str]:
    """Page tokens from the first page to this one; another filter or order begins anew."""
    asked = (where, sort, descending)
    if st.session_state.get(_TRAIL, (None,))[0] != asked:
        st.session_state[_TRAIL] = (asked, [""])
    trail: list[str] = st.session_state[_TRAIL][1]
    return trail


def _turn(trail: list[str], next_token: str, shown: int) -> None:
    """The way to the page before and after."""
    if len(trail) == 1 and not next_token:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Page {len(trail)} · {text.plural(shown, 'run')}")
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            disabled=len(trail) == 1,
            on_click=_back,
            args=(trail,),
        )
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=not next_token,
            on_click=trail.append,
            args=(next_token,),
        )


def _back(trail: list[str]) -> None:
    """Go to the page before."""
    trail.pop()
