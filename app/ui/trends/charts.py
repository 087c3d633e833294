"""Charts of the anomaly rate, of runs and their data, and of the models' quality."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import plotly.graph_objects as go

from app.services.trends.types import (
    Activity,
    Decision,
    ModelPrecision,
    ModelQuality,
    RatePoint,
    RunMeans,
)
from app.ui.kit import charts
from app.ui.kit.charts import ACCENT, ANOMALY, INK, SERIES

HIGH, LOW = 360, 260
NO_MARKERS_FROM, THIN_FROM, LARGE_MARKERS_TO, LONGEST = 60, 150, 3, 120
BAND = "rgba(28, 138, 163, 0.16)"
DECISIONS = {"threshold": ("Threshold changed", "#d97706"), "model": ("Model changed", "#8a63d2")}
STATES = {
    "FINISHED": ("Finished", "#2f9e6e"),
    "FAILED": ("Failed", "#d2453d"),
    "KILLED": ("Cancelled", "#dfa01a"),
    "RUNNING": ("Running", "#5b8fd0"),
}
KINDS = {"train": ("Training", SERIES[1]), "score": ("Scoring", ACCENT)}


def rates(
    new: Sequence[RatePoint], training: Sequence[RatePoint], decisions: Sequence[Decision]
) -> go.Figure:
    """Rate on new data with its expected band, rate on training data, and decisions."""
    fig = charts.figure(HIGH, legend=True, hover="x unified")
    _band(fig, new)
    _new(fig, new)
    _training(fig, training)
    for kind in DECISIONS:
        _decisions(fig, kind, [decision for decision in decisions if decision.kind == kind])
    moments = [each.begin for each in (*new, *training)] + [each.when for each in decisions]
    charts.room_around_one_moment(fig, moments)
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
    for end, fill, values in ends:
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
            hovertemplate=f"{end} %{{y:.2%}}",
        )


def _new(fig: go.Figure, points: Sequence[RatePoint]) -> None:
    """Draw the line, and mark the points with runs outside the band."""
    thin = len(points) > THIN_FROM
    fig.add_scatter(
        x=[point.begin for point in points],
        y=[point.rate for point in points],
        mode="lines" if thin else "lines+markers",
        line={"color": ACCENT, "width": 1.5 if thin else 2},
        marker={"size": 5},
        name="New data",
        customdata=[
            charts.literal(each.dataset_name) if each.runs == 1 else f"mean of {each.runs} runs"
            for each in points
        ],
        hovertemplate="%{y:.2%} (%{customdata})",
    )
    outside = [point for point in points if point.outside]
    if outside:
        fig.add_scatter(
            x=[point.begin for point in outside],
            y=[point.rate for point in outside],
            mode="markers",
            marker={"color": ANOMALY, "size": 7, "symbol": "diamond"},
            name="Outside the band",
            customdata=[f"{point.outside} of {point.runs}" for point in outside],
            hovertemplate="%{customdata} runs",
        )


def _training(fig: go.Figure, points: Sequence[RatePoint]) -> None:
    """Draw the rate that equals the contamination by construction."""
    if points:
        fig.add_scatter(
            x=[point.begin for point in points],
            y=[point.rate for point in points],
            mode="markers",
            marker={"color": INK, "size": 7, "symbol": "circle-open"},
            name="Training data",
            hovertemplate="%{y:.2%}",
        )


def _decisions(fig: go.Figure, kind: str, decisions: Sequence[Decision]) -> None:
    """Draw a thin line with a marker on top for each decision."""
    if not decisions:
        return
    (label, colour), whens = DECISIONS[kind], [decision.when for decision in decisions]
    fig.add_scatter(
        x=[x for when in whens for x in (when, when, None)],
        y=[0, 1, None] * len(whens),
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
        y=[1] * len(whens),
        yaxis="y2",
        mode="markers",
        marker={"color": colour, "size": 11, "symbol": "triangle-down"},
        name=label,
        legendgroup=kind,
        customdata=[_summary(decision) for decision in decisions],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _summary(decision: Decision) -> str:
    why = f": {decision.reason}" if decision.reason else ""
    summary = f"{decision.label} by {decision.decided_by}{why}"
    return charts.literal(summary if len(summary) <= LONGEST else f"{summary[:LONGEST]}…")


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
    groups = {
        label: (colour, [(each.begin, each.runs) for each in activity if each.status == status])
        for status, (label, colour) in STATES.items()
    }
    fig = _stacked_bars(groups, "%{y:,} runs")
    fig.update_yaxes(title="Runs")
    return fig


def volume(activity: Sequence[Activity]) -> go.Figure:
    """Rows that finished runs have read, stacked by kind."""
    groups = {
        label: (colour, [(each.begin, each.rows) for each in activity if each.kind == kind])
        for kind, (label, colour) in KINDS.items()
    }
    fig = _stacked_bars(groups, "%{y:,.4s} rows")
    fig.update_yaxes(title="Rows", tickformat=".3~s")
    return fig


def _stacked_bars(
    groups: Mapping[str, tuple[str, Sequence[tuple[datetime, float]]]], hover: str
) -> go.Figure:
    """Stack the sums of each group, given by its label with colour and values by time."""
    fig = charts.figure(LOW, legend=True)
    for label, (colour, values) in groups.items():
        sums: dict[datetime, float] = {}
        for begin, value in values:
            sums[begin] = sums.get(begin, 0) + value
        shown = {begin: value for begin, value in sums.items() if value}
        if shown:
            fig.add_bar(
                x=list(shown),
                y=list(shown.values()),
                name=label,
                marker={"color": colour, "line": {"width": 0}},
                hovertemplate="%{x|%Y-%m-%d}: " + hover,
            )
    fig.update_layout(barmode="stack", bargap=0.25)
    moments = [begin for _, values in groups.values() for begin, _ in values]
    charts.room_around_one_moment(fig, moments)
    return fig


def _lines(
    lines: Sequence[tuple[str, str, Sequence[datetime], Sequence[float | None]]], hover: str
) -> go.Figure:
    """Draw lines, with markers while they are few; a value that is None leaves no gap."""
    fig = charts.figure(LOW, legend=True, hover="x unified")
    charts.room_around_one_moment(fig, [begin for _, _, begins, _ in lines for begin in begins])
    for name, colour, begins, values in lines:
        known = [pair for pair in zip(begins, values, strict=True) if pair[1] is not None]
        fig.add_scatter(
            x=[begin for begin, _ in known],
            y=[value for _, value in known],
            mode="lines+markers" if len(known) < NO_MARKERS_FROM else "lines",
            line={"color": colour, "width": 2},
            marker={"size": 5 if len(known) > LARGE_MARKERS_TO else 8},
            name=name,
            hovertemplate=hover,
        )
    return fig


def durations(means: Sequence[RunMeans]) -> go.Figure:
    """Mean seconds of training and of scoring."""
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


def missing_and_unseen(means: Sequence[RunMeans]) -> go.Figure:
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


def quality(models: Sequence[ModelQuality]) -> go.Figure:
    """How well each new model detects injected anomalies."""
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


def precision(models: Sequence[ModelPrecision]) -> go.Figure:
    """Verdict precision of each model, with its 95 % interval."""
    fig = charts.figure(LOW)
    known = sorted(
        (each for each in models if each.trained is not None), key=lambda each: str(each.trained)
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
