"""Deciding: a reason, and a button for each thing that can be decided."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from app.services.models.types import ChangeFilter, Decision, ModelChange, ThresholdChange
from app.ui.kit import context, errors, layout, tables, text
from app.ui.models import labels
from app.ui.models import queries as models_queries

PLACEHOLDER = "Why? Whoever looks at it later reads this."


@dataclass(frozen=True)
class Choice:
    """Something that can be decided.

    Attributes
    ----------
    do
        Does it for a reason; it holds what the operator saw, and is refused when that has changed.
    done
        What is said afterwards.
    barred
        Why it cannot be decided at present; empty when it can.
    """

    label: str
    icon: str
    do: Callable[[str], object]
    done: str
    primary: bool = False
    barred: str = ""


def form(name: str, choices: Sequence[Choice]) -> None:
    """Ask for a reason and offer the choices; a viewer sees them with the reason why not."""
    allowed = context.operator().can_trigger
    if allowed:
        st.text_area(
            "Reason", key=f"reason-{name}", placeholder=PLACEHOLDER, max_chars=1_000, height=76
        )
    else:
        role = context.operator().role
        st.caption(
            f"Your role is {role}: you can read decisions, not make them; that needs the role "
            "user, op or admin."
        )
    with st.container(horizontal=True, gap="small"):
        for choice in choices:
            st.button(
                choice.label,
                key=f"decide-{choice.label}-{name}",
                icon=choice.icon,
                type="primary" if choice.primary else "secondary",
                help=choice.barred or None,
                disabled=not allowed or bool(choice.barred),
                on_click=_decide,
                args=(name, choice),
            )
    if refusal := st.session_state.get(f"refusal-{name}"):
        errors.notice("Nothing was changed", refusal)


def _decide(name: str, choice: Choice) -> None:
    """Decide before the page is drawn again, keep a refusal, and have every part ask anew."""

    def do() -> None:
        choice.do(st.session_state.get(f"reason-{name}") or "")
        st.session_state.pop(f"reason-{name}", None)
        st.toast(choice.done, icon=choice.icon)

    st.session_state[f"refusal-{name}"] = errors.attempt(choice.label, do)
    models_queries.forget_decisions()


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
    found = models_queries.decisions(where, kind, most)
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
    trained = models_queries.trained_thresholds(tuple(sorted(moved)))
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
        "Kind": [TONES[labels.kind(decision)][0]],
        "Change": labels.change(decision, trained),
        "Why": decision.reason,
        "Evidence": labels.kept(decision) or text.ABSENT,
        "Model": (_model(decision) or text.ABSENT)[:8],
    }
