"""Runs: every training and scoring, with what it was asked, measured and stored."""

import streamlit as st

from app.services.runs import Run
from app.ui import cached, guard, navigation
from app.ui.components import (
    artifacts,
    compare_view,
    layout,
    lineage,
    pickers,
    run_list,
    run_state,
    run_view,
    tidy_actions,
    tidy_preview,
    versus_view,
)


def show_list() -> None:
    """All runs; a click opens one."""
    layout.page_header("Runs", "Every training and scoring, as MLflow tracks it.")
    tidy_preview.outcome()
    with layout.card("runs"), guard.guarded("The list of runs"):
        opened = run_list.run_list(pickers.dataset_names())
        if opened:
            run_state.show(run=opened.run_id)


def show_actions(run: Run, dag_run_url: str) -> None:
    """What can be done with a run."""
    if st.button("All runs", icon=":material/arrow_back:"):
        run_state.back()
    tidy_actions.menu([run.run_id], run.stage, "run")
    run_view.links(run, dag_run_url)
    if run_view.can_repeat(run) and st.button("Run again with changes", icon=":material/tune:"):
        navigation.go("retrain", again=run.dag_run_id)
    if run_view.can_score(run) and st.button("Open the model"):
        navigation.go("models", model=run.run_id)
    if run_view.can_score(run) and st.button("Score with this model", type="primary"):
        navigation.go("score", model=run.run_id)
    if run_view.can_explore(run) and st.button("Explore anomalies", type="primary"):
        navigation.go("anomalies", run=run.run_id)


def show_one(run_id: str) -> None:
    """One run in full."""
    place = st.container()
    with guard.guarded("The run"):
        run, names = cached.run(run_id), pickers.dataset_names()
        with place, layout.page_header(run.name, "Parameters, metrics, files and lineage."):
            show_actions(run, cached.lineage(run_id).dag_run_url)
        show_details(run, names)
        return
    with place, layout.page_header("Run", "Parameters, metrics, files and lineage."):
        if st.button("All runs", key="back", icon=":material/arrow_back:"):
            run_state.back()


def show_details(run: Run, names: dict[str, str]) -> None:
    """Facts above, the rest in tabs."""
    tidy_actions.put_away(run.stage)
    with layout.card("head"):
        run_view.head(run, names.get(run.dataset_id, run.dataset_id or "Unknown"))
    numbers, files, trail = st.tabs(["Numbers", "Files", "Lineage"])
    with numbers:
        run_view.numbers(run)
    with files, guard.guarded("The files"):
        artifacts.files(run.run_id)
    with trail, guard.guarded("The lineage"), layout.card("lineage"):
        layout.title("Lineage", "From the file to the verdicts; each station leads to it.")
        lineage.show(run.run_id)


if tidy_preview.asked():
    tidy_preview.show()
elif found := st.query_params.get("run"):
    show_one(found)
elif compared := run_state.ids(run_state.COMPARE):
    compare_view.show(compared)
elif pair := run_state.ids(run_state.VERSUS):
    versus_view.show(pair)
else:
    show_list()
