"""Runs compared: a parameter against a metric, many at once, score distributions, durations."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from app.charts import base
from app.charts.axis import Axis
from app.charts.palette import GRID, INK, SERIES
from app.charts.scores import MOST_RARE, TICKS, rarity
from app.services.scored_shapes import Shape, ShapeOf

HEIGHT = 320
ROW_HEIGHT, ROOM, ENDS = 30, 76, 14
DASHES = ("solid", "dash", "dot", "dashdot")


def colour(place: int) -> str:
    """Colour of the run at a place."""
    return SERIES[place % len(SERIES)]


def scatter(labels: Sequence[str], x: Axis, y: Axis) -> go.Figure:
    """One point for each run, named by its letter."""
    fig = base.figure(HEIGHT)
    for place, label in enumerate(labels):
        if x.values[place] is None or y.values[place] is None:
            continue
        fig.add_scatter(
            x=[x.values[place] if x.is_number else base.literal(str(x.values[place]))],
            y=[y.values[place]],
            mode="markers+text",
            text=[base.literal(label)],
            textposition="top center",
            textfont={"color": colour(place), "size": 13},
            marker={"color": colour(place), "size": 12, "line": {"width": 0}},
            cliponaxis=False,
            name=base.literal(label),
            customdata=[f"{_written(x, place)}<br>{_written(y, place)}"],
            hovertemplate="%{customdata}",
        )
    fig.update_xaxes(title=base.literal(x.title), showgrid=True, gridcolor=GRID)
    if not x.is_number:
        fig.update_xaxes(
            type="category",
            categoryorder="array",
            categoryarray=[base.literal(words) for words in x.texts],
            tickvals=[base.literal(words) for words in x.texts],
            ticktext=[base.short(words, 24) for words in x.texts],
        )
    fig.update_yaxes(title=base.literal(y.title))
    return fig


def parallel(labels: Sequence[str], axes: Sequence[Axis]) -> go.Figure:
    """One line for each run across several properties, each on a scale of its own."""
    fig = base.figure(HEIGHT, legend=True)
    places = [axis.places() for axis in axes]
    for run, label in enumerate(labels):
        fig.add_scatter(
            x=list(range(len(axes))),
            y=[of[run] for of in places],
            mode="lines+markers",
            connectgaps=True,
            line={"color": colour(run), "width": 2, "dash": DASHES[run % len(DASHES)]},
            marker={"size": 8, "color": colour(run)},
            name=base.literal(label),
            customdata=[_written(axis, run) for axis in axes],
            hovertemplate="%{customdata}",
        )
    _scales(fig, axes)
    return fig


def _scales(fig: go.Figure, axes: Sequence[Axis]) -> None:
    """Draw an upright line for each axis, with its name and its ends."""
    for place, axis in enumerate(axes):
        fig.add_vline(x=place, line={"color": GRID, "width": 1}, layer="below")
        for height, words in zip((-0.08, 1.08), axis.ends(), strict=True):
            fig.add_annotation(
                x=place,
                y=height,
                text=base.short(words, ENDS),
                showarrow=False,
                font={"size": 11, "color": INK},
            )
    fig.update_xaxes(
        tickvals=list(range(len(axes))),
        ticktext=["<br>" * (n % 2) + base.short(axis.title, 22) for n, axis in enumerate(axes)],
        range=[-0.5, len(axes) - 0.5],
        tickangle=0,
    )
    fig.update_yaxes(visible=False, range=[-0.16, 1.16])


def _written(axis: Axis, run: int) -> str:
    value = axis.values[run]
    words = "missing" if value is None else f"{value:.6g}" if axis.is_number else str(value)
    return base.literal(f"{axis.title}: {words}")


def distributions(labels: Sequence[str], shapes: Sequence[Shape | None], of: ShapeOf) -> go.Figure:
    """Share of the rows by severity or score, one line for each run, and where its flag begins.

    Parameters
    ----------
    shapes
        In the order of the labels; None for a run without scored rows.
    """
    fig = base.figure(HEIGHT, legend=True)
    for place, (label, shape) in enumerate(zip(labels, shapes, strict=True)):
        if shape:
            _distribution(fig, place, label, shape, of)
    fig.update_yaxes(title="Share of rows", tickformat="~%", type="log")
    if of is ShapeOf.SEVERITY:
        fig.update_xaxes(
            title="Severity, upper end enlarged",
            tickvals=[rarity(tick) for tick in TICKS],
            ticktext=[f"{tick:g}" for tick in TICKS],
            range=[0, MOST_RARE],
        )
    else:
        fig.update_xaxes(title="Score, lower is more anomalous", hoverformat=".3f")
        fig.update_yaxes(type="linear")
    return fig


def _distribution(fig: go.Figure, place: int, label: str, shape: Shape, of: ShapeOf) -> None:
    """Draw one run's line, and where its own flag begins as a thin upright one."""

    def spot(value: float) -> float:
        return rarity(value) if of is ShapeOf.SEVERITY else value

    look: dict[str, Any] = {"color": colour(place), "dash": DASHES[place % len(DASHES)]}
    fig.add_scatter(
        x=[spot(edge) for edge in shape.edges[:-1]],
        y=[share or None for share in shape.shares],
        mode="lines",
        line=look | {"width": 2, "shape": "hv"},
        name=base.literal(label),
        text=[f"from {edge:.4g}" for edge in shape.edges[:-1]],
        hovertemplate="%{text}: %{y:.2%}",
    )
    if shape.threshold is not None:
        line = {"color": colour(place), "width": 1, "dash": "dash"}
        fig.add_vline(x=spot(shape.threshold), line=line)


def durations(labels: Sequence[str], work: Sequence[float], rest: Sequence[float]) -> go.Figure:
    """Seconds of each run: the work proper, and what lies around it."""
    fig = base.figure(ROOM + ROW_HEIGHT * len(labels), legend=True)
    for name, values, opacity in (("Fitting or scoring", work, 1.0), ("The rest", rest, 0.35)):
        fig.add_bar(
            y=[base.literal(label) for label in labels],
            x=list(values),
            orientation="h",
            name=name,
            marker={
                "color": [colour(place) for place in range(len(labels))],
                "opacity": opacity,
                "line": {"width": 0},
            },
            hovertemplate="%{x:.1f} s",
        )
    fig.update_layout(barmode="stack", bargap=0.3, legend_traceorder="normal")
    fig.update_yaxes(autorange="reversed", showgrid=False)
    fig.update_xaxes(title="Seconds", showgrid=True, gridcolor=GRID, rangemode="tozero")
    return fig
