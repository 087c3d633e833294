"""The list of runs, a page at a time; filtering and sorting happen in MLflow."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from app.services.runs.queries import RunFilter, RunSlice
from app.services.runs.service import PAGE_SIZE
from app.services.runs.types import Run, Stage
from app.ui import cached
from app.ui.cleanup import menu as cleanup_menu
from app.ui.kit import layout, text
from app.ui.runs import address
from app.ui.runs import filters as runs_filters
from app.ui.runs import tables as run_tables

_BEFORE = "runs-before"


def run_list(names: Mapping[str, str]) -> Run | None:
    """Filters, order and one page of runs; returns the run to open."""
    where = runs_filters.filters(names)
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.title("Runs", "Click a cell to open its run.")
        where = replace(where, stage=cleanup_menu.stage_choice(address.first_page))
        runs_filters.form()
        sort, descending = runs_filters.order()
    page = cached.run_slice(where, sort, descending=descending, offset=address.offset())
    if page.runs:
        bar = st.container()
        opened = run_tables.run_picker(page.runs, names)
        with bar:
            selection_bar(where.stage or Stage.SHOWN)
    else:
        layout.empty("No run matches", _advice(page))
        opened = None
    _turn(page, where)
    return opened


def _advice(page: RunSlice) -> str:
    if page.following is not None:
        return f"None of the {text.plural(page.read, 'run')} read so far; the next page reads on."
    return "Widen the filters above, or retrain to make a run."


def _turn(page: RunSlice, where: RunFilter) -> None:
    """The way to the page before and after."""
    if not (page.offset or page.following is not None or where.compared_here):
        return
    before: dict[int, int] = st.session_state.setdefault(_BEFORE, {})
    if page.following is not None:
        before[page.following] = page.offset
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_place(page, where))
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            disabled=not page.offset,
            on_click=address.turn_to,
            args=(_previous(page, where, before),),
        )
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=page.following is None,
            on_click=address.turn_to,
            args=(page.following or 0,),
        )


def _previous(page: RunSlice, where: RunFilter, before: Mapping[int, int]) -> int:
    """Where the page before begins, as far as it is known where the console compares."""
    if where.compared_here:
        return before.get(page.offset, 0)
    return max(0, page.offset - PAGE_SIZE)


def _place(page: RunSlice, where: RunFilter) -> str:
    """Which runs these are."""
    first, last = page.offset + 1, page.offset + page.read
    if where.compared_here:
        read = f"runs {text.number(first)} to {text.number(last)} that have the parameter"
        return f"{text.plural(len(page.runs), 'match', 'matches')} among {read}"
    return f"Runs {text.number(first)} to {text.number(last)}"


FEWEST, MOST = 2, 10


def selection_bar(stage: Stage) -> None:
    """Actions on all ticked runs; always there, so that nothing moves with the first tick."""
    picked = address.ids(address.PICKED)
    with st.container(
        horizontal=True, vertical_alignment="center", key="selection", gap="small", wrap=True
    ):
        st.caption(_in_words(len(picked)), width="content")
        if st.button(
            "Compare",
            icon=":material/compare_arrows:",
            disabled=not FEWEST <= len(picked) <= MOST,
            help=f"{FEWEST} to {MOST} runs beside each other",
        ):
            address.show(compare=",".join(picked))
        cleanup_menu.menu(picked, stage, "picked")
        if picked:
            st.button("Clear", key="clear-picked", type="tertiary", on_click=run_tables.clear_ticks)


def _in_words(count: int) -> str:
    if not count:
        return f"Tick {FEWEST} to {MOST} runs to compare them."
    return f"{text.plural(count, 'run')} ticked" + (f", {MOST} at the most" * (count > MOST))
