"""Two to ten runs beside each other."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app.services.run_compare import FEWEST, Comparison
from app.ui import compare_questions, guard, text
from app.ui.components import (
    chips,
    compare_charts,
    compare_data,
    compare_table,
    layout,
    pickers,
    run_state,
)

Part = tuple[str, Callable[[Comparison], None]]


def show(run_ids: tuple[str, ...]) -> None:
    """Draw the comparison that the address names."""
    place = layout.page_header(
        "Compare runs", "What was asked, what came of it, and on which data."
    )
    with place:
        if st.button("All runs", icon=":material/arrow_back:"):
            run_state.back(run_ids)
        if st.button(
            "Model against model",
            icon=":material/balance:",
            disabled=len(run_ids) != FEWEST,
            help="Two models on the same rows" if len(run_ids) == FEWEST else "Leave two runs",
        ):
            run_state.show(versus=",".join(run_ids))
    with guard.guarded("The comparison"):
        found = compare_questions.comparison(run_ids)
        _chips(found)
        with layout.card("side-by-side"):
            compare_table.show(found, pickers.dataset_names())
        _charts(found)
        with layout.card("data-sets"):
            compare_data.show(found)


def _charts(found: Comparison) -> None:
    """Charts in pairs; one that fails leaves the others."""
    parts: list[Part] = [
        ("Parameter and metric", compare_charts.against),
        ("Parallel coordinates", compare_charts.parallel),
        ("Score distributions", compare_charts.distributions),
        ("Duration", compare_charts.durations),
    ]
    for row in (parts[:2], parts[2:]):
        for column, (name, draw) in zip(st.columns(2), row, strict=True):
            with column, layout.card(name, height="stretch"), guard.guarded(name):
                draw(found)


def _chips(found: Comparison) -> None:
    """Each run with the way to leave it out, while enough stay."""
    if len(found.runs) <= FEWEST:
        return
    ids = [run.run_id for run in found.runs]
    chips.show(
        [
            chips.Chip(
                compare_table.label(place, run),
                f"Leave out {run.name} of {text.ago(run.started)}",
                partial(_keep, [each for each in ids if each != run.run_id]),
            )
            for place, run in enumerate(found.runs)
        ]
    )


def _keep(run_ids: list[str]) -> None:
    st.query_params[run_state.COMPARE] = ",".join(run_ids)
