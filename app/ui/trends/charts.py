"""The anomaly rate from run to run, in the band that the runs before lead one to expect."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import plotly.graph_objects as go

from app.services.trends.types import Activity, Change, Means, Precision, Quality, RatePoint
from app.ui.kit import charts
from app.ui.kit.charts import ACCENT, ANOMALY, INK, SERIES

HEIGHT, MANY, SAID = 360, 150, 120
BAND = "rgba(28, 138, 163, 0.16)"
CHANGE_COLOURS = {"threshold": "#d97706", "model": "#8a63d2"}
CHANGE_NAMES = {"threshold": "Threshold moved", "model": "Model changed"}


def rates(
    new: Sequence[RatePoint], training: Sequence[RatePoint], changes: Sequence[Change]
) -> go.Figure:
    """Rate on new data within its band, the rate on training data, and what people changed."""
    fig = charts.figure(HEIGHT, legend=True, hover="x unified")
    _band(fig, new)
    _new(fig, new)
    _training(fig, training)
    for kind in CHANGE_NAMES:
        _changes(fig, kind, [change for change in changes if change.kind == kind])
    charts.room_around_one_moment(
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
    return charts.literal(point.dataset_name) if point.runs == 1 else f"mean of {point.runs} runs"


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
    return charts.literal(said if len(said) <= SAID else f"{said[:SAID]}…")


WORK_HEIGHT, FEW, WORK_MANY = 260, 3, 60
STATES = {
    "FINISHED": ("Finished", "#2f9e6e"),
    "FAILED": ("Failed", "#d2453d"),
    "KILLED": ("Cancelled", "#dfa01a"),
    "RUNNING": ("Running", "#5b8fd0"),
}
KINDS = {"train": ("Training", SERIES[1]), "score": ("Scoring", ACCENT)}


def status_share(counts: Mapping[str, int], height: int) -> go.Figure:
    """How the runs ended, as a ring around their number."""
    fig = charts.figure(height, legend=True)
    order = [*STATES, *(status for status in counts if status not in STATES)]
    counts = {status: counts[status] for status in order if status in counts}
    named = {status: STATES.get(status, (status.capitalize(), INK)) for status in counts}
    fig.add_pie(
        labels=[named[status][0] for status in counts],
        values=list(counts.values()),
        marker={"colors": [named[status][1] for status in counts]},
        hole=0.68,
        sort=False,
        direction="clockwise",
        textinfo="none",
        hovertemplate="%{label}: %{value:,} runs, %{percent}<extra></extra>",
    )
    fig.add_annotation(
        text=f"<b>{sum(counts.values()):,}</b><br>runs", showarrow=False, font={"size": 16}
    )
    return fig


def runs_by_status(activity: Sequence[Activity]) -> go.Figure:
    """How many runs began, stacked by how they ended."""
    fig = charts.figure(WORK_HEIGHT, legend=True)
    for status, (name, colour) in STATES.items():
        own = [each for each in activity if each.status == status]
        _bars(fig, name, colour, _sums([(each.begin, each.runs) for each in own]), "%{y:,} runs")
    _stack(fig, activity)
    fig.update_yaxes(title="Runs")
    return fig


def volume(activity: Sequence[Activity]) -> go.Figure:
    """Rows that finished runs have read, stacked by what they did."""
    fig = charts.figure(WORK_HEIGHT, legend=True)
    for kind, (name, colour) in KINDS.items():
        own = [each for each in activity if each.kind == kind]
        _bars(fig, name, colour, _sums([(each.begin, each.rows) for each in own]), "%{y:,.4s} rows")
    _stack(fig, activity)
    fig.update_yaxes(title="Rows", tickformat=".3~s")
    return fig


def _stack(fig: go.Figure, activity: Sequence[Activity]) -> None:
    fig.update_layout(barmode="stack", bargap=0.25)
    charts.room_around_one_moment(fig, [each.begin for each in activity])


def _sums(pairs: Sequence[tuple[datetime, float]]) -> dict[datetime, float]:
    sums: dict[datetime, float] = {}
    for begin, value in pairs:
        sums[begin] = sums.get(begin, 0) + value
    return {begin: value for begin, value in sums.items() if value}


def _bars(
    fig: go.Figure, name: str, colour: str, values: Mapping[datetime, float], says: str
) -> None:
    if values:
        fig.add_bar(
            x=list(values),
            y=list(values.values()),
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{x|%Y-%m-%d}: " + says,
        )


def _lines(
    lines: Sequence[tuple[str, str, Sequence[datetime], Sequence[float | None]]], says: str
) -> go.Figure:
    """Lines with points while they are few; what was not measured leaves no gap."""
    fig = charts.figure(WORK_HEIGHT, legend=True, hover="x unified")
    charts.room_around_one_moment(fig, [begin for _, _, begins, _ in lines for begin in begins])
    for name, colour, begins, values in lines:
        known = [pair for pair in zip(begins, values, strict=True) if pair[1] is not None]
        fig.add_scatter(
            x=[begin for begin, _ in known],
            y=[value for _, value in known],
            mode="lines+markers" if len(known) < WORK_MANY else "lines",
            line={"color": colour, "width": 2},
            marker={"size": 5 if len(known) > FEW else 8},
            name=name,
            hovertemplate=says,
        )
    return fig


def durations(means: Sequence[Means]) -> go.Figure:
    """Mean seconds of training and of scoring proper."""
    begins = [each.begin for each in means]
    fig = _lines(
        [
            (*KINDS["train"], begins, [each.training for each in means]),
            (*KINDS["score"], begins, [each.scoring for each in means]),
        ],
        "%{y:.1f} s",
    )
    fig.update_yaxes(rangemode="tozero", title="Seconds")
    return fig


def odd_values(means: Sequence[Means]) -> go.Figure:
    """Mean shares of missing values and of categories that training never saw."""
    begins = [each.begin for each in means]
    fig = _lines(
        [
            ("Missing values", SERIES[3], begins, [each.missing for each in means]),
            ("Unseen categories", SERIES[2], begins, [each.unseen for each in means]),
        ],
        "%{y:.2%}",
    )
    fig.update_yaxes(rangemode="tozero", tickformat=".1%", title="Share of values")
    return fig


def quality(models: Sequence[Quality]) -> go.Figure:
    """Each new model's own test on deliberately corrupted rows."""
    trained = [each.trained for each in models]
    fig = _lines(
        [
            ("Recall", ACCENT, trained, [each.recall for each in models]),
            ("Area under the curve", SERIES[1], trained, [each.auc for each in models]),
        ],
        "%{y:.1%}",
    )
    fig.update_yaxes(tickformat=".0%", range=[0, 1.03])
    return fig


def precision(judged: Sequence[Precision]) -> go.Figure:
    """Confirmed share of the judged rows of each model, with its 95 % interval."""
    fig = charts.figure(WORK_HEIGHT)
    known = sorted(
        (each for each in judged if each.trained is not None), key=lambda each: str(each.trained)
    )
    fig.add_scatter(
        x=[each.trained for each in known],
        y=[each.precision for each in known],
        mode="markers",
        marker={"color": ANOMALY, "size": 9},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [each.high - each.precision for each in known],
            "arrayminus": [each.precision - each.low for each in known],
            "color": INK,
            "thickness": 1.5,
            "width": 5,
        },
        customdata=[
            [each.confirmed, each.false_alarms, each.low, each.high, each.model_run_id[:8]]
            for each in known
        ],
        hovertemplate=(
            "Model %{customdata[4]}, trained %{x|%Y-%m-%d}<br>%{y:.1%} "
            "(%{customdata[2]:.0%} to %{customdata[3]:.0%})<br>"
            "%{customdata[0]} confirmed, %{customdata[1]} false alarms<extra></extra>"
        ),
    )
    fig.update_yaxes(tickformat=".0%", range=[0, 1.03], title="Precision")
    return fig
