"""The newest runs of a period, each with links to where it can be looked at."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.services.links import Links
from app.services.runs import RunKind, RunStatus
from app.services.trends_model import TrendRun
from app.services.trends_scope import Scope
from app.ui import context, navigation, text
from app.ui import trend_questions as ask
from app.ui.components import layout, tables
from app.ui.components.states import KINDS, RUN_STATES

PURGED = "purged"
SHOWN = 14
LINKS = ("Anomalies", "MLflow", "Airflow")


def runs(scope: Scope) -> None:
    """Two tabs: all, and those that went wrong."""
    with layout.card("trend-runs"):
        layout.title("Runs", "The newest 25 of this time. Click a row to open the run.")
        recent, failed = st.tabs(["Recent", "Failed or cancelled"])
        with recent:
            _table(ask.recent(scope), "recent-runs")
        with failed:
            _table(ask.failures(scope), "failed-runs")


def _table(found: Sequence[TrendRun], key: str) -> None:
    if not found:
        layout.empty("None", "No run failed or was cancelled in this time.")
        return
    settings = context.console().settings
    links = Links(settings.airflow_link, settings.mlflow_link)
    frame = pd.DataFrame([_row(run, links) for run in found])
    event = st.dataframe(
        frame,
        key=key,
        column_config=_columns(),
        hide_index=True,
        row_height=tables.ROW,
        height=tables.ROW * min(len(found) + 1, SHOWN),
        on_select="rerun",
        selection_mode="single-cell",
        placeholder=text.ABSENT,
    )
    _open(found, event["selection"]["cells"])


def _open(found: Sequence[TrendRun], cells: Sequence[Any]) -> None:
    """Open the run that was clicked; a click on a link has opened that already."""
    if cells and cells[0][1] not in LINKS and found[int(cells[0][0])].stage != PURGED:
        navigation.go("runs", run=found[int(cells[0][0])].run_id)


def _row(run: TrendRun, links: Links) -> dict[str, Any]:
    """What the list says about a run; what is gone from MLflow has no links."""
    kept = run.stage != PURGED
    scored = run.kind == RunKind.SCORE and run.status == RunStatus.FINISHED
    return {
        "Status": [RUN_STATES[RunStatus(run.status)][0]],
        "Kind": KINDS[RunKind(run.kind)],
        "Data set": run.dataset_name,
        "Anomaly rate": tables.percentage(run.anomaly_rate),
        "Drift": run.drift_max,
        "Duration": text.duration(run.seconds),
        "Asked by": run.requested_by or text.ABSENT,
        "Started": tables.clock(run.started),
        "Anomalies": f"/anomalies?run={run.run_id}" if kept and scored else None,
        "MLflow": links.run(run.experiment_id, run.run_id) if kept else None,
        "Airflow": links.job(run.dag_id, run.dag_run_id) if run.dag_id else None,
    }


def _columns() -> dict[str, Any]:
    config = st.column_config
    link = {
        name: config.LinkColumn(width=width, display_text="Open ↗")
        for name, width in zip(LINKS, (80, 62, 62), strict=True)
    }
    return {
        "Status": tables.status_column(RUN_STATES),
        "Kind": config.TextColumn(width=70),
        "Data set": config.TextColumn(width=120),
        "Anomaly rate": config.NumberColumn("Rate", width=72, format="%.2f %%"),
        "Drift": config.NumberColumn(
            width=60, format="%.3f", help="Largest population stability index of any feature"
        ),
        "Duration": config.TextColumn(width=82, alignment="right"),
        "Asked by": config.TextColumn(width=74),
        "Started": tables.when(),
        **link,
    }
