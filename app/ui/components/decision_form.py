"""Deciding: a reason, and a button for each thing that can be decided."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from app.ui import context, guard, model_questions
from app.ui.components import failures

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
        failures.notice("Nothing was changed", refusal)


def _decide(name: str, choice: Choice) -> None:
    """Decide before the page is drawn again, keep a refusal, and have every part ask anew."""

    def do() -> None:
        choice.do(st.session_state.get(f"reason-{name}") or "")
        st.session_state.pop(f"reason-{name}", None)
        st.toast(choice.done, icon=choice.icon)

    st.session_state[f"refusal-{name}"] = guard.attempt(choice.label, do)
    model_questions.forget_decisions()
