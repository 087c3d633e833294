"""Menus that lead to the preview of a cleanup operation."""

from collections.abc import Callable, Sequence

import streamlit as st

from app.services.runs.types import Stage
from app.ui.cleanup import queries as cleanup_queries
from app.ui.cleanup.labels import OFFERED, STAGES, WORDS
from app.ui.kit import navigation
from app.ui.kit.errors import notice

SHOW = "show"


def menu(run_ids: Sequence[str], stage: Stage, key: str) -> None:
    """Offer what can be done at a stage; every choice opens a preview first."""
    with st.popover("Tidy up", icon=":material/mop:", disabled=not run_ids):
        for act in OFFERED[stage]:
            words = WORDS[act]
            if st.button(
                f"{words.verb} …",
                key=f"tidy-{act}-{key}",
                icon=words.icon,
                help=words.means,
                type="tertiary",
            ):
                preview(act, run_ids)


def preview(act: str, ids: Sequence[str]) -> None:
    """Open the preview of an act, made anew."""
    cleanup_queries.plan.forget()
    navigation.stay(tidy=act, ids=",".join(ids))


def stage_choice(on_change: Callable[[], None] | None = None) -> Stage:
    """Let the operator look at what is archived or deleted; the choice is in the address."""
    return st.selectbox(
        "Show",
        list(Stage),
        format_func=STAGES.__getitem__,
        key=SHOW,
        bind="query-params",
        width=150,
        label_visibility="collapsed",
        on_change=on_change,
    )


def put_away(stage: Stage) -> None:
    """Say on the page of a run or a data set that it is not in the lists."""
    if stage is Stage.ARCHIVED:
        notice("Archived", "Out of the lists and kept; “Tidy up” brings it back.", "warn")
    elif stage is Stage.DELETED:
        notice("In the bin", "Deleted, and still whole; “Tidy up” restores or removes it.", "warn")
