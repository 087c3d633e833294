"""System: what runs, since when, with which settings, and what failed lately."""

import streamlit as st

from app.services.jobs import JobState
from app.ui import cached, context, guard
from app.ui.components import layout, system_view

REFRESH = 10


@guard.live("Health of the services", REFRESH)
def show_services() -> None:
    """The services in detail."""
    system_view.services(cached.health())


layout.page_header("System", "What runs where, since when, and what failed lately.")
show_services()
with layout.card("failures"):
    layout.title("Recent failures", "The newest failed retrainings and scorings.")
    with guard.guarded("Recent failures"):
        system_view.failures(cached.jobs((JobState.FAILED,)))
left, right = st.columns(2)
with left, layout.card("settings", height="stretch"):
    layout.title("Settings in force", "Set by environment variables; secrets are not shown.")
    system_view.settings(context.console().settings)
with right, layout.card("versions", height="stretch"):
    layout.title("Versions of the console")
    system_view.versions()
