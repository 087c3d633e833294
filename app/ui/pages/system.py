"""System: what runs, since when, with which settings, and what failed lately."""

import streamlit as st

from app.services.jobs import JobState
from app.ui import cached, context, guard
from app.ui.components import layout, system_view, tidy_card, tidy_preview

REFRESH = 10


@guard.live("Health of the services", REFRESH)
def show_services() -> None:
    """The services in detail."""
    system_view.services(cached.health())


def show_tidy() -> None:
    """What is put away, what is due, and what was done."""
    with layout.card("tidy"):
        layout.title("Tidy up", "Archived, deleted and removed; nothing goes without a preview.")
        with guard.guarded("Tidy up"):
            tidy_card.amounts()
            tidy_card.retention()
            tidy_card.history()


def show_system() -> None:
    """The whole page."""
    layout.page_header("System", "What runs where, since when, and what failed lately.")
    tidy_preview.outcome()
    show_services()
    with layout.card("failures"):
        layout.title("Recent failures", "The newest failed retrainings and scorings.")
        with guard.guarded("Recent failures"):
            system_view.failures(cached.jobs((JobState.FAILED,)))
    show_tidy()
    left, right = st.columns(2)
    with left, layout.card("settings", height="stretch"):
        layout.title("Settings in force", "Set by environment variables; secrets are not shown.")
        system_view.settings(context.console().settings)
    with right, layout.card("versions", height="stretch"):
        layout.title("Versions of the console")
        system_view.versions()


if tidy_preview.asked():
    tidy_preview.show()
else:
    show_system()
