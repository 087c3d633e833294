"""The four charts drawn as PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from pipeline.report import style

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
    title = {"color": style.INK, "fontsize": 13, "fontweight": "bold"}
    figure.text(LEFT, TITLE, style.title(summary, chart), title)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=style.INK)
    axes.set_axisbelow(True)
    DRAW[chart](axes, summary)
    return figure


def _distribution(axes: Axes, summary: ScoreSummary) -> None:
    histogram = summary.histogram()
    at = summary.score_threshold
    anomalous = histogram.edges[:-1] < at
    for colour, chosen in ((style.NORMAL, ~anomalous), (style.ANOMALY, anomalous)):
        axes.stairs(histogram.rows * chosen, histogram.edges, fill=True, color=colour)
    axes.axvline(at, color=style.INK, linestyle="--", linewidth=1.2)
    axes.annotate(
        "threshold",
        (at, 1),
        xycoords=("data", "axes fraction"),
        xytext=(-5, -12),
        textcoords="offset points",
        ha="right",
        color=style.INK,
    )
    axes.set(xlabel=style.score_axis(summary), ylabel="Rows")
    axes.yaxis.set_major_formatter(THOUSANDS)
    axes.grid(axis="y", color=style.GRID)


def _percentage(axes: Axes, summary: ScoreSummary) -> None:
    counts = {"normal": summary.rows - summary.anomalies, "anomaly": summary.anomalies}
    names = [f"{name}\n{rows:,} rows" for name, rows in counts.items()]
    shares = [rows / max(summary.rows, 1) for rows in counts.values()]
    bars = axes.bar(names, shares, width=0.5, color=[style.NORMAL, style.ANOMALY])
    labels = [f"{share:.2%}" for share in shares]
    axes.bar_label(bars, labels=labels, padding=4, color=style.INK, fontweight="bold")
    axes.set(ylim=(0, 1.08), ylabel="Share of the rows")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(axis="y", color=style.GRID)


def _top(axes: Axes, summary: ScoreSummary) -> None:
    rows = style.top_rows(summary)[::-1]
    names = [row["name"] for row in rows]
    colours = [style.BANDS[row["band"]] for row in rows]
    axes.barh(names, [row["distance"] for row in rows], height=0.7, color=colours)
    axes.tick_params(axis="y", labelsize=8)
    for place, row in enumerate(rows):
        first = "".join(style.present_fields(row["fields"], 1))
        axes.text(0, place, f" {first}", va="center", fontsize=7, color="white", clip_on=True)
    axes.margins(x=0.2)  # room for the legend beside the bars
    axes.set(xlabel=style.DISTANCE_AXIS)
    used = [name for name in style.BANDS if name in {row["band"] for row in rows}]
    patches = [axes.barh(0, 0, color=style.BANDS[name], label=name) for name in used]
    axes.legend(handles=patches, loc="lower right", frameon=False, title="severity")


def _trend(axes: Axes, summary: ScoreSummary) -> None:
    trend = summary.trend()
    starts = np.array(trend.starts, dtype="datetime64[D]" if trend.column else np.int64)
    axes.fill_between(starts, trend.rate, color=style.LINE, alpha=0.15, linewidth=0)
    axes.plot(starts, trend.rate, color=style.LINE, linewidth=1.6)
    axes.axhline(
        summary.anomaly_rate,
        color=style.QUIET,
        linestyle="--",
        linewidth=1,
        label=f"all rows: {summary.anomaly_rate:.2%}",
    )
    axes.set(xlabel=style.time_axis(summary), ylabel=style.RATE_AXIS)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    if not trend.column:
        axes.xaxis.set_major_formatter(THOUSANDS)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=style.GRID)
    axes.legend(frameon=False)


DRAW: dict[str, Callable[[Axes, ScoreSummary], None]] = {
    "anomaly_score_distribution": _distribution,
    "anomaly_percentage": _percentage,
    "top_anomalies": _top,
    "anomaly_trend": _trend,
}
