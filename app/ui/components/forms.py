"""What the forms of Retrain and Score share, up to the click that starts a run."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from app.services.preflight import Preflight
from app.services.training import new_intent
from app.ui import cached, context, html, navigation, text
from app.ui.components import failures, layout, preflight
from app.ui.components.actions import Action, offer


@dataclass(frozen=True)
class Launch:
    """How a kind of run is started.

    Attributes
    ----------
    doing
        What a viewer may not do, at the beginning of a sentence.
    """

    kind: str
    doing: str
    action: Action


TRAIN = Launch(
    "train",
    "Retraining",
    Action(
        "Trigger retraining",
        busy="Triggering …",
        failed="The retraining was not triggered",
        icon=":material/play_arrow:",
        primary=True,
    ),
)
SCORE = Launch(
    "score",
    "Scoring",
    Action(
        "Trigger scoring",
        busy="Triggering …",
        failed="The scoring was not triggered",
        icon=":material/play_arrow:",
        primary=True,
    ),
)


def launch_card(
    launch: Launch,
    found: Preflight,
    trigger: Callable[[str], str],
    unpause: Callable[[], None],
) -> None:
    """What is known before the run, and the button that starts it.

    Parameters
    ----------
    trigger
        Starts the run for an intent and returns its id.
    """
    allowed = context.operator().can_trigger
    with layout.card("preflight"):
        layout.title("Before it starts")
        preflight.checks(found)
        preflight.unpause(found, unpause, allowed=allowed)
        if not allowed:
            _read_only(launch.doing)
        offer(
            launch.action,
            "trigger",
            lambda: _start(launch.kind, trigger),
            disabled=not (allowed and found.ready),
        )


def _start(kind: str, trigger: Callable[[str], str]) -> None:
    """Start the run and move to its address; the same click twice is the same intent."""
    key = f"{kind}-intent"
    run = trigger(st.session_state.setdefault(key, new_intent()))
    st.session_state.pop(key)
    cached.jobs.forget()
    navigation.stay(run=run)


def _read_only(doing: str) -> None:
    """Tell a viewer why the button does nothing."""
    failures.notice(
        "You can look, not trigger",
        f"Your role is {context.operator().role}. {doing} needs the role user, op or admin; "
        "ask an administrator of Airflow.",
        "warn",
    )


def flagged(contamination: float, rows: int) -> None:
    """Say what the contamination means in rows of this data set."""
    about = text.number(round(contamination * rows))
    st.html(
        html.tag(
            "div",
            html.words(f"About {about} of {text.number(rows)} rows will be flagged as anomalies."),
            cls="ac-sub",
        )
    )
