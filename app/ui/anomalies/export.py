"""Take the view away: rows as CSV or Parquet, and everything shown as one HTML file."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from html import escape
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio
import streamlit as st

from app.services.anomalies.export import DELIMITERS, Export
from app.services.anomalies.rows import row_name
from app.services.anomalies.segments import Segments, varied
from app.services.anomalies.service import Anomalies
from app.services.anomalies.types import Counts, Summary, View
from app.ui.anomalies import charts as anomalies_charts
from app.ui.anomalies import pattern_charts
from app.ui.kit import context, html, inputs, text
from pipeline.model.threshold import band

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
        report = Report(
            context.console().anomalies, context.operator().username, summary, view, counts
        )
        st.download_button(
            "HTML report",
            data=partial(build, report),
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
    inputs.download(label, address, title=f"Rows as {label}, most severe first")


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


@dataclass(frozen=True)
class Report:
    """The view of one operator; it is built when it is asked for, outside of any page's run.

    Attributes
    ----------
    author
        Who asks for it.
    """

    anomalies: Anomalies
    author: str
    summary: Summary
    view: View
    counts: Counts


def build(report: Report) -> str:
    """Return the page; every text of the operator's is escaped."""
    body = [
        html.tag("h1", "Anomalies"),
        _facts(report),
        *_charts(report),
        html.tag("h2", f"The {TOP} most severe rows"),
        _table(report),
    ]
    head = '<meta charset="utf-8"><title>Anomalies</title>' + html.tag("style", STYLE)
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(body)}</body></html>"


def _facts(report: Report) -> str:
    """What is shown of which run."""
    summary, view, counts = report.summary, report.view, report.counts
    if view.threshold is not None:
        threshold = f"severity {view.threshold:.6g}, chosen by the operator"
    elif summary.threshold is None:
        threshold = "the model's own, which no row reaches"
    else:
        threshold = f"severity {summary.threshold:.6g}, the model's own"
    filters = "; ".join(each.label for each in view.filters) or "none"
    named = [
        ("Scored run", summary.run_id),
        ("Rows", f"{text.number(counts.rows)} of {text.number(summary.rows)}"),
        ("Anomalies", f"{text.number(counts.anomalies)}, {text.percent(counts.rate, 2)}"),
        ("Threshold", threshold),
        ("Filters", filters),
        ("Written", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC by {report.author}"),
    ]
    cells = "".join(
        html.tag("dt", escape(name)) + html.tag("dd", escape(value)) for name, value in named
    )
    return html.tag("dl", cells)


def _charts(report: Report) -> list[str]:
    """Each chart under its heading; the library is in the file once."""
    parts: list[str] = []
    for heading, about, figure in _figures(report):
        written = pio.to_html(
            figure, include_plotlyjs=not parts, full_html=False, config={"displaylogo": False}
        )
        parts.append(html.tag("h2", escape(heading)) + html.tag("p", escape(about)) + written)
    return parts


def _figures(report: Report) -> list[tuple[str, str, go.Figure]]:
    ask, summary, view = report.anomalies, report.summary, report.view
    run_id, by = summary.run_id, summary.date_column
    at = summary.threshold if view.threshold is None else view.threshold
    tail = anomalies_charts.tail(ask.tail(run_id, view), summary.bands, at)
    found = [("How severe", "Dotted: what training data would give.", tail)]
    if by and (trend := ask.trend(run_id, view)).points:
        about = f"Share of anomalies by {trend.column}, per {trend.grain}."
        found.append(("When", about, anomalies_charts.trend_in_data(trend)))
    standing = _standing_out(report)
    if standing.values:
        about = "How many times as frequent anomalies are as elsewhere, with 95 % interval."
        found.append(
            ("What stands out", about, anomalies_charts.segments(varied(standing.values, SHOWN)))
        )
    if by and standing.telling and (cells := ask.lanes(run_id, view, standing.telling[0])):
        about = f"By {standing.telling[0]}; colour: the severity that one row in ten reaches."
        found.append(("Where and when", about, pattern_charts.heatmap(cells)))
    for _, _, figure in found:
        figure.update_layout(template="plotly_white", width=None, autosize=True)
    return found


def _standing_out(report: Report) -> Segments:
    ask, run_id = report.anomalies, report.summary.run_id
    background, odd = (ask.grouped(run_id, report.view, odd=odd) for odd in (False, True))
    return ask.ranked(run_id, background, odd, report.counts)


def _table(report: Report) -> str:
    summary = report.summary
    page = report.anomalies.rows(summary.run_id, report.view, limit=TOP)
    own = [
        name
        for name in summary.columns
        if name not in ("anomaly_pred", "severity", "anomaly_score")
    ]
    names = [row_name(summary.columns), "severity", "anomaly_score", *own]
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
