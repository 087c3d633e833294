"""What is shown as CSV files, built when they are asked for."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from app.services.trends_csv import to_csv
from app.services.trends_scope import Grain, Scope
from app.ui import trend_questions as ask

FILES: dict[str, tuple[str, Callable[[Scope], Sequence[Any]]]] = {
    "rates": ("Anomaly rate and its band", ask.rates),
    "training-rates": ("Anomaly rate on training data", ask.training_rates),
    "changes": ("Changes of thresholds and models", ask.changes),
    "drift": ("Drift by feature", ask.drift),
    "runs": ("Recent runs", ask.recent),
    "failures": ("Failed and cancelled runs", ask.failures),
    "activity": ("Runs and rows by status", ask.activity),
    "means": ("Durations, missing and unseen values", ask.means),
    "quality": ("Detection of injected anomalies", ask.quality),
    "precision": ("Verdict precision by model", ask.precision),
}


def menu(scope: Scope, span: str) -> None:
    """Offer each part of the page; a chart is saved as PNG from its own toolbar."""
    with st.popover("Export", icon=":material/download:"):
        st.caption("CSV of what is shown. A chart's own toolbar saves it as PNG.")
        for name, (label, _) in FILES.items():
            st.download_button(
                label,
                partial(contents, name, scope),
                file_name=f"trends-{name}-{span}.csv",
                mime="text/csv",
                key=f"export-{name}",
                type="tertiary",
                on_click="ignore",
            )


def contents(name: str, scope: Scope) -> bytes:
    """Return one of the files; counts have no grain finer than a day."""
    of = scope.by(Grain.DAY) if name == "activity" and scope.grain is Grain.RUN else scope
    return to_csv(FILES[name][1](of))
