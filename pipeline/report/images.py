"""The four charts of a score run, drawn as PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from pipeline.model.threshold import band
from pipeline.tables.schema import SCORED_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes

    from pipeline.report.summary import ScoreSummary

SIZE = (9.0, 5.0)
DPI = 110
LEFT, RIGHT, BOTTOM, TOP = 0.11, 0.97, 0.13, 0.88
TITLE, XLABEL, YLABEL = 0.92, -0.1, -0.09
LIGHT = {"compress_level": 3}

NORMAL = "#9dadb6"
ANOMALY = "#d4552f"
LINE = "#1c8aa3"
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
LONGEST_VALUE = 40
THOUSANDS = FuncFormatter(lambda value, _: f"{value:,.0f}")


def write_image(summary: ScoreSummary, chart: str, target: Path) -> None:
    """Draw ``chart``, one of ``DRAW``, into a PNG file."""
    # Dollar signs in the data start no formula, and text without hinting is drawn faster.
    with rc_context({"text.parse_math": False, "text.hinting": "none"}):
        figure = _figure(summary, chart)
        FigureCanvasAgg(figure).print_figure(target, pil_kwargs=LIGHT)


def _figure(summary: ScoreSummary, chart: str) -> Figure:
    # Fixed positions, because an automatic layout takes as long as the drawing itself.
    figure = Figure(figsize=SIZE, dpi=DPI, facecolor="white")
    axes = figure.subplots()
    figure.subplots_adjust(left=LEFT, right=RIGHT, bottom=BOTTOM, top=TOP)
    axes.xaxis.set_label_coords(0.5, XLABEL)
    axes.yaxis.set_label_coords(YLABEL, 0.5)
    title = {"color": INK, "fontsize": 13, "fontweight": "bold"}
    figure.text(LEFT, TITLE, _title(summary, chart), title)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
    axes.set_axisbelow(True)
    DRAW[chart](axes, summary)
    return figure


def _title(summary: ScoreSummary, chart: str) -> str:
    trend = summary.trend()
    over = f"{trend.grain} of {trend.column}" if trend.column else "order of the rows"
    return {
        "anomaly_score_distribution": f"Anomaly scores of {summary.rows:,} rows",
        "anomaly_percentage": f"{summary.anomaly_rate:.2%} of the rows are anomalies",
        "top_anomalies": f"The {summary.top.num_rows} most anomalous rows",
        "anomaly_trend": f"Share of anomalies by {over}",
    }[chart]


def _distribution(axes: Axes, summary: ScoreSummary) -> None:
    histogram = summary.histogram()
    at = summary.score_threshold
    anomalous = histogram.edges[:-1] < at
    for colour, chosen in ((NORMAL, ~anomalous), (ANOMALY, anomalous)):
        axes.stairs(histogram.rows * chosen, histogram.edges, fill=True, color=colour)
    axes.axvline(at, color=INK, linestyle="--", linewidth=1.2)
    axes.annotate(
        "threshold",
        (at, 1),
        xycoords=("data", "axes fraction"),
        xytext=(-5, -12),
        textcoords="offset points",
        ha="right",
        color=INK,
    )
    label = f"Anomaly score (lower is more anomalous, below {at:.4g} is an anomaly)"
    axes.set(xlabel=label, ylabel="Rows")
    axes.yaxis.set_major_formatter(THOUSANDS)
    axes.grid(axis="y", color=GRID)


def _percentage(axes: Axes, summary: ScoreSummary) -> None:
    counts = {"normal": summary.rows - summary.anomalies, "anomaly": summary.anomalies}
    names = [f"{name}\n{rows:,} rows" for name, rows in counts.items()]
    shares = [rows / max(summary.rows, 1) for rows in counts.values()]
    bars = axes.bar(names, shares, width=0.5, color=[NORMAL, ANOMALY])
    labels = [f"{share:.2%}" for share in shares]
    axes.bar_label(bars, labels=labels, padding=4, color=INK, fontweight="bold")
    axes.set(ylim=(0, 1.08), ylabel="Share of the rows")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(axis="y", color=GRID)


def _top(axes: Axes, summary: ScoreSummary) -> None:
    rows = summary.top.to_pylist()[::-1]
    bands = [band(row["severity"]) for row in rows]
    axes.barh(
        [f"Row {row['row']:,}" for row in rows],
        [summary.score_threshold - row["anomaly_score"] for row in rows],
        height=0.7,
        color=[BANDS[name] for name in bands],
    )
    axes.tick_params(axis="y", labelsize=8)
    for place, row in enumerate(rows):
        first = _first_value(row)
        axes.text(0, place, f" {first}", va="center", fontsize=7, color="white", clip_on=True)
    axes.margins(x=0.2)  # room for the legend beside the bars
    axes.set(xlabel="Distance beyond the threshold")
    patches = [axes.barh(0, 0, color=BANDS[name], label=name) for name in BANDS if name in bands]
    axes.legend(handles=patches, loc="lower right", frameon=False, title="severity")


def _first_value(row: dict[str, Any]) -> str:
    """Return the first field of a row that has a value, as ``name: value``."""
    ours = {"row", *SCORED_COLUMNS}
    fields = (
        f"{name}: {str(value)[:LONGEST_VALUE]}"
        for name, value in row.items()
        if value and name not in ours
    )
    return next(fields, "")


def _trend(axes: Axes, summary: ScoreSummary) -> None:
    trend = summary.trend()
    starts = np.array(trend.starts, dtype="datetime64[D]" if trend.column else np.int64)
    axes.fill_between(starts, trend.rate, color=LINE, alpha=0.15, linewidth=0)
    axes.plot(starts, trend.rate, color=LINE, linewidth=1.6)
    axes.axhline(
        summary.anomaly_rate,
        color=QUIET,
        linestyle="--",
        linewidth=1,
        label=f"all rows: {summary.anomaly_rate:.2%}",
    )
    axes.set(xlabel=trend.column or "Row (no date column)", ylabel="Share of anomalies")
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    if not trend.column:
        axes.xaxis.set_major_formatter(THOUSANDS)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=GRID)
    axes.legend(frameon=False)


DRAW: dict[str, Callable[[Axes, ScoreSummary], None]] = {
    "anomaly_score_distribution": _distribution,
    "anomaly_percentage": _percentage,
    "top_anomalies": _top,
    "anomaly_trend": _trend,
}
