"""Runs: every training and scoring, with what it was asked, measured and stored."""

import streamlit as st

from app.services.runs.types import Run
from app.ui import cached
from app.ui.cleanup import menu as cleanup_menu
from app.ui.cleanup import preview
from app.ui.comparison import models, runs
from app.ui.kit import errors, layout, navigation, pickers
from app.ui.runs import address, lineage, run_list
from app.ui.runs import views as runs_views


def show_list() -> None:
    """All runs; a click opens one."""
    layout.page_header("Runs", "Every training and scoring, as MLflow tracks it.")
    preview.outcome()
    with layout.card("runs"), errors.guarded("The list of runs"):
        opened = run_list.run_list(pickers.dataset_names())
        if opened:
            address.show(run=opened.run_id)


def show_actions(run: Run, dag_run_url: str) -> None:
    """What can be done with a run."""
    if st.button("All runs", icon=":material/arrow_back:"):
        address.back()
    cleanup_menu.menu([run.run_id], run.stage, "run")
    runs_views.links(run, dag_run_url)
    if runs_views.can_repeat(run) and st.button("Run again with changes", icon=":material/tune:"):
        navigation.go("retrain", again=run.dag_run_id)
    if runs_views.can_score(run) and st.button("Open the model"):
        navigation.go("models", model=run.run_id)
    if runs_views.can_score(run) and st.button("Score with this model", type="primary"):
        navigation.go("score", model=run.run_id)
    if runs_views.can_explore(run) and st.button("Explore anomalies", type="primary"):
        navigation.go("anomalies", run=run.run_id)


def show_one(run_id: str) -> None:
    """One run in full."""
    place = st.container()
    with errors.guarded("The run"):
        run, names = cached.run(run_id), pickers.dataset_names()
        with place, layout.page_header(run.name, "Parameters, metrics, files and lineage."):
            show_actions(run, cached.lineage(run_id).dag_run_url)
        show_details(run, names)
        return
    with place, layout.page_header("Run", "Parameters, metrics, files and lineage."):
        if st.button("All runs", key="back", icon=":material/arrow_back:"):
            address.back()


def show_details(run: Run, names: dict[str, str]) -> None:
    """Facts above, the rest in tabs."""
    cleanup_menu.stage_notice(run.stage)
    with layout.card("head"):
        runs_views.head(run, names.get(run.dataset_id, run.dataset_id or "Unknown"))
    numbers, files, trail = st.tabs(["Numbers", "Files", "Lineage"])
    with numbers:
        runs_views.numbers(run)
    with files, errors.guarded("The files"):
        runs_views.files(run.run_id)
    with trail, errors.guarded("The lineage"), layout.card("lineage"):
        layout.title("Lineage", "From the file to the verdicts; each station leads to it.")
        lineage.show(run.run_id)


if preview.requested():
    preview.show()
elif found := st.query_params.get("run"):
    show_one(found)
elif compared := address.ids(address.COMPARE):
    runs.compare_runs(compared)
elif pair := address.ids(address.VERSUS):
    models.compare_models(pair)
else:
    show_list()
