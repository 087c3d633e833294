"""Take the view away: rows as CSV or Parquet, and everything shown as one HTML file."""

from dataclasses import replace
from functools import partial

import streamlit as st

from app.services.anomaly_files import DELIMITERS, Export
from app.services.anomaly_model import Summary
from app.services.explore_model import Counts, View
from app.ui import context, explore_report, text
from app.ui.components import actions

ANOMALIES, ALL = "Anomalies", "All rows"


def menu(summary: Summary, view: View, counts: Counts) -> None:
    """Rows of the view in the form the operator wants, and the report."""
    with st.popover("Take away", icon=":material/download:", key="take-away"):
        which = st.segmented_control(
            "Rows", [ANOMALIES, ALL], default=ANOMALIES, required=True, key="take-rows"
        )
        columns = st.multiselect(
            "Columns", summary.columns, key="take-columns", placeholder="All columns"
        )
        delimiter = st.selectbox(
            "Delimiter of the CSV",
            list(DELIMITERS),
            format_func=DELIMITERS.__getitem__,
            key="take-by",
        )
        only_anomalies = which != ALL
        count = counts.anomalies if only_anomalies else counts.rows
        st.caption(f"{text.plural(count, 'row')} by the filters and the threshold in force.")
        taken = Export(view, "csv", delimiter, tuple(columns), only_anomalies=only_anomalies)
        with st.container(horizontal=True):
            _file(summary, "CSV", taken)
            _file(summary, "Parquet", replace(taken, form="parquet", delimiter=","))
        report = explore_report.Report(
            context.console().anomalies, context.operator().username, summary, view, counts
        )
        st.download_button(
            "HTML report",
            data=partial(explore_report.build, report),
            file_name=f"anomalies-{summary.run_id[:8]}.html",
            mime="text/html",
            icon=":material/description:",
            on_click="ignore",
            help="The charts of this view and its most severe rows in one file that needs "
            "nothing else",
            key="take-report",
        )


def _file(summary: Summary, label: str, export: Export) -> None:
    address = context.console().anomalies.file_url(summary.run_id, export)
    actions.download(label, address, title=f"Rows as {label}, most severe first")
