"""Lists of runs: the page of filtered runs that can be ticked, a table of runs, and a picker."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from app.services.comparison.types import FEWEST, MOST
from app.services.runs.queries import RunFilter, RunSlice
from app.services.runs.service import PAGE_SIZE
from app.ui.cleanup import menu as cleanup_menu
from app.ui.comparison.address import TICKED, show_runs
from app.ui.kit import context, layout, tables, text
from app.ui.kit.address import number, put, run_ids
from app.ui.runs import address, filters
from app.ui.runs.labels import KINDS, RUN_STATES
from pipeline.tracking.runs import Run, Stage

PREVIOUS_PAGES, TABLE_TURN = "runs-before", "runs-turn"
DETAILS = ("Rows", "Trees", "Contamination", "Run")


def run_list(dataset_names: Mapping[str, str]) -> Run | None:
    """Show filters, order and a page of runs; returns the run to open."""
    where = filters.run_filter(dataset_names)
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.title("Runs", "Click a cell to open its run.")
        where = replace(where, stage=cleanup_menu.stage_choice(address.first_page))
        filters.condition_form()
        sort, descending = filters.order()
    page = context.console().runs.slice(
        where, sort, descending=descending, offset=number(address.OFFSET) or 0
    )
    opened = None
    if page.runs:
        bar = st.container()
        opened = _tickable_table(page.runs, dataset_names)
        with bar:
            _selection_bar(where.stage or Stage.ACTIVE)
    elif page.following is not None:
        read = text.plural(page.read, "run")
        layout.empty("No run matches", f"None of the {read} read so far; the next page reads on.")
    else:
        layout.empty("No run matches", "Widen the filters above, or retrain to make a run.")
    _page_buttons(page, where)
    return opened


def _page_buttons(page: RunSlice, where: RunFilter) -> None:
    if not (page.offset or page.following is not None or where.compared_here):
        return
    # Where the console compares, only the pages that led here tell where the one before begins.
    previous_of: dict[int, int] = st.session_state.setdefault(PREVIOUS_PAGES, {})
    if page.following is not None:
        previous_of[page.following] = page.offset
    previous = max(0, page.offset - PAGE_SIZE)
    if where.compared_here:
        previous = previous_of.get(page.offset, 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_position(page, where))
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            disabled=not page.offset,
            on_click=partial(put, address.OFFSET, str(previous or "")),
        )
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=page.following is None,
            on_click=partial(put, address.OFFSET, str(page.following or "")),
        )


def _position(page: RunSlice, where: RunFilter) -> str:
    first, last = text.number(page.offset + 1), text.number(page.offset + page.read)
    if where.compared_here:
        matches = text.plural(len(page.runs), "match", "matches")
        return f"{matches} among runs {first} to {last} that have the parameter"
    return f"Runs {first} to {last}"


def _selection_bar(stage: Stage) -> None:
    """Offer what can be done with the ticked runs; always there, so that nothing moves."""
    ticked = run_ids(TICKED)
    count = len(ticked)
    about = f"Tick {FEWEST} to {MOST} runs to compare them."
    if ticked:
        about = f"{text.plural(count, 'run')} ticked" + f", {MOST} at the most" * (count > MOST)
    with st.container(
        horizontal=True, vertical_alignment="center", key="selection", gap="small", wrap=True
    ):
        st.caption(about, width="content")
        if st.button(
            "Compare",
            icon=":material/compare_arrows:",
            disabled=not FEWEST <= count <= MOST,
            help=f"{FEWEST} to {MOST} runs beside each other",
        ):
            show_runs(ticked)
        cleanup_menu.menu(ticked, stage, "picked")
        if ticked:
            st.button("Clear", key="clear-picked", type="tertiary", on_click=_clear_ticks)


def _clear_ticks() -> None:
    address.tick(())
    st.session_state[TABLE_TURN] = st.session_state.get(TABLE_TURN, 0) + 1


def _tickable_table(runs: Sequence[Run], dataset_names: Mapping[str, str]) -> Run | None:
    """List runs that can be ticked and return the one to open."""
    ticked = run_ids(TICKED)
    # A table of another key forgets its ticks, and shows those that are given.
    content = crc32(",".join(run.run_id for run in runs).encode())
    turn = st.session_state.setdefault(TABLE_TURN, 0)
    event = st.dataframe(
        pd.DataFrame([_row(run, dataset_names) for run in runs]),
        key=f"runs-{content:08x}-{turn}",
        column_config=_columns(),
        hide_index=True,
        row_height=tables.ROW,
        height="content",
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        selection_default={
            "selection": {"rows": [i for i, run in enumerate(runs) if run.run_id in ticked]}
        },
        placeholder=text.ABSENT,
    )
    here = {run.run_id for run in runs}
    now = [runs[i].run_id for i in event["selection"]["rows"] if i < len(runs)]
    kept = [each for each in ticked if each not in here or each in now]
    address.tick(tuple(dict.fromkeys([*kept, *now])))
    cells = event["selection"]["cells"]
    return runs[int(cells[0][0])] if cells and int(cells[0][0]) < len(runs) else None


def run_table(
    runs: Sequence[Run], dataset_names: Mapping[str, str], key: str, *, short: bool = False
) -> Run | None:
    """List runs and return the one to open; ``short`` leaves out the details."""
    frame = pd.DataFrame([_row(run, dataset_names) for run in runs])
    frame = frame.drop(columns=list(DETAILS) if short else [])
    row = tables.opened(frame, _columns(), key)
    return None if row is None else runs[row]


def _row(run: Run, dataset_names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "Status": [RUN_STATES[run.status][0]],
        "Kind": KINDS[run.kind] if run.kind else text.ABSENT,
        "Data set": dataset_names.get(run.dataset_id, run.dataset_id or text.ABSENT),
        "Anomaly rate": tables.percentage(run.metrics.get("anomaly_rate")),
        "Duration": text.duration(run.seconds),
        "Triggered by": run.requested_by or text.ABSENT,
        "Started": tables.clock(run.started),
        "Rows": run.metrics.get("rows"),
        "Trees": run.params.get("n_estimators"),
        "Contamination": run.params.get("contamination"),
        "Run": run.name,
    }


def _columns() -> dict[str, Any]:
    config = st.column_config
    return {
        "Status": tables.status_column(RUN_STATES),
        "Kind": config.TextColumn(width=78),
        "Run": config.TextColumn(width=240),
        "Data set": config.TextColumn(width=250),
        "Rows": config.NumberColumn(width=80, format="localized"),
        "Anomaly rate": config.NumberColumn(width=105, format="%.1f %%"),
        "Trees": config.TextColumn(width=60, alignment="right"),
        "Contamination": config.TextColumn(width=105, alignment="right"),
        "Duration": config.TextColumn(width=90, alignment="right"),
        "Triggered by": config.TextColumn(width=90),
        "Started": tables.when(),
    }


def run_picker(runs: Sequence[Run], chosen: str, dataset_names: Mapping[str, str]) -> Run:
    """Let the operator choose a score run; an unknown ``chosen`` id stands for the newest."""
    ids = [run.run_id for run in runs]

    def label(run: Run) -> str:
        name = text.shorten(dataset_names.get(run.dataset_id, run.name), 36)
        # A relative time would change the option's name while it is chosen.
        return f"{name} · {text.minute(run.started, context.zone())} · {run.run_id[:8]}"

    return st.selectbox(
        "Scored run",
        runs,
        index=ids.index(chosen) if chosen in ids else 0,
        format_func=label,
        key="scored-run",
        label_visibility="collapsed",
    )
