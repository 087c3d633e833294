"""System: services, recent failures, cleanup, settings and versions."""

import streamlit as st

from app.ui.cleanup import preview
from app.ui.cleanup import views as cleanup_views
from app.ui.kit import context, errors, layout
from app.ui.system import views as system_views

REFRESH = 10


@errors.live("Health of the services", REFRESH)
def show_services() -> None:
    """The services in detail."""
    system_views.services(context.console().health.check())


def show_cleanup() -> None:
    """How much is archived or deleted, what the retention proposes, and the log."""
    with layout.card("cleanup"):
        layout.title("Cleanup", "Archived, deleted and removed; nothing goes without a preview.")
        with errors.guarded("Cleanup"):
            cleanup_views.amounts()
            cleanup_views.retention()
            cleanup_views.log()


def show_system() -> None:
    """The whole page."""
    layout.page_header("System", "What runs where, since when, and what failed lately.")
    preview.outcome()
    show_services()
    with layout.card("failures"):
        layout.title("Recent failures", "The newest failed retrainings and scorings.")
        with errors.guarded("Recent failures"):
            system_views.failures()
    show_cleanup()
    left, right = st.columns(2)
    with left, layout.card("settings", height="stretch"):
        layout.title("Settings in force", "Set by environment variables; secrets are not shown.")
        system_views.settings(context.console().settings)
    with right, layout.card("versions", height="stretch"):
        layout.title("Versions of the console")
        system_views.versions()


if preview.requested():
    preview.show()
else:
    show_system()
