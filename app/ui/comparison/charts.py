"""Charts of compared runs, and of two models on the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10
from typing import Any

import plotly.graph_objects as go

from app.services.comparison.types import Density, Overlap, RunHistogram, ScoreColumn
from app.ui.kit import charts
from app.ui.kit.charts import ACCENT, GRID, INK, NORMAL, SERIES, SEVERITY_AXIS, rarity

HEIGHT, BAR_HEIGHT, DENSITY_HEIGHT = 320, 120, 430
ROW_HEIGHT, ROWS_MARGIN = 30, 76
AXIS_END_LENGTH = 14
DASHES = ("solid", "dash", "dot", "dashdot")
OVERLAP_COLOURS = (SERIES[0], NORMAL, SERIES[1])
"""Only A, both, only B: the colours of A and B, and grey for both."""

DENSITY_SCALE = ((0.0, "rgba(28, 138, 163, 0.14)"), (0.5, ACCENT), (1.0, "#8a63d2"))
Value = float | str | None


@dataclass(frozen=True)
class Axis:
    """One property of all runs to place them by: numbers, or texts in alphabetical order."""

    title: str
    values: tuple[Value, ...]

    @property
    def is_number(self) -> bool:
        """Whether all known values are numbers."""
        return all(isinstance(value, float) for value in self.values if value is not None)

    @property
    def texts(self) -> list[str]:
        """The different texts, in order."""
        return sorted({str(value) for value in self.values if value is not None})

    def positions(self) -> list[float | None]:
        """Return where each value lies between 0 and 1; equal values lie in the middle."""
        order = {text: float(i) for i, text in enumerate(self.texts)}
        given = [
            None if value is None else float(value) if self.is_number else order[str(value)]
            for value in self.values
        ]
        known = [value for value in given if value is not None]
        low, high = min(known, default=0.0), max(known, default=0.0)
        if low == high:
            return [None if value is None else 0.5 for value in given]
        return [None if value is None else (value - low) / (high - low) for value in given]

    def ends(self) -> tuple[str, str]:
        """Return the labels of the lower and the upper end."""
        if not self.is_number:
            return (self.texts or [""])[0], (self.texts or [""])[-1]
        known = [float(value) for value in self.values if value is not None]
        return (f"{min(known):.4g}", f"{max(known):.4g}") if known else ("", "")


def colour(i: int) -> str:
    """Colour of the run at a position."""
    return SERIES[i % len(SERIES)]


def scatter(labels: Sequence[str], x: Axis, y: Axis) -> go.Figure:
    """One point for each run, named by its letter."""
    fig = charts.figure(HEIGHT)
    for i, label in enumerate(labels):
        if x.values[i] is None or y.values[i] is None:
            continue
        fig.add_scatter(
            x=[x.values[i] if x.is_number else charts.literal(str(x.values[i]))],
            y=[y.values[i]],
            mode="markers+text",
            text=[charts.literal(label)],
            textposition="top center",
            textfont={"color": colour(i), "size": 13},
            marker={"color": colour(i), "size": 12, "line": {"width": 0}},
            cliponaxis=False,
            name=charts.literal(label),
            customdata=[f"{_written(x, i)}<br>{_written(y, i)}"],
            hovertemplate="%{customdata}",
        )
    fig.update_xaxes(title=charts.literal(x.title), showgrid=True, gridcolor=GRID)
    if not x.is_number:
        fig.update_xaxes(
            type="category",
            categoryorder="array",
            categoryarray=[charts.literal(each) for each in x.texts],
            tickvals=[charts.literal(each) for each in x.texts],
            ticktext=[charts.short(each, 24) for each in x.texts],
        )
    fig.update_yaxes(title=charts.literal(y.title))
    return fig


def parallel_coordinates(labels: Sequence[str], axes: Sequence[Axis]) -> go.Figure:
    """One line for each run across several properties, each on a scale of its own."""
    fig = charts.figure(HEIGHT, legend=True)
    positions = [axis.positions() for axis in axes]
    for run, label in enumerate(labels):
        fig.add_scatter(
            x=list(range(len(axes))),
            y=[of_axis[run] for of_axis in positions],
            mode="lines+markers",
            connectgaps=True,
            line={"color": colour(run), "width": 2, "dash": DASHES[run % len(DASHES)]},
            marker={"size": 8, "color": colour(run)},
            name=charts.literal(label),
            customdata=[_written(axis, run) for axis in axes],
            hovertemplate="%{customdata}",
        )
    _scales(fig, axes)
    return fig


def _scales(fig: go.Figure, axes: Sequence[Axis]) -> None:
    """Draw a vertical line for each axis, with its title and its ends."""
    for place, axis in enumerate(axes):
        fig.add_vline(x=place, line={"color": GRID, "width": 1}, layer="below")
        for height, end in zip((-0.08, 1.08), axis.ends(), strict=True):
            fig.add_annotation(
                x=place,
                y=height,
                text=charts.short(end, AXIS_END_LENGTH),
                showarrow=False,
                font={"size": 11, "color": INK},
            )
    fig.update_xaxes(
        tickvals=list(range(len(axes))),
        ticktext=["<br>" * (n % 2) + charts.short(axis.title, 22) for n, axis in enumerate(axes)],
        range=[-0.5, len(axes) - 0.5],
        tickangle=0,
    )
    fig.update_yaxes(visible=False, range=[-0.16, 1.16])


def _written(axis: Axis, run: int) -> str:
    value = axis.values[run]
    label = "missing" if value is None else f"{value:.6g}" if axis.is_number else str(value)
    return charts.literal(f"{axis.title}: {label}")


def histograms(
    labels: Sequence[str], found: Sequence[RunHistogram | None], column: ScoreColumn
) -> go.Figure:
    """Share of the rows by severity or score, one line for each run, and where its flag begins.

    Parameters
    ----------
    found
        In the order of the labels; None for a run without scored rows.
    """
    fig = charts.figure(HEIGHT, legend=True)
    for i, (label, histogram) in enumerate(zip(labels, found, strict=True)):
        if histogram:
            _add_histogram(fig, i, label, histogram, column)
    fig.update_yaxes(title="Share of rows", tickformat="~%", type="log")
    if column is ScoreColumn.SEVERITY:
        fig.update_xaxes(**SEVERITY_AXIS)
    else:
        fig.update_xaxes(title="Score, lower is more anomalous", hoverformat=".3f")
        fig.update_yaxes(type="linear")
    return fig


def _add_histogram(
    fig: go.Figure, i: int, label: str, histogram: RunHistogram, column: ScoreColumn
) -> None:
    """Draw one run's line, and a thin vertical one where its flag begins."""

    def position(value: float) -> float:
        return rarity(value) if column is ScoreColumn.SEVERITY else value

    style: dict[str, Any] = {"color": colour(i), "dash": DASHES[i % len(DASHES)]}
    fig.add_scatter(
        x=[position(edge) for edge in histogram.edges[:-1]],
        y=[share or None for share in histogram.shares],
        mode="lines",
        line=style | {"width": 2, "shape": "hv"},
        name=charts.literal(label),
        text=[f"from {edge:.4g}" for edge in histogram.edges[:-1]],
        hovertemplate="%{text}: %{y:.2%}",
    )
    if histogram.threshold is not None:
        line = {"color": colour(i), "width": 1, "dash": "dash"}
        fig.add_vline(x=position(histogram.threshold), line=line)


