"""Chips: what narrows a view, each with the way to drop it, and one way to drop all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from app.ui import text

LONGEST = 46


@dataclass(frozen=True)
class Chip:
    """One of them: what it says, in short and to the pointer, and what drops it."""

    words: str
    help: str
    drop: Callable[[], None]


def show(chips: Sequence[Chip], clear: Callable[[], None] | None = None) -> None:
    """Draw them in a row, and ``clear`` behind them; nothing when there is neither."""
    if not (chips or clear):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="filters", gap="small"):
        for place, chip in enumerate(chips):
            st.button(
                text.literal(text.shorten(chip.words, LONGEST)),
                key=f"chip-{place}",
                icon=":material/close:",
                icon_position="right",
                help=text.literal(chip.help),
                on_click=chip.drop,
            )
        if clear:
            st.button("Clear all", key="clear-all", type="tertiary", on_click=clear)
