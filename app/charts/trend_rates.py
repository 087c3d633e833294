"""The anomaly rate from run to run, in the band that the runs before lead one to expect."""

from collections.abc import Sequence

import plotly.graph_objects as go

from app.charts import base
from app.charts.palette import ACCENT, ANOMALY, INK
from app.services.trends_model import Change, RatePoint

HEIGHT, MANY, SAID = 360, 150, 120
BAND = "rgba(28, 138, 163, 0.16)"
CHANGE_COLOURS = {"threshold": "#d97706", "model": "#8a63d2"}
CHANGE_NAMES = {"threshold": "Threshold moved", "model": "Model changed"}


def rates(
    new: Sequence[RatePoint], training: Sequence[RatePoint], changes: Sequence[Change]
) -> go.Figure:
    """Rate on new data within its band, the rate on training data, and what people changed."""
    fig = base.figure(HEIGHT, legend=True, hover="x unified")
    _band(fig, new)
    _new(fig, new)
    _training(fig, training)
    for kind in CHANGE_NAMES:
        _changes(fig, kind, [change for change in changes if change.kind == kind])
    base.room_around_one_moment(
        fig, [each.begin for each in (*new, *training)] + [change.when for change in changes]
    )
    fig.update_layout(
        yaxis={"tickformat": ".1%", "rangemode": "tozero", "title": "Anomaly rate"},
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
    )
    return fig


def _band(fig: go.Figure, points: Sequence[RatePoint]) -> None:
    """Fill between the lower and the upper end."""
    known = [point for point in points if point.low is not None and point.high is not None]
    begins = [point.begin for point in known]
    ends = (
        ("from", None, [point.low for point in known]),
        ("to", "tonexty", [point.high for point in known]),
    )
    for word, fill, values in ends:
        fig.add_scatter(
            x=begins,
            y=values,
            name="Expected band",
            mode="lines",
            line={"width": 0},
            fill=fill,
            fillcolor=BAND,
            legendgroup="band",
            showlegend=bool(fill and known),
            hovertemplate=f"{word} %{{y:.2%}}",
        )


def _new(fig: go.Figure, points: Sequence[RatePoint]) -> None:
    """Draw the line, and mark again what lies beyond the band."""
    fig.add_scatter(
        x=[point.begin for point in points],
        y=[point.rate for point in points],
        mode="lines" if len(points) > MANY else "lines+markers",
        line={"color": ACCENT, "width": 1.5 if len(points) > MANY else 2},
        marker={"size": 5},
        name="New data",
        customdata=[_about(point) for point in points],
        hovertemplate="%{y:.2%} (%{customdata})",
    )
    beyond = [point for point in points if point.outside]
    if beyond:
        fig.add_scatter(
            x=[point.begin for point in beyond],
            y=[point.rate for point in beyond],
            mode="markers",
            marker={"color": ANOMALY, "size": 7, "symbol": "diamond"},
            name="Outside the band",
            customdata=[f"{point.outside} of {point.runs}" for point in beyond],
            hovertemplate="%{customdata} runs",
        )


def _about(point: RatePoint) -> str:
    return base.literal(point.dataset_name) if point.runs == 1 else f"mean of {point.runs} runs"


def _training(fig: go.Figure, points: Sequence[RatePoint]) -> None:
    """Show the rate that equals the contamination by construction."""
    if points:
        fig.add_scatter(
            x=[point.begin for point in points],
            y=[point.rate for point in points],
            mode="markers",
            marker={"color": INK, "size": 7, "symbol": "circle-open"},
            name="Training data",
            hovertemplate="%{y:.2%}",
        )


def _changes(fig: go.Figure, kind: str, changes: Sequence[Change]) -> None:
    """Put a mark on top of a thin line for each decision."""
    if not changes:
        return
    colour, whens = CHANGE_COLOURS[kind], [change.when for change in changes]
    fig.add_scatter(
        x=[place for when in whens for place in (when, when, None)],
        y=[0, 1, None] * len(changes),
        yaxis="y2",
        mode="lines",
        line={"color": colour, "width": 1, "dash": "dot"},
        opacity=0.45,
        hoverinfo="skip",
        showlegend=False,
        legendgroup=kind,
    )
    fig.add_scatter(
        x=whens,
        y=[1] * len(changes),
        yaxis="y2",
        mode="markers",
        marker={"color": colour, "size": 11, "symbol": "triangle-down"},
        name=CHANGE_NAMES[kind],
        legendgroup=kind,
        customdata=[_said(change) for change in changes],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _said(change: Change) -> str:
    said = f"{change.words} by {change.who}{': ' if change.reason else ''}{change.reason}"
    return base.literal(said if len(said) <= SAID else f"{said[:SAID]}…")
