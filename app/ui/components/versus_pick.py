"""Which two models, on which data: all three are in the address."""

from collections.abc import Mapping
from typing import NoReturn

import streamlit as st

from app.services.runs import Run
from app.services.versus_model import Side, Versus
from app.ui import cached, text
from app.ui.components import layout, run_state, run_view


def choose(found: Versus, names: Mapping[str, str]) -> None:
    """Let the operator choose; another choice changes the address."""
    models = _models(found)
    with layout.card("versus-choice"):
        left, middle, right, swap = st.columns([4, 4, 3, 1], vertical_alignment="bottom")
        with left:
            a = _model("Model A", models, found.a)
        with middle:
            b = _model("Model B", models, found.b)
        with right:
            data = _data(names, found.dataset_id)
        with swap:
            swapped = st.button("", icon=":material/swap_horiz:", key="swap", help="Swap A and B")
    if swapped:
        go(found.b.asked.run_id, found.a.asked.run_id, found.dataset_id)
    if data != found.dataset_id:
        go(_own(found.a), _own(found.b), data)
    if (a, b) != (_own(found.a), _own(found.b)):
        go(_kept(a, found.a), _kept(b, found.b), data)


def go(a: str, b: str, dataset_id: str) -> NoReturn:
    """Open another pair."""
    run_state.show(versus=f"{a},{b}", on=dataset_id)


def _own(side: Side) -> str:
    """The run that a side's model is known by."""
    return side.model.run_id if side.model else side.asked.run_id


def _kept(chosen: str, side: Side) -> str:
    """Keep the very scoring that was asked for while its model stays."""
    return side.asked.run_id if chosen == _own(side) else chosen


def _models(found: Versus) -> dict[str, Run]:
    """The models that can be chosen, with those of the address."""
    listed = {choice.run.run_id: choice.run for choice in cached.models()}
    asked = {_own(side): side.model or side.asked for side in (found.a, found.b)}
    return listed | asked


def _model(label: str, models: Mapping[str, Run], side: Side) -> str:
    own, options = _own(side), list(models)
    champion = cached.champion()

    def written(run_id: str) -> str:
        run = models[run_id]
        crown = "champion · " if champion and champion.run_id == run_id else ""
        return f"{crown}{run_view.model_words(run)}"

    return st.selectbox(
        label,
        options,
        index=options.index(own),
        format_func=written,
        key=f"{label}-{own}",
        help="The newest models and the champion; tick any other run in the list of runs.",
    )


def _data(names: Mapping[str, str], chosen: str) -> str:
    known = {chosen: chosen or text.ABSENT} | dict(names)
    options = list(known)
    return st.selectbox(
        "Data set",
        options,
        index=options.index(chosen),
        format_func=lambda each: text.shorten(known[each], 40),
        key=f"versus-data-{chosen}",
    )
