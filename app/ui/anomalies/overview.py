"""The run at a glance: threshold, numbers, severity bands, histogram and trend."""

from bisect import bisect_left
from datetime import timedelta
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from app.services.anomalies.queries import GRAINS, time_filter
from app.services.anomalies.types import Counts, Summary, Trend, View
from app.services.filters import Filter, Op
from app.ui.anomalies import charts, filters
from app.ui.kit import address, html, layout, navigation, text
from app.ui.kit.charts import FULL, rarity
from app.ui.kit.context import console
from pipeline.model.threshold import BANDS

SEVERITY, SCORE = "Severity", "Score"


def slider_stops(model: float | None, chosen: float | None) -> list[float]:
    """Return the severities to choose from, denser towards high ones; both given are among them."""
    grid = [float(each) for each in (*range(0, 50, 10), *range(50, 90))]
    grid += [each / 10 for each in range(900, 990)]
    grid += [each / 100 for each in range(9900, 10_001)]
    own = [round(each, 6) for each in (model, chosen) if each is not None]
    return sorted({*grid, *own})


def threshold_slider(label: str, key: str, own: float | None, mark: str, *, title: bool) -> float:
    """Draw the slider of a threshold that is in the address; it starts at ``own``.

    Parameters
    ----------
    mark
        Marks the own threshold on the slider.
    title
        Whether the label is shown.
    """
    own, chosen = None if own is None else round(own, 6), filters.view().threshold
    current = next((each for each in (chosen, own) if each is not None), FULL)
    if st.session_state.get(key) != current:
        st.session_state[key] = current

    def moved() -> None:
        value = st.session_state[key]
        filters.move_threshold(None if value == own else value)

    st.select_slider(
        label,
        slider_stops(own, chosen),
        key=key,
        on_change=moved,
        format_func=lambda value: f"{value:.4g}" + (f" ({mark})" if value == own else ""),
        label_visibility="visible" if title else "collapsed",
    )
    return current


def threshold(summary: Summary, view: View) -> None:
    """Let the operator move the threshold."""
    layout.title("Threshold", "Rows from this severity up are anomalies.")
    threshold_slider("Threshold", "threshold", summary.threshold, "model", title=False)
    if view.threshold is not None:
        _decide(summary, view.threshold)


def _decide(summary: Summary, severity: float) -> None:
    """Lead to the form that makes this the model's threshold, and back to the model's own."""
    if st.button(
        "Make this the model's threshold", key="decide-threshold", icon=":material/gavel:"
    ):
        model = console().runs.get(summary.run_id).model_run_id
        at = f"{severity:g}"
        navigation.go("models", model=model, part="Threshold", on=summary.run_id, t=at)
    st.button(
        "Back to the model's own",
        key="own-threshold",
        type="tertiary",
        icon=":material/undo:",
        on_click=filters.move_threshold,
        args=(None,),
    )


def numbers(summary: Summary, view: View, counts: Counts) -> None:
    """Draw share and count of the anomalies beyond the threshold."""
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
    """Return the raw score of the shown threshold; None where no row reaches it."""
    if view.threshold is None:
        return summary.score_threshold
    return console().anomalies.score_at(summary.run_id, view.threshold)


def _against_model(changed: int) -> str:
    if not changed:
        return "As many as the model flagged"
    return f"{abs(changed):,} {'more' if changed > 0 else 'fewer'} than the model flagged"


def bands(counts: Counts) -> None:
    """Draw the anomalies by severity band, most severe first."""
    highs = [*(low for _, low in BANDS[1:]), FULL]
    pills = [
        html.pill(
            f"{name.capitalize()} {text.number(rows)}",
            f"band-{name}",
            f"Severity {low:g} to {high:g}",
        )
        for (name, low), high, rows in zip(BANDS, highs, counts.bands, strict=True)
    ][::-1]
    if below := counts.anomalies - sum(counts.bands):
        pills.append(html.pill(f"Below the bands {text.number(below)}", "idle"))
    st.html(html.tag("div", "".join(pills), cls="ac-row ac-bands"))


def histogram(summary: Summary, view: View) -> None:
    """Draw rows by severity or by score; a selection becomes a filter."""
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.title("How severe", "Dotted: as in training. Drag to select.")
        by_score = address.switch("Shown by", [SEVERITY, SCORE], "by") == SCORE
    find = console().anomalies
    if by_score:
        found = find.score_histogram(summary.run_id, view)
        figure = charts.score_histogram(found, _score_at(summary, view))
    else:
        found = find.severity_histogram(summary.run_id, view)
        figure = charts.severity_histogram(found, summary.threshold_in(view))
    edges = found.edges if by_score else [rarity(each) for each in found.edges]

    def selected(points: list[Any]) -> list[Filter]:
        bins = [bisect_left(edges, point["x"]) - 1 for point in points]
        first, last = min(bins), max(bins) + 1
        return [
            bin_filter(
                "anomaly_score" if by_score else "severity",
                found.edges[first],
                None if last == len(edges) - 1 else found.edges[last],
            )
        ]

    _draw(figure, "histogram", selected)


def bin_filter(column: str, low: float, high: float | None) -> Filter:
    """Return the filter on some bins; None leaves the upper end open."""
    digits = 4 if column == "severity" else 6
    return Filter(
        column, Op.BETWEEN, (round(low, digits), None if high is None else round(high, digits))
    )


def _draw(figure: go.Figure, key: str, selected: Any) -> None:  # noqa: ANN401 - a function
    figure.update_layout(dragmode="select", selectdirection="h")
    filters.selectable(figure, key, selected, "points", "box")


def trend(summary: Summary, view: View) -> None:
    """Draw anomalies over the dates in the data; a selection becomes a filter."""
    found = console().anomalies.trend(summary.run_id, view)
    about = "Needs a date column; this data has none."
    if found.column:
        about = f"Per {found.grain} of {found.column}. Drag to select."
    left_out = f"{text.plural(found.outliers, 'row')} with far-off dates left out"
    layout.title("When", about, left_out if found.outliers else "")
    if not found.points:
        return
    figure = charts.trend(found)
    figure.update_layout(height=charts.HEIGHT, yaxis_tickformat=".2~%")
    figure.update_traces(mode="lines+markers", marker={"size": 5}, selector={"type": "scatter"})

    def selected(points: list[Any]) -> list[Filter]:
        return [trend_filter(found, [point["point_index"] for point in points])]

    _draw(figure, "trend", selected)


def trend_filter(trend: Trend, places: list[int]) -> Filter:
    """Return the filter on the periods of some points of a trend.

    A period ends where the next begins, unless periods without rows lie between.
    """
    starts = [point.start for point in trend.points]
    first, last = min(places), max(places)
    width = GRAINS[trend.grain]
    end = starts[last] + width
    if width > timedelta(days=27):
        end += timedelta(days=2)
    return time_filter(trend.column, starts[first], min([end, *starts[last + 1 : last + 2]]))
