"""What is shown as CSV files, built when they are asked for."""

from functools import partial

import streamlit as st

from app.services.trends.service import Trends, to_csv
from app.services.trends.types import Grain, Scope
from app.ui.kit import context

FILES = {
    "rates": "Anomaly rate and its band",
    "training_rates": "Anomaly rate on training data",
    "changes": "Changes of thresholds and models",
    "drift": "Drift by feature",
    "recent": "Recent runs",
    "failures": "Failed and cancelled runs",
    "activity": "Runs and rows by status",
    "means": "Durations, missing and unseen values",
    "quality": "Detection of injected anomalies",
    "precision": "Verdict precision by model",
}
"""What each question of the trends is called."""


def menu(scope: Scope, span: str) -> None:
    """Offer each part of the page; a chart is saved as PNG from its own toolbar."""
    trends = context.console().trends
    with st.popover("Export", icon=":material/download:"), st.container(gap=None):
        st.caption("CSV of what is shown. A chart's own toolbar saves it as PNG.")
        for name, label in FILES.items():
            st.download_button(
                label,
                partial(contents, trends, name, scope),
                file_name=f"trends-{name.replace('_', '-')}-{span}.csv",
                mime="text/csv",
                key=f"export-{name}",
                type="tertiary",
                on_click="ignore",
            )


def contents(trends: Trends, name: str, scope: Scope) -> bytes:
    """Return one of the files; counts have no grain finer than a day.

    It is built after the page was drawn, where the operator's session is out of reach.
    """
    of = scope.by(Grain.DAY) if name == "activity" and scope.grain is Grain.RUN else scope
    return to_csv(getattr(trends, name)(of))
