"""Overview: is everything well, what is the model, what was found last."""

import streamlit as st

from app.services.jobs import JobState
from app.services.runs import RunFilter, Stage
from app.ui import cached, guard, navigation
from app.ui.components import (
    health,
    jobs,
    layout,
    models,
    pickers,
    schedule_view,
    suggestion_view,
    tables,
)

REFRESH = 10
RECENT = 8


@guard.live("Health of the services", REFRESH)
def show_health() -> None:
    """Tiles of the four services."""
    health.tiles(cached.health())


@guard.live("Work in progress", REFRESH)
def show_progress() -> None:
    """Jobs that are queued or running."""
    jobs.in_progress(cached.jobs((JobState.QUEUED, JobState.RUNNING)))


@guard.live("Recent runs", REFRESH)
def show_recent() -> None:
    """The newest runs; a click opens one."""
    layout.title("Recent runs", "Click a row to open the run.")
    recent = cached.runs(RunFilter(stage=Stage.SHOWN), limit=RECENT).runs
    if not recent:
        with layout.empty("Nothing has run yet", "Upload a data set, then retrain the model."):
            if st.button("Go to Data", key="to-data"):
                navigation.go("data")
    elif run := tables.run_table(recent, pickers.dataset_names(), "recent-runs", short=True):
        navigation.go("runs", run=run.run_id)


with layout.page_header(
    "Overview", "Health of the stack, the model in use and what was found last."
):
    if st.button("Retrain", type="primary", icon=":material/model_training:"):
        navigation.go("retrain", dataset="latest")
show_health()
show_progress()
with guard.guarded("Whether to retrain"):
    suggestion_view.card()
left, right = st.columns([3, 2])
with left, layout.card("model", height="stretch"), guard.guarded("The model in use"):
    models.in_use()
    with guard.guarded("The next retraining"):
        schedule_view.line()
with right, layout.card("rate", height="stretch"), guard.guarded("The latest anomaly rate"):
    models.latest_rate()
with layout.card("recent"):
    show_recent()
