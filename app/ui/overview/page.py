"""Overview: health of the services, the model in use, and the latest results."""

import streamlit as st

from app.services.runs.queries import RunFilter
from app.ui.jobs import progress, schedule, suggestion
from app.ui.kit import errors, layout, navigation
from app.ui.kit.context import console
from app.ui.overview import views as overview_views
from app.ui.runs.run_list import run_table
from pipeline.tracking.runs import Stage

REFRESH = 10
RECENT = 8


@errors.live("Health of the services", REFRESH)
def show_health() -> None:
    """Tiles of the four services."""
    overview_views.tiles(console().health.check())


@errors.live("Work in progress", REFRESH)
def show_progress() -> None:
    """Jobs that are queued or running."""
    progress.unfinished_jobs()


@errors.live("Recent runs", REFRESH)
def show_recent() -> None:
    """The newest runs; a click opens one."""
    layout.title("Recent runs", "Click a row to open the run.")
    recent = console().runs.slice(RunFilter(stage=Stage.ACTIVE), limit=RECENT).runs
    if not recent:
        with layout.empty("Nothing has run yet", "Upload a data set, then retrain the model."):
            if st.button("Go to Data", key="to-data"):
                navigation.go("data")
    elif run := run_table(recent, console().datasets.names(), "recent-runs", short=True):
        navigation.go("runs", run=run.run_id)


with layout.page_header(
    "Overview", "Health of the stack, the model in use and what was found last."
):
    if st.button("Retrain", type="primary", icon=":material/model_training:"):
        navigation.go("retrain", dataset="latest")
show_health()
show_progress()
with errors.guarded("Whether to retrain"):
    suggestion.card()
left, right = st.columns([3, 2])
with left, layout.card("model", height="stretch"), errors.guarded("The model in use"):
    overview_views.in_use()
    with errors.guarded("The next retraining"):
        schedule.line()
with right, layout.card("rate", height="stretch"), errors.guarded("The latest anomaly rate"):
    overview_views.latest_rate()
with layout.card("recent"):
    show_recent()
