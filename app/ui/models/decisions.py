"""Decisions on models: the form with a reason for each, and the list of all that were made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from app.services.models.types import Decision, DecisionFilter, ModelChange, ThresholdChange
from app.ui.kit import errors, layout, tables, text
from app.ui.kit.context import console, operator

PLACEHOLDER = "Why? Whoever looks at it later reads this."
ACTIONS = {"promote": "Promoted", "roll_back": "Rolled back", "remove": "Removed"}
KINDS = {
    "champion": ("Champion", "ok"),
    "challenger": ("Challenger", "busy"),
    "threshold": ("Threshold", "warn"),
}
STEP = 50


@dataclass(frozen=True)
class Option:
    """Something that can be decided.

    Attributes
    ----------
    apply
        Makes the decision for a reason; refused when what the operator saw has changed.
    confirmation
        Message after the decision.
    disabled
        Why it cannot be decided at present; empty when it can.
    """

    label: str
    icon: str
    apply: Callable[[str], object]
    confirmation: str
    primary: bool = False
    disabled: str = ""


def form(name: str, options: Sequence[Option]) -> None:
    """Ask for a reason and offer a button for each option, disabled for a viewer."""
    allowed = operator().can_trigger
    if allowed:
        st.text_area(
            "Reason", key=f"reason-{name}", placeholder=PLACEHOLDER, max_chars=1_000, height=76
        )
    else:
        st.caption(
            f"Your role is {operator().role}: you can read decisions, not make them; that needs "
            "the role user, op or admin."
        )
    with st.container(horizontal=True, gap="small"):
        for option in options:
            st.button(
                option.label,
                key=f"decide-{option.label}-{name}",
                icon=option.icon,
                type="primary" if option.primary else "secondary",
                help=option.disabled or None,
                disabled=not allowed or bool(option.disabled),
                on_click=_decide,
                args=(name, option),
            )
    if refusal := st.session_state.get(f"refusal-{name}"):
        errors.notice("Nothing was changed", refusal)


def _decide(name: str, option: Option) -> None:
    """Make a decision before the page is drawn again, and keep a refusal for the form to show."""
    with errors.refusal_of(option.label) as reasons:
        option.apply(st.session_state.get(f"reason-{name}") or "")
        st.session_state.pop(f"reason-{name}", None)
        st.toast(option.confirmation, icon=option.icon)
    st.session_state[f"refusal-{name}"] = "".join(reasons)


def show(model_run_id: str = "") -> str | None:
    """List the decisions on one model or on all; return the train run of the clicked row."""
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.title("Decisions", "Who decided what, when and why; nothing is ever erased.")
        kind = st.selectbox(
            "Kind",
            ["", *KINDS],
            format_func=lambda each: KINDS[each][0] if each else "Any decision",
            key="decision",
            bind="query-params",
            width=170,
            label_visibility="collapsed",
        )
        who = _text_filter("User name", key="decider", width=170)
        model = model_run_id or _text_filter("Run id of a model", key="of", width=220)
    limit = st.session_state.get("decisions-most", STEP)
    found = console().models.decisions(
        DecisionFilter(model_run_id=model, changed_by=who), kind, limit
    )
    if not found:
        layout.empty("No decision", "None was made yet, or none matches.")
        return None
    clicked = _table(found)
    if len(found) == limit and st.button("Show older ones", icon=":material/history:"):
        st.session_state["decisions-most"] = limit + STEP
        st.rerun()
    return clicked


def _text_filter(label: str, *, key: str, width: int) -> str:
    value = st.text_input(
        label,
        placeholder=label,
        key=key,
        bind="query-params",
        width=width,
        label_visibility="collapsed",
    )
    return (value or "").strip()


def _table(found: Sequence[Decision]) -> str | None:
    config = st.column_config
    columns = {
        "Kind": tables.status_column(KINDS),
        "Change": config.TextColumn(width=230),
        "Reason": config.TextColumn(width=380),
        "Evidence": config.TextColumn(
            "Evidence at that time", width=330, help="What the page showed when it was decided"
        ),
        "Model": config.TextColumn(width=85),
        "Who": config.TextColumn(width=90),
        "When": tables.when(),
    }
    changed = {each.model_run_id for each in found if isinstance(each, ThresholdChange)}
    trained = console().thresholds.as_trained(tuple(sorted(changed)))
    frame = pd.DataFrame([_row(each, trained.get(each.model_run_id or "")) for each in found])
    row = tables.opened(frame, columns, "decisions")
    return None if row is None else _model(found[row])


def _row(decision: Decision, trained: float | None) -> dict[str, Any]:
    kind, evidence = "threshold", ""
    if isinstance(decision, ModelChange):
        kind, evidence = decision.alias, _evidence(decision.evidence)
    return {
        "When": tables.clock(decision.changed_at),
        "Who": decision.changed_by,
        "Kind": [KINDS[kind][0]],
        "Change": change_text(decision, trained),
        "Reason": decision.reason,
        "Evidence": evidence or text.ABSENT,
        "Model": (_model(decision) or text.ABSENT)[:8],
    }


def _model(decision: Decision) -> str | None:
    if isinstance(decision, ModelChange):
        return decision.model_run_id or decision.previous_run_id
    return decision.model_run_id


def change_text(decision: Decision, trained: float | None = None) -> str:
    """From what to what.

    Parameters
    ----------
    trained
        The threshold as trained, to show scores relative to it; None shows a threshold on the
        scale of the train run's metric, as it is stored.
    """
    if isinstance(decision, ModelChange):
        versions = (decision.previous_version, decision.version)
        names = [text.ABSENT if each is None else f"version {each}" for each in versions]
        return f"{ACTIONS[decision.action]}: {' → '.join(names)}"
    ends = (decision.previous, decision.threshold)
    moved = " → ".join(f"{round(end - (trained or 0.0), 9) + 0.0:.4f}" for end in ends)
    if decision.rows_gained is None or decision.rows_lost is None:
        return moved
    return f"{moved} ({decision.rows_gained - decision.rows_lost:+,} rows)"


def _evidence(stored: Mapping[str, Any]) -> str:
    """The evidence stored with a decision, in one line; empty where there was none."""
    counts = stored.get("overlap") or {}
    either = sum(counts.get(name, 0) for name in ("both", "first", "second"))
    shares = {
        "injected recall": stored.get("injected_recall"),
        "on new data": (stored.get("new_data") or {}).get("rate"),
        "precision": (stored.get("precision") or {}).get("share"),
        "shared": counts["both"] / either if either else None,
    }
    return ", ".join(
        f"{name} {text.percent(value)}" for name, value in shares.items() if value is not None
    )
