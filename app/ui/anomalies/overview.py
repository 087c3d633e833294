"""The run at a glance: threshold, share and bands, how severe, and when."""

from bisect import bisect_left
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from app.services.anomalies.timeline import GRAINS, pick_time
from app.services.anomalies.types import Counts, Summary, Trend, View
from app.services.filters import Filter, Op
from app.ui import cached
from app.ui.anomalies import address as state
from app.ui.anomalies import charts as anomalies_charts
from app.ui.anomalies import queries as ask
from app.ui.kit import charts, html, layout, navigation, text

PICKING = charts.CONFIG | {
    "modeBarButtonsToRemove": ["lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "zoom2d", "pan2d"]
}
SEVERITY, SCORE = "Severity", "Score"
SLIDER = "threshold"
FULL = 100.0


def places(model: float | None, chosen: float | None) -> list[float]:
    """Return where the slider may stand: finer the rarer, and always on the model's threshold."""
    grid = [float(each) for each in range(0, 50, 10)]
    grid += [float(each) for each in range(50, 90)]
    grid += [each / 10 for each in range(900, 990)]
    grid += [each / 100 for each in range(9900, 10_001)]
    own = [round(each, 6) for each in (model, chosen) if each is not None]
    return sorted({*grid, *own})


def threshold(summary: Summary, view: View) -> None:
    """Let the operator move the threshold; the model's own is where it starts."""
    model = None if summary.threshold is None else round(summary.threshold, 6)
    options = places(model, view.threshold)
    standing = view.threshold if view.threshold is not None else model
    standing = FULL if standing is None else standing
    if st.session_state.get(SLIDER) != standing:
        st.session_state[SLIDER] = standing

    def moved() -> None:
        value = st.session_state[SLIDER]
        state.move(None if value == model else value)

    layout.title("Threshold", "Rows from this severity up are anomalies.")
    st.select_slider(
        "Threshold",
        options,
        key=SLIDER,
        on_change=moved,
        format_func=lambda value: f"{value:.4g}" + (" (model)" if value == model else ""),
        label_visibility="collapsed",
    )
    if view.threshold is not None:
        _decide(summary, view.threshold)
        st.button(
            "Back to the model's own",
            key="own-threshold",
            type="tertiary",
            icon=":material/undo:",
            on_click=state.move,
            args=(None,),
        )


def _decide(summary: Summary, severity: float) -> None:
    """Lead to where this can be decided, with its reason."""
    if st.button(
        "Make this the model's threshold", key="decide-threshold", icon=":material/gavel:"
    ):
        model = cached.run(summary.run_id).model_run_id
        at = f"{severity:g}"
        navigation.go("models", model=model, part="Threshold", on=summary.run_id, t=at)


def numbers(summary: Summary, view: View, counts: Counts) -> None:
    """Share and count of the anomalies beyond the threshold."""
    changed = counts.anomalies - counts.flagged
    score = _score_at(summary, view)
    values = [
        ("Anomaly rate", text.percent(counts.rate, 2), "Anomalies per row shown"),
        ("Anomalies", text.number(counts.anomalies), _against_model(changed)),
        ("Rows", text.number(counts.rows), f"Of {text.number(summary.rows)} rows scored"),
        (
            "Raw score below",
            text.ABSENT if score is None else f"{score:.4f}",
            f"Lower is more anomalous; {summary.score_threshold:.4g} was the model's own",
        ),
    ]
    for column, (label, value, about) in zip(st.columns(4), values, strict=True):
        delta = f"{changed:+,}" if label == "Anomalies" and changed else None
        column.metric(label, value, delta, delta_color="off", help=about)


def _score_at(summary: Summary, view: View) -> float | None:
    """The raw score of the threshold that is shown; None where no row reaches it."""
    if view.threshold is None:
        return summary.score_threshold
    return ask.score_at(summary.run_id, view.threshold)


def _against_model(changed: int) -> str:
    if not changed:
        return "As many as the model flagged"
    return f"{abs(changed):,} {'more' if changed > 0 else 'fewer'} than the model flagged"


def bands(summary: Summary, counts: Counts) -> None:
    """The anomalies by severity band, by colour and word, the worst first."""
    below = counts.anomalies - sum(counts.bands)
    marks = [
        html.pill(
            f"{band.name.capitalize()} {text.number(rows)}",
            f"band-{band.name}",
            f"Severity {band.low:g} to {band.high:g}",
        )
        for band, rows in reversed(list(zip(summary.bands, counts.bands, strict=True)))
    ]
    if below:
        marks.append(html.pill(f"Below the bands {text.number(below)}", "idle"))
    st.html(html.tag("div", "".join(marks), cls="ac-row ac-bands"))


def distribution(summary: Summary, view: View) -> None:
    """Rows by severity or by score; a selection becomes a filter."""
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.title("How severe", "Dotted: as in training. Drag to select.")
        of = st.segmented_control(
            "Shown by",
            [SEVERITY, SCORE],
            default=SEVERITY,
            required=True,
            key="by",
            bind="query-params",
            label_visibility="collapsed",
        )
    figure, edges, column = _shape(summary, view, of)
    figure.update_layout(dragmode="select", selectdirection="h")

    def pick(points: list[Any]) -> None:
        bins = [bisect_left(edges, point["x"]) - 1 for point in points]
        low, high = min(bins), max(bins) + 1
        state.narrow(span_of(column, edges[low], edges[high], whole=high == len(edges) - 1))

    state.pickable(figure, "shape", PICKING, pick, "points", "box")


def _shape(summary: Summary, view: View, of: str) -> tuple[Any, list[float], str]:
    """The chart, the edges of its bins on the axis, and the column it is of."""
    run_id = summary.run_id
    if of == SCORE:
        found = ask.histogram(run_id, view)
        return (
            anomalies_charts.histogram(found, _score_at(summary, view)),
            list(found.edges),
            "anomaly_score",
        )
    tail = ask.tail(run_id, view)
    at = summary.threshold if view.threshold is None else view.threshold
    return (
        anomalies_charts.tail(tail, summary.bands, at),
        [anomalies_charts.rarity(e) for e in tail.edges],
        "severity",
    )


def span_of(column: str, low: float, high: float, *, whole: bool) -> Filter:
    """The filter on some bins, in the unit of the column."""
    if column == "severity":
        low, high = (100.0 * (1.0 - 10.0**-each) for each in (low, high))
        return Filter(column, Op.BETWEEN, (round(low, 4), None if whole else round(high, 4)))
    return Filter(column, Op.BETWEEN, (round(low, 6), None if whole else round(high, 6)))


def course(summary: Summary, view: View) -> None:
    """Anomalies over the data's own time; a selection becomes a filter."""
    trend = ask.trend(summary.run_id, view, summary.date_column) if summary.date_column else None
    about = "Needs a date column; this data has none."
    if trend and trend.column:
        about = f"Per {trend.grain} of {trend.column}. Drag to select."
    layout.title("When", about, _strays(trend))
    if not trend or not trend.points:
        return
    figure = anomalies_charts.trend_in_data(trend)
    figure.update_layout(height=anomalies_charts.HEIGHT, dragmode="select", selectdirection="h")
    figure.update_layout(yaxis_tickformat=".2~%")
    figure.update_traces(mode="lines+markers", marker={"size": 5}, selector={"type": "scatter"})

    def pick(points: list[Any]) -> None:
        state.narrow(picked_time(trend, [point["point_index"] for point in points]))

    state.pickable(figure, "trend", PICKING, pick, "points", "box")


def _strays(trend: Trend | None) -> str:
    """Say what is not drawn."""
    if not trend or not trend.strays:
        return ""
    return f"{text.plural(trend.strays, 'row')} with far-off dates left out"


def picked_time(trend: Trend, places: list[int]) -> Filter:
    """The filter on the spans of some points of a trend."""
    starts = [point.start for point in trend.points]
    low, high = min(places), max(places)
    following = starts[high + 1] if high + 1 < len(starts) else None
    return pick_time(trend.column, starts[low], _end(starts[high], trend.grain, following))


def _end(start: datetime, grain: str, following: datetime | None) -> datetime:
    """Where a span ends: where the next begins, unless spans without rows lie between."""
    width: timedelta = GRAINS[grain]
    slack = timedelta(days=2) if width > timedelta(days=27) else timedelta()
    return min(start + width + slack, following) if following else start + width + slack
