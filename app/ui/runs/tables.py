"""Tables of runs; a click anywhere in a row opens it."""

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from app.services.runs.types import Run
from app.ui.kit import text
from app.ui.kit.states import KINDS, RUN_STATES
from app.ui.kit.tables import ROW, clock, opened, percentage, status_column, when
from app.ui.runs import address

DETAILS = ("Rows", "Trees", "Contamination", "Run")


def run_table(
    runs: Sequence[Run], names: Mapping[str, str], key: str, *, short: bool = False
) -> Run | None:
    """List runs and return the one to open; ``short`` leaves out the details."""
    frame = pd.DataFrame([_run_row(run, names) for run in runs])
    frame = frame.drop(columns=list(DETAILS) if short else [])
    row = opened(frame, _run_columns(), key)
    return None if row is None else runs[row]


def run_picker(runs: Sequence[Run], names: Mapping[str, str]) -> Run | None:
    """List runs that can be ticked and return the one to open."""
    event = st.dataframe(
        pd.DataFrame([_run_row(run, names) for run in runs]),
        key=table_key(runs),
        column_config=_run_columns(),
        hide_index=True,
        row_height=ROW,
        height="content",
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        selection_default={"selection": {"rows": ticked_rows(runs)}},
        placeholder=text.ABSENT,
    )
    tick(runs, event["selection"]["rows"])
    cells = event["selection"]["cells"]
    return runs[int(cells[0][0])] if cells and int(cells[0][0]) < len(runs) else None


def _run_row(run: Run, names: Mapping[str, str]) -> dict[str, Any]:
    """What the list says about a run."""
    return {
        "Status": [RUN_STATES[run.status][0]],
        "Kind": KINDS[run.kind] if run.kind else text.ABSENT,
        "Data set": names.get(run.dataset_id, run.dataset_id or text.ABSENT),
        "Anomaly rate": percentage(run.metrics.get("anomaly_rate")),
        "Duration": text.duration(run.seconds),
        "Asked by": run.requested_by or text.ABSENT,
        "Started": clock(run.started),
        "Rows": run.metrics.get("rows"),
        "Trees": run.params.get("n_estimators"),
        "Contamination": run.params.get("contamination"),
        "Run": run.name,
    }


def _run_columns() -> dict[str, Any]:
    """Formats of the list of runs."""
    config = st.column_config
    return {
        "Status": status_column(RUN_STATES),
        "Kind": config.TextColumn(width=78),
        "Run": config.TextColumn(width=240),
        "Data set": config.TextColumn(width=250),
        "Rows": config.NumberColumn(width=80, format="localized"),
        "Anomaly rate": config.NumberColumn(width=105, format="%.1f %%"),
        "Trees": config.TextColumn(width=60, alignment="right"),
        "Contamination": config.TextColumn(width=105, alignment="right"),
        "Duration": config.TextColumn(width=90, alignment="right"),
        "Asked by": config.TextColumn(width=90),
        "Started": when(),
    }


TURN = "runs-turn"


def table_key(shown: Sequence[Run]) -> str:
    """Name the table of some runs; in a table of another name nothing is ticked but by default."""
    content = crc32(",".join(run.run_id for run in shown).encode())
    return f"runs-{content:08x}-{st.session_state.setdefault(TURN, 0)}"


def ticked_rows(shown: Sequence[Run]) -> list[int]:
    """Return the rows to tick when a page is opened."""
    picked = address.ids(address.PICKED)
    return [place for place, run in enumerate(shown) if run.run_id in picked]


def tick(shown: Sequence[Run], rows: Sequence[int]) -> None:
    """Keep what is ticked on this page beside what is ticked on others."""
    here = {run.run_id for run in shown}
    now = [shown[row].run_id for row in rows if row < len(shown)]
    before = address.ids(address.PICKED)
    kept = [each for each in before if each not in here or each in now]
    address.pick(tuple(dict.fromkeys([*kept, *now])))


def clear_ticks() -> None:
    """Tick nothing."""
    address.pick(())
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
