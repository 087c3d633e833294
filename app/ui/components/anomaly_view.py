"""A scored run at a glance, and its most anomalous rows."""

from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from app.charts import base, palette, scores, trends
from app.services.anomalies import Summary
from app.ui import cached, html, text
from app.ui.components import layout
from app.ui.components.tables import ROW

PAGE = 50
TOP = 15
SCORED = ("severity", "anomaly_score", "anomaly_pred", "row")
AXES = {
    "anomaly_score": "Anomaly score (lower is more anomalous)",
    "severity": "Severity (higher is more anomalous)",
}


def numbers(summary: Summary) -> None:
    """Rows, anomalies, rate and where the threshold lies."""
    critical = summary.bands[-1].rows if summary.bands else 0
    for column, (label, value, help_text) in zip(
        st.columns(5),
        [
            ("Anomaly rate", text.percent(summary.rate, 2), "Anomalies per row"),
            ("Anomalies", text.number(summary.anomalies), "Rows with a score below 0"),
            ("Rows", text.number(summary.rows), "Rows that were scored"),
            (
                "Threshold",
                text.number(summary.threshold, 1),
                "Severity from which a row is an anomaly",
            ),
            ("Critical rows", text.number(critical), bands_in_words(summary)),
        ],
        strict=True,
    ):
        column.metric(label, value, help=help_text, border=True)


def bands_in_words(summary: Summary) -> str:
    """What the four bands mean."""
    words = [f"**{band.name.capitalize()}** from {band.low:g}" for band in summary.bands]
    return "Severity bands: " + ", ".join(words)


def distribution(run_id: str, summary: Summary) -> None:
    """Histogram with the threshold, and the share of the anomalies."""
    left, right = st.columns([3, 2])
    with left, layout.card("histogram", height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            layout.title("Distribution", "Rows by score; the dashed line is the threshold.")
            of = st.segmented_control(
                "Shown by",
                list(AXES),
                default="anomaly_score",
                required=True,
                format_func=lambda name: {"severity": "Severity"}.get(name, "Score"),
                label_visibility="collapsed",
                key="histogram-of",
            )
        _chart(scores.histogram(cached.histogram(run_id, of), AXES[of]), "histogram")
    with right, layout.card("share", height="stretch"):
        layout.title("Normal and anomalous", "Anomalies by severity band.")
        _chart(scores.share(summary), "share")


def course(run_id: str, summary: Summary) -> None:
    """Trend over the data's own time, and the top anomalies."""
    left, right = st.columns([3, 2])
    with left, layout.card("trend", height="stretch"):
        trend = cached.trend(run_id)
        about = f"By {trend.column}, per {trend.grain}." if trend.column else ""
        if trend.strays:
            about += f" {text.number(trend.strays)} rows with far-off dates are not drawn."
        layout.title("Trend over time", about or "Needs a date column; this data has none.")
        if trend.points:
            _chart(trends.in_data(trend), "trend")
    with right, layout.card("top", height="stretch"):
        layout.title("Top anomalies", f"The {TOP} rows with the lowest score.")
        rows = cached.anomalous_rows(run_id, 0, TOP).rows.to_pylist()
        bars = [
            (
                f"Row {row['row']:,}",
                row["anomaly_score"],
                palette.band_of(row["severity"], summary.bands),
            )
            for row in rows
        ]
        _chart(scores.top(bars), "top")


def _chart(figure: Any, key: str) -> None:  # noqa: ANN401 - plotly is untyped
    """A chart that can be saved as PNG from its own toolbar."""
    st.plotly_chart(figure, key=f"chart-{key}", config=base.CONFIG)


def legend(summary: Summary) -> None:
    """The severity bands by colour and word."""
    marks = [
        html.pill(f"{band.name.capitalize()} ≥ {band.low:g}", f"band-{band.name}")
        for band in summary.bands
    ]
    st.html(html.tag("div", "".join(marks), cls="ac-row"), width="content")


def table(run_id: str, summary: Summary) -> None:
    """A page of rows, most severe first; the page's number is in the address."""
    if not summary.anomalies:
        layout.empty("No anomaly", "No row is beyond the threshold in this run.")
        return
    above = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        place = st.container()
        number = st.pagination(-(-summary.anomalies // PAGE), key="page", bind="query-params")
    page = cached.anomalous_rows(run_id, (number - 1) * PAGE, PAGE)
    last = page.offset + page.rows.num_rows
    place.caption(
        f"Rows {text.number(page.offset + 1)} to {text.number(last)} of "
        f"{text.number(summary.anomalies)} anomalies, most severe first"
    )
    above.dataframe(
        _with_bands(page.rows, summary),
        hide_index=True,
        row_height=ROW,
        height=ROW * 16,
        placeholder=text.ABSENT,
        column_config=_columns(summary),
        key="rows",
    )


def _with_bands(rows: pa.Table, summary: Summary) -> pd.DataFrame:
    """The scored columns first, led by the band in words, then the row as it came."""
    frame: pd.DataFrame = rows.to_pandas()
    bands = [[palette.band_of(value, summary.bands).capitalize()] for value in frame["severity"]]
    own = [name for name in summary.columns if name in frame and name not in SCORED]
    frame = frame[["severity", "anomaly_score", "row", *own]]
    frame.insert(0, "Band", bands)
    return frame


def _columns(summary: Summary) -> dict[str, Any]:
    """Formats of the scored columns; the operator's own stay as they are."""
    config = st.column_config
    names = [band.name for band in summary.bands]
    return {
        "Band": config.MultiselectColumn(
            width=95,
            options=[name.capitalize() for name in names],
            color=[f"{palette.band_colour(name)}55" for name in names],
            help=bands_in_words(summary),
        ),
        "severity": config.NumberColumn(
            "Severity",
            width=85,
            format="%.2f",
            help="Share of training rows that are less anomalous, 0 to 100",
        ),
        "anomaly_score": config.NumberColumn(
            "Score", width=85, format="%.4f", help="Lower is more anomalous; below 0 is an anomaly"
        ),
        "row": config.NumberColumn("Row", width=85, format="localized", help="Row in the file"),
    }