def durations(labels: Sequence[str], work: Sequence[float], rest: Sequence[float]) -> go.Figure:
    """Seconds of each run: fitting or scoring, and the rest."""
    fig = charts.figure(ROWS_MARGIN + ROW_HEIGHT * len(labels), legend=True)
    for name, values, opacity in (("Fitting or scoring", work, 1.0), ("The rest", rest, 0.35)):
        fig.add_bar(
            y=[charts.literal(label) for label in labels],
            x=list(values),
            orientation="h",
            name=name,
            marker={
                "color": [colour(i) for i in range(len(labels))],
                "opacity": opacity,
                "line": {"width": 0},
            },
            hovertemplate="%{x:.1f} s",
        )
    fig.update_layout(barmode="stack", bargap=0.3, legend_traceorder="normal")
    fig.update_yaxes(autorange="reversed", showgrid=False)
    fig.update_xaxes(title="Seconds", showgrid=True, gridcolor=GRID, rangemode="tozero")
    return fig


def overlap(found: Overlap) -> go.Figure:
    """Rows that only A, both, and only B flag, as one bar."""
    fig = charts.figure(BAR_HEIGHT, legend=True)
    parts = zip(
        ("Only A", "Both", "Only B"),
        (found.only_a, found.both, found.only_b),
        OVERLAP_COLOURS,
        strict=True,
    )
    for name, rows, colour in parts:
        fig.add_bar(
            x=[rows],
            y=[""],
            orientation="h",
            name=name,
            text=[f"{rows:,}"],
            textposition="inside",
            insidetextanchor="middle",
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{x:,} rows",
        )
    fig.update_layout(barmode="stack", bargap=0, legend_traceorder="normal")
    fig.update_xaxes(visible=False)
    fig.update_yaxes(visible=False)
    return fig


