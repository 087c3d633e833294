"""Conditions on any parameter or metric: a form to add one, and chips for those in force."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app.clients.errors import Rejected
from app.services.run_conditions import COMPARE, Condition, Subject, condition
from app.services.run_pages import MOST_READ
from app.ui import cached
from app.ui.components import chips as held
from app.ui.components import failures, run_state

SUBJECTS = {Subject.METRIC: "Metric", Subject.PARAM: "Parameter"}
SIGNS = {"<": "<", "<=": "≤", "=": "=", "!=": "≠", ">=": "≥", ">": ">"}
SUBJECT, NAME, SIGN, VALUE, REFUSAL = (
    f"condition-{part}" for part in ("subject", "name", "sign", "value", "refusal")
)
ABOUT = {
    Subject.METRIC: "Compared as numbers, by MLflow.",
    Subject.PARAM: (
        "= and ≠ are answered by MLflow, which keeps parameters as text. For <, ≤, ≥ and > the "
        f"console compares the numbers itself and reads up to {MOST_READ:,} runs for a page."
    ),
}


def form() -> None:
    """Add a condition."""
    with st.popover("Condition", icon=":material/filter_alt:", key="add-condition"):
        subject = st.segmented_control(
            "Of",
            list(SUBJECTS),
            default=Subject.METRIC,
            required=True,
            format_func=SUBJECTS.__getitem__,
            key=SUBJECT,
            label_visibility="collapsed",
        )
        with st.form("condition-form", border=False):
            _fields(subject)
            st.caption(ABOUT[subject])
            st.form_submit_button("Add", type="primary", on_click=_add)
        if refusal := st.session_state.get(REFUSAL):
            failures.notice("Not added", refusal)


def _fields(subject: Subject) -> None:
    """Name, comparison and value."""
    metrics, params = cached.run_fields()
    st.selectbox(
        "Name",
        metrics if subject is Subject.METRIC else params,
        key=f"{NAME}-{subject}",
        accept_new_options=True,
        help="Those of the newest runs; type any other.",
    )
    left, right = st.columns([1, 2])
    left.selectbox("Is", list(COMPARE), index=5, format_func=SIGNS.__getitem__, key=SIGN)
    right.text_input("Value", key=VALUE, placeholder="0.1")


def _add() -> None:
    """Turn what was typed into a condition, or say why it is none."""
    typed = st.session_state
    subject = typed[SUBJECT]
    try:
        name = typed.get(f"{NAME}-{subject}") or ""
        run_state.add(condition(subject, name, typed[SIGN], typed[VALUE] or ""))
    except Rejected as error:
        typed[REFUSAL] = error.message
    else:
        typed.pop(REFUSAL, None)
        typed[VALUE] = ""


def chips(chosen: Sequence[Condition], refused: Sequence[str]) -> None:
    """Say which conditions hold, each with the way to drop it, and what could not be read."""
    clear = partial(run_state.keep, []) if chosen or refused else None
    held.show([_chip(each, chosen) for each in chosen], clear)
    for reason in refused:
        failures.notice("A condition of the address is left out", reason, "warn")


def _chip(each: Condition, chosen: Sequence[Condition]) -> held.Chip:
    words = in_words(each)
    others = [other for other in chosen if other != each]
    about = f"Drop the condition: {SUBJECTS[each.subject].lower()} {words}"
    return held.Chip(words, about, partial(run_state.keep, others))


def in_words(chosen: Condition) -> str:
    """Write a condition for a reader.

    >>> in_words(Condition(Subject.METRIC, "anomaly_rate", ">=", "0.1"))
    'anomaly_rate ≥ 0.1'
    """
    return f"{chosen.name} {SIGNS[chosen.comparison]} {chosen.value}"
