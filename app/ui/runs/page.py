"""Runs: every training and scoring with its parameters, metrics, files and lineage."""

import streamlit as st

from app.ui.cleanup import menu as cleanup_menu
from app.ui.cleanup import preview
from app.ui.comparison import address as comparison_address
from app.ui.comparison.models import compare_models
from app.ui.comparison.runs import compare_runs
from app.ui.kit import errors, layout, navigation
from app.ui.kit.address import get, run_ids
from app.ui.kit.context import console
from app.ui.runs import address, lineage, views
from app.ui.runs.run_list import run_list
from pipeline.tracking.runs import Run

ABOUT_ONE = "Parameters, metrics, files and lineage."


def show_all() -> None:
    """All runs; a click opens one."""
    layout.page_header("Runs", "Every training and scoring, as MLflow tracks it.")
    preview.outcome()
    with layout.card("runs"), errors.guarded("The list of runs"):
        opened = run_list(console().datasets.names())
        if opened:
            address.show(opened.run_id)


def show_one(run_id: str) -> None:
    """One run in full."""
    place = st.container()
    with errors.guarded("The run"):
        run = console().runs.get(run_id)
        with place, layout.page_header(run.name, ABOUT_ONE):
            show_actions(run, console().lineages.of(run_id).job_url)
        show_details(run)
        return
    with place, layout.page_header("Run", ABOUT_ONE):
        if st.button("All runs", key="back", icon=":material/arrow_back:"):
            address.show("")


def show_actions(run: Run, job_url: str) -> None:
    """What can be done with a run."""
    if st.button("All runs", icon=":material/arrow_back:"):
        address.show("")
    cleanup_menu.menu([run.run_id], run.stage, "run")
    views.links(run, job_url)
    if views.can_repeat(run) and st.button("Run again with changes", icon=":material/tune:"):
        navigation.go("retrain", again=run.dag_run_id)
    if views.can_score(run) and st.button("Open the model"):
        navigation.go("models", model=run.run_id)
    if views.can_score(run) and st.button("Score with this model", type="primary"):
        navigation.go("score", model=run.run_id)
    if views.can_explore(run) and st.button("Explore anomalies", type="primary"):
        navigation.go("anomalies", run=run.run_id)


def show_details(run: Run) -> None:
    """Facts above, the rest in tabs."""
    cleanup_menu.stage_notice(run.stage)
    with layout.card("head"):
        views.head(run, console().datasets.names().get(run.dataset_id, run.dataset_id or "Unknown"))
    numbers, files, trail = st.tabs(["Numbers", "Files", "Lineage"])
    with numbers:
        views.numbers(run)
    with files, errors.guarded("The files"):
        views.files(run.run_id)
    with trail, errors.guarded("The lineage"), layout.card("lineage"):
        layout.title("Lineage", "From the file to the verdicts; click one to open it.")
        lineage.show(run.run_id)


if preview.requested():
    preview.show()
elif opened_run := get(address.RUN):
    show_one(opened_run)
elif compared := run_ids(comparison_address.RUNS):
    compare_runs(compared)
elif models := run_ids(comparison_address.MODELS):
    compare_models(models)
else:
    show_all()
