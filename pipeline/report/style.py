"""Colours, titles and labels that the PNG and the HTML charts share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.model.threshold import band
from pipeline.tables.schema import SCORED_COLUMNS

if TYPE_CHECKING:
    from pipeline.report.summary import ScoreSummary

NORMAL = "#9dadb6"
ANOMALY = "#d4552f"
LINE = "#1c8aa3"
LINE_AREA = "rgba(28, 138, 163, 0.15)"
INK = "#33424a"
QUIET = "#75868f"
GRID = "#e3e8eb"

BANDS = {
    "normal": NORMAL,
    "minor": "#5b8fd0",
    "moderate": "#dfb11a",
    "major": "#e8792b",
    "critical": "#c4302b",
}

DISTANCE_AXIS = "Distance beyond the threshold"
RATE_AXIS = "Share of anomalies"
LONGEST_VALUE = 40


def title(summary: ScoreSummary, chart: str) -> str:
    """Return the title of a chart."""
    trend = summary.trend()
    over = f"{trend.grain} of {trend.column}" if trend.column else "order of the rows"
    return {
        "anomaly_score_distribution": f"Anomaly scores of {summary.rows:,} rows",
        "anomaly_percentage": f"{summary.anomaly_rate:.2%} of the rows are anomalies",
        "top_anomalies": f"The {summary.top.num_rows} most anomalous rows",
        "anomaly_trend": f"Share of anomalies by {over}",
    }[chart]


def score_axis(summary: ScoreSummary) -> str:
    """Return the label of the score axis."""
    return (
        "Anomaly score (lower is more anomalous, "
        f"below {summary.score_threshold:.4g} is an anomaly)"
    )


def time_axis(summary: ScoreSummary) -> str:
    """Return the label of the trend's horizontal axis."""
    return summary.trend().column or "Row (no date column)"


def top_rows(summary: ScoreSummary) -> list[dict[str, Any]]:
    """Return the most anomalous rows: their name, band, distance and fields, worst first."""
    rows = summary.top.to_pylist()
    return [
        {
            "name": f"Row {row.pop('row'):,}",
            "band": band(row["severity"]),
            "distance": summary.score_threshold - row["anomaly_score"],
            "fields": {name: value for name, value in row.items() if name not in SCORED_COLUMNS},
        }
        for row in rows
    ]


def present_fields(fields: dict[str, Any], limit: int) -> list[str]:
    """Return the first ``limit`` fields with a value, each as ``name: value``."""
    present = [f"{name}: {str(value)[:LONGEST_VALUE]}" for name, value in fields.items() if value]
    return present[:limit]
