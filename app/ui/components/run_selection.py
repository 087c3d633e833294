"""The ticked runs, on whatever page of the list they are, and what can be done with them."""

from collections.abc import Sequence
from zlib import crc32

import streamlit as st

from app.services.runs import Run, Stage
from app.ui import text
from app.ui.components import run_state, tidy_actions

FEWEST, MOST = 2, 10
TURN = "runs-turn"


def bar(stage: Stage) -> None:
    """Actions on all ticked runs; always there, so that nothing moves with the first tick."""
    picked = run_state.ids(run_state.PICKED)
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
            run_state.show(compare=",".join(picked))
        tidy_actions.menu(picked, stage, "picked")
        if picked:
            st.button("Clear", key="clear-picked", type="tertiary", on_click=_clear)


def _in_words(count: int) -> str:
    if not count:
        return f"Tick {FEWEST} to {MOST} runs to compare them."
    return f"{text.plural(count, 'run')} ticked" + (f", {MOST} at the most" * (count > MOST))


def table_key(shown: Sequence[Run]) -> str:
    """Name the table of some runs; in a table of another name nothing is ticked but by default."""
    content = crc32(",".join(run.run_id for run in shown).encode())
    return f"runs-{content:08x}-{st.session_state.setdefault(TURN, 0)}"


def ticked_rows(shown: Sequence[Run]) -> list[int]:
    """Return the rows to tick when a page is opened."""
    picked = run_state.ids(run_state.PICKED)
    return [place for place, run in enumerate(shown) if run.run_id in picked]


def tick(shown: Sequence[Run], rows: Sequence[int]) -> None:
    """Keep what is ticked on this page beside what is ticked on others."""
    here = {run.run_id for run in shown}
    now = [shown[row].run_id for row in rows if row < len(shown)]
    before = run_state.ids(run_state.PICKED)
    kept = [each for each in before if each not in here or each in now]
    run_state.pick(tuple(dict.fromkeys([*kept, *now])))


def _clear() -> None:
    """Tick nothing."""
    run_state.pick(())
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
