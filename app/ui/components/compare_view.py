"""Two to ten runs beside each other."""

import streamlit as st

from app.services.run_compare import FEWEST, Comparison
from app.ui import cached, guard, navigation, text
from app.ui.components import compare_table, layout, pickers, run_state


def show(run_ids: tuple[str, ...]) -> None:
    """Draw the comparison that the address names."""
    place = layout.page_header(
        "Compare runs", "What was asked, what came of it, and on which data."
    )
    with place:
        if st.button("All runs", icon=":material/arrow_back:"):
            navigation.stay(picked=",".join(run_ids))
    with guard.guarded("The comparison"):
        found, names = cached.comparison(run_ids), pickers.dataset_names()
        _chips(found)
        with layout.card("side-by-side"):
            compare_table.show(found, names)


def _chips(found: Comparison) -> None:
    """Each run with the way to leave it out."""
    if len(found.runs) <= FEWEST:
        return
    ids = [run.run_id for run in found.runs]
    with st.container(horizontal=True, vertical_alignment="center", key="filters", gap="small"):
        for place, run in enumerate(found.runs):
            st.button(
                text.shorten(compare_table.label(place, run), 30),
                key=f"leave-{run.run_id}",
                icon=":material/close:",
                icon_position="right",
                help=f"Leave out {run.name} of {text.ago(run.started)}",
                on_click=_keep,
                args=([each for each in ids if each != run.run_id],),
            )


def _keep(run_ids: list[str]) -> None:
    st.query_params[run_state.COMPARE] = ",".join(run_ids)