def density(found: Density, lowest_severities: tuple[float | None, float | None]) -> go.Figure:
    """Rows by the severity of A (across) and of B (up), the upper ends enlarged.

    Parameters
    ----------
    lowest_severities
        Of the rows that A and that B flag.
    """
    fig = charts.figure(DENSITY_HEIGHT)
    middles = [(rarity(low) + rarity(high)) / 2 for low, high in pairwise(found.edges)]
    by_b = list(zip(*found.counts, strict=True))
    fig.add_heatmap(
        x=middles,
        y=middles,
        z=[[None if rows is None else log10(rows) for rows in line] for line in by_b],
        customdata=[[_cell(found, i, j) for i in range(len(middles))] for j in range(len(middles))],
        colorscale=[list(step) for step in DENSITY_SCALE],
        hovertemplate="%{customdata}<extra></extra>",
        colorbar=_colour_bar(found),
        hoverongaps=False,
    )
    line: dict[str, Any] = {"color": INK, "width": 1, "dash": "dot"}
    fig.add_scatter(
        x=SEVERITY_AXIS["range"],
        y=SEVERITY_AXIS["range"],
        mode="lines",
        line=line,
        hoverinfo="skip",
    )
    _thresholds(fig, *lowest_severities)
    for axis, name in ((fig.update_xaxes, "A"), (fig.update_yaxes, "B")):
        axis(**SEVERITY_AXIS | {"title": f"Severity by {name}, upper end enlarged"})
    return fig


def _thresholds(fig: go.Figure, a: float | None, b: float | None) -> None:
    """Draw where A (across) and B (up) begin to flag."""
    if a is not None:
        charts.mark(fig, rarity(a), f"A {a:.4g}")
    if b is not None:
        fig.add_hline(
            y=rarity(b),
            line={"color": INK, "width": 1.5, "dash": "dash"},
            annotation_text=f"B {b:.4g}",
            annotation_position="bottom left",
            annotation_font={"color": INK, "size": 12},
        )


def _cell(found: Density, i: int, j: int) -> str:
    (a, a_end), (b, b_end) = (found.edges[k : k + 2] for k in (i, j))
    rows = found.counts[i][j] or 0
    return f"{rows:,} rows<br>A {a:.4g} to {a_end:.4g}<br>B {b:.4g} to {b_end:.4g}"


def _colour_bar(found: Density) -> dict[str, Any]:
    """Return the legend of the logarithmic scale."""
    most = max((rows for line in found.counts for rows in line if rows), default=1)
    powers = range(int(log10(most)) + 1)
    return {
        "title": {"text": "Rows", "side": "top"},
        "tickvals": list(powers),
        "ticktext": [f"{10**power:,}" for power in powers],
        "thickness": 10,
        "outlinewidth": 0,
    }
