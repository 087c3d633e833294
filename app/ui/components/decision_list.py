"""What was decided on models: an audit list that can be narrowed."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.services.models_model import ChangeFilter, Decision, ModelChange, ThresholdChange
from app.ui import model_questions, text
from app.ui.components import layout, model_words, tables

KINDS = {"": "Any decision", "champion": "Champion", "challenger": "Challenger"}
KINDS |= {"threshold": "Threshold"}
TONES = {
    "champion": ("Champion", "ok"),
    "challenger": ("Challenger", "busy"),
    "threshold": ("Threshold", "warn"),
}
STEP = 50


def show(model_run_id: str = "") -> str | None:
    """Draw the list, of one model or of all; returns the train run of the row that was clicked."""
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.title("Decisions", "Who decided what, when and why; nothing is ever erased.")
        kind = st.selectbox(
            "Kind",
            list(KINDS),
            format_func=KINDS.__getitem__,
            key="decision",
            bind="query-params",
            width=170,
            label_visibility="collapsed",
        )
        who = st.text_input(
            "Who",
            placeholder="Whole user name",
            key="decider",
            bind="query-params",
            width=170,
            label_visibility="collapsed",
        )
        model = model_run_id or st.text_input(
            "Model",
            placeholder="Whole run id of a model",
            key="of",
            bind="query-params",
            width=220,
            label_visibility="collapsed",
        )
    where = ChangeFilter(model_run_id=(model or "").strip(), changed_by=(who or "").strip())
    most = st.session_state.get("decisions-most", STEP)
    found = model_questions.decisions(where, kind, most)
    if not found:
        layout.empty("No decision", "None was made yet, or none matches.")
        return None
    chosen = _table(found)
    if len(found) == most and st.button("Show older ones", icon=":material/history:"):
        st.session_state["decisions-most"] = most + STEP
        st.rerun()
    return chosen


def _table(found: Sequence[Decision]) -> str | None:
    config = st.column_config
    columns = {
        "Kind": tables.status_column(TONES),
        "Change": config.TextColumn(width=230),
        "Why": config.TextColumn(width=380),
        "Evidence": config.TextColumn(
            "Evidence at that time", width=330, help="What the gate showed when it was decided"
        ),
        "Model": config.TextColumn(width=85),
        "Who": config.TextColumn(width=90),
        "When": tables.when(),
    }
    moved = {each.model_run_id for each in found if isinstance(each, ThresholdChange)}
    trained = model_questions.trained_thresholds(tuple(sorted(moved)))
    frame = pd.DataFrame([_row(each, trained.get(each.model_run_id or "")) for each in found])
    row = tables.opened(frame, columns, "decisions")
    return None if row is None else _model(found[row])


def _model(decision: Decision) -> str | None:
    if isinstance(decision, ModelChange):
        return decision.model_run_id or decision.previous_run_id
    return decision.model_run_id


def _row(decision: Decision, trained: float | None) -> dict[str, Any]:
    return {
        "When": tables.clock(decision.changed_at),
        "Who": decision.changed_by,
        "Kind": [TONES[model_words.kind(decision)][0]],
        "Change": model_words.change(decision, trained),
        "Why": decision.reason,
        "Evidence": model_words.kept(decision) or text.ABSENT,
        "Model": (_model(decision) or text.ABSENT)[:8],
    }
