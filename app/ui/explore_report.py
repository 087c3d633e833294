"""The view as one HTML file that needs nothing else: charts, filters in words, top rows."""

from datetime import UTC, datetime
from html import escape
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio

from app.charts import lanes, scores, segments, trends
from app.services.anomaly_model import Summary
from app.services.explore_address import in_words
from app.services.explore_model import Counts, View
from app.services.scored_rows import Order, row_name
from app.ui import anomaly_questions as ask
from app.ui import context, html, text
from pipeline.threshold import band

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


def build(summary: Summary, view: View, counts: Counts) -> str:
    """Return the page; every text of the operator's is escaped."""
    body = [
        html.tag("h1", "Anomalies"),
        _facts(summary, view, counts),
        *_charts(summary, view),
        html.tag("h2", f"The {TOP} most severe rows"),
        _table(summary, view),
    ]
    head = '<meta charset="utf-8"><title>Anomalies</title>' + html.tag("style", STYLE)
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(body)}</body></html>"


def _facts(summary: Summary, view: View, counts: Counts) -> str:
    """What is shown of which run."""
    if view.threshold is not None:
        threshold = f"severity {view.threshold:.6g}, chosen by the operator"
    elif summary.threshold is None:
        threshold = "the model's own, which no row reaches"
    else:
        threshold = f"severity {summary.threshold:.6g}, the model's own"
    filters = "; ".join(in_words(each) for each in view.filters) or "none"
    named = [
        ("Scored run", summary.run_id),
        ("Rows", f"{text.number(counts.rows)} of {text.number(summary.rows)}"),
        ("Anomalies", f"{text.number(counts.anomalies)}, {text.percent(counts.rate, 2)}"),
        ("Threshold", threshold),
        ("Filters", filters),
        ("Written", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC by {context.operator().username}"),
    ]
    cells = "".join(
        html.tag("dt", escape(name)) + html.tag("dd", escape(value)) for name, value in named
    )
    return html.tag("dl", cells)


def _charts(summary: Summary, view: View) -> list[str]:
    """Each chart under its heading; the library is in the file once."""
    parts: list[str] = []
    for heading, about, figure in _figures(summary, view):
        written = pio.to_html(
            figure, include_plotlyjs=not parts, full_html=False, config={"displaylogo": False}
        )
        parts.append(html.tag("h2", escape(heading)) + html.tag("p", escape(about)) + written)
    return parts


def _figures(summary: Summary, view: View) -> list[tuple[str, str, go.Figure]]:
    run_id = summary.run_id
    at = summary.threshold if view.threshold is None else view.threshold
    tail = scores.tail(ask.tail(run_id, view), summary.bands, at)
    found = [("How severe", "Dotted: what training data would give.", tail)]
    by = summary.date_column
    if by and (trend := ask.trend(run_id, view, by)).points:
        about = f"Share of anomalies by {trend.column}, per {trend.grain}."
        found.append(("When", about, trends.in_data(trend)))
    standing = ask.single_segments(run_id, view)
    if standing.values:
        about = "How many times as frequent anomalies are as elsewhere, with 95 % interval."
        found.append(("What stands out", about, segments.segments(standing.values[:SHOWN])))
    if by and standing.telling and (cells := ask.lanes(run_id, view, standing.telling[0], by)):
        about = f"By {standing.telling[0]}; colour: the severity that one row in ten reaches."
        found.append(("Where and when", about, lanes.lanes(cells)))
    for _, _, figure in found:
        figure.update_layout(template="plotly_white", width=None, autosize=True)
    return found


def _table(summary: Summary, view: View) -> str:
    page = ask.rows(summary.run_id, view, offset=0, limit=TOP, order=Order())
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
