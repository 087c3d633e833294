"""Export the view: rows as CSV or Parquet, and the charts as one HTML report."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from html import escape
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio
import streamlit as st

from app.services.anomalies.export import DELIMITERS, Export
from app.services.anomalies.rows import row_name
from app.services.anomalies.segments import varied
from app.services.anomalies.service import Anomalies
from app.services.anomalies.types import Counts, RowPage, Summary, View
from app.ui.anomalies import charts, pattern_charts
from app.ui.kit import html, inputs, text
from app.ui.kit.context import console, operator
from pipeline.model.threshold import band

ANOMALIES, ALL = "Anomalies", "All rows"


def menu(summary: Summary, view: View, counts: Counts) -> None:
    """Draw the choices of an export, and the report."""
    with st.popover("Export", icon=":material/download:", key="export"):
        which = st.segmented_control(
            "Rows", [ANOMALIES, ALL], default=ANOMALIES, required=True, key="export-rows"
        )
        columns = st.multiselect(
            "Columns", summary.columns, key="export-columns", placeholder="All columns"
        )
        delimiter = st.selectbox(
            "Delimiter of the CSV",
            list(DELIMITERS),
            format_func=DELIMITERS.__getitem__,
            key="export-delimiter",
        )
        count = counts.rows if which == ALL else counts.anomalies
        st.caption(f"{text.plural(count, 'row')} by the filters and the threshold in force.")
        chosen = Export(view, "csv", delimiter, tuple(columns), only_anomalies=which != ALL)
        with st.container(horizontal=True):
            for label, each in (
                ("CSV", chosen),
                ("Parquet", replace(chosen, form="parquet", delimiter=",")),
            ):
                url = console().anomalies.file_url(summary.run_id, each)
                inputs.download(label, url, title=f"Rows as {label}, most severe first")
        st.download_button(
            "HTML report",
            data=partial(report, console().anomalies, operator().username, summary.run_id, view),
            file_name=f"anomalies-{summary.run_id[:8]}.html",
            mime="text/html",
            icon=":material/description:",
            on_click="ignore",
            help="The charts of this view and its most severe rows in one file that needs "
            "nothing else",
            key="export-report",
        )


TOP = 50
SHOWN = 8
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #17242b; background: #fff; max-width: 1100px;
  margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .25rem; }
p { margin: .25rem 0; color: #586871; } dl { display: grid; grid-template-columns: max-content 1fr;
  gap: .25rem 1.5rem; } dt { color: #586871; } dd { margin: 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .82rem; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid #dfe6ea; text-align: left;
  white-space: nowrap; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
"""


def report(anomalies: Anomalies, author: str, run_id: str, view: View) -> str:
    """Return the HTML report, built on request and outside of any page; all texts are escaped."""
    summary, counts = anomalies.summary(run_id), anomalies.counts(run_id, view)
    body = [
        html.tag("h1", "Anomalies"),
        _facts(summary, view, counts, author),
        *_charts(anomalies, summary, view),
        html.tag("h2", f"The {TOP} most severe rows"),
        _table(summary, anomalies.rows(run_id, view, limit=TOP)),
    ]
    head = '<meta charset="utf-8"><title>Anomalies</title>' + html.tag("style", STYLE)
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(body)}</body></html>"


def _facts(summary: Summary, view: View, counts: Counts, author: str) -> str:
    """Describe the run and the view."""
    if view.threshold is not None:
        threshold = f"severity {view.threshold:.6g}, chosen by the operator"
    elif summary.threshold is None:
        threshold = "the model's own, which no row reaches"
    else:
        threshold = f"severity {summary.threshold:.6g}, the model's own"
    facts = {
        "Scored run": summary.run_id,
        "Rows": f"{text.number(counts.rows)} of {text.number(summary.rows)}",
        "Anomalies": f"{text.number(counts.anomalies)}, {text.percent(counts.rate, 2)}",
        "Threshold": threshold,
        "Filters": "; ".join(each.label for each in view.filters) or "none",
        "Written": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC by {author}",
    }
    cells = (html.tag("dt", name) + html.tag("dd", escape(value)) for name, value in facts.items())
    return html.tag("dl", "".join(cells))


def _charts(anomalies: Anomalies, summary: Summary, view: View) -> list[str]:
    """Each chart under its heading; the library is in the file once."""
    parts: list[str] = []
    for heading, about, figure in _figures(anomalies, summary, view):
        figure.update_layout(template="plotly_white", width=None, autosize=True)
        written = pio.to_html(
            figure, include_plotlyjs=not parts, full_html=False, config={"displaylogo": False}
        )
        parts.append(html.tag("h2", escape(heading)) + html.tag("p", escape(about)) + written)
    return parts


def _figures(
    anomalies: Anomalies, summary: Summary, view: View
) -> Iterator[tuple[str, str, go.Figure]]:
    run_id = summary.run_id
    counts = anomalies.severity_histogram(run_id, view)
    figure = charts.severity_histogram(counts, summary.threshold_in(view))
    yield "How severe", "Dotted: what training data would give.", figure
    trend = anomalies.trend(run_id, view)
    if trend.points:
        about = f"Share of anomalies by {trend.column}, per {trend.grain}."
        yield "When", about, charts.trend(trend)
    segments = anomalies.segments(run_id, view)
    if segments.values:
        about = "How many times as frequent anomalies are as elsewhere, with 95 % interval."
        yield "What stands out", about, charts.segments(varied(segments.values, SHOWN))
    for column in segments.informative[:1]:
        if cells := anomalies.heatmap(run_id, view, column):
            about = f"By {column}; colour: the severity that one row in ten reaches."
            yield "Where and when", about, pattern_charts.heatmap(cells)


def _table(summary: Summary, page: RowPage) -> str:
    scored = [row_name(summary.columns), "severity", "anomaly_score"]
    own = [name for name in summary.columns if name not in (*scored[1:], "anomaly_pred")]
    names = [*scored, *own]
    head = html.tag("th", "band") + "".join(html.tag("th", escape(name)) for name in names)
    lines = [
        html.tag("tr", _cell(band(row["severity"])) + "".join(_cell(row[n]) for n in names))
        for row in page.rows.to_pylist()
    ]
    table = html.tag("table", html.tag("tr", head) + "".join(lines))
    return html.tag("div", table, cls="scroll")


def _cell(value: Any) -> str:  # noqa: ANN401 - whatever the column holds
    if value is None:
        return html.tag("td", text.ABSENT)
    if isinstance(value, float):
        return html.tag("td", f"{value:.6g}", cls="number")
    kind = "number" if isinstance(value, int) else ""
    return html.tag("td", escape(str(value)), cls=kind)
