"""Patterns: values and pairs that stand out, the heatmap over time, and rows as points."""

from typing import Any

import streamlit as st

from app.services.anomalies.queries import time_filter
from app.services.anomalies.segments import varied
from app.services.anomalies.types import ColumnKind, Heatmap, Scatter, Summary, View
from app.services.filters import Filter, Op
from app.ui.anomalies import charts, pattern_charts
from app.ui.anomalies.filters import selectable
from app.ui.kit import address, layout, text
from app.ui.kit.context import console

VALUES, PAIRS = "Values", "Pairs"
HEATMAP, SCATTER = "Over time", "Points"
SHOWN = 8


def standing_out(summary: Summary, view: View) -> None:
    """Draw values and pairs over-represented among the anomalies; a click filters by one."""
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.title("What stands out", "Against all other rows. Click to filter.")
        about = "Pairs are shown where they say more than either of their values."
        shown = address.switch("Segments", [VALUES, PAIRS], "segments", help=about)
    anomalies = console().anomalies
    find = anomalies.pairs if shown == PAIRS else anomalies.segments
    found = varied(find(summary.run_id, view).values, SHOWN)
    if not found:
        st.caption("No value is surely more frequent among the anomalies than elsewhere.")
        return
    selectable(
        charts.segments(found),
        "segments",
        lambda points: found[points[0]["point_index"]].filters,
        "points",
    )


def patterns(summary: Summary, view: View) -> None:
    """Draw severity over time by a category, or rows as points of two columns."""
    choices = [HEATMAP, SCATTER] if summary.date_column and summary.facets else [SCATTER]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        title = st.container()
        shown = address.switch("Drawn as", choices, "drawn")
    with title:
        if shown == HEATMAP:
            layout.title("Where and when", "Colour: the severity that one row in ten reaches.")
        else:
            layout.title("Rows as points", "Drag to select.")
    if shown == HEATMAP:
        _heatmap(summary, view)
    else:
        _scatter(summary, view)


def _heatmap(summary: Summary, view: View) -> None:
    informative = console().anomalies.segments(summary.run_id).informative
    column = st.selectbox(
        "Rows of the heatmap",
        dict.fromkeys([*informative, *summary.facets]),
        key="heatmap",
        bind="query-params",
        label_visibility="collapsed",
        help="Columns whose values differ most in their share of anomalies come first.",
    )
    found = console().anomalies.heatmap(summary.run_id, view, column)
    if found is None:
        st.caption("No row shown has a date.")
        return

    def selected(points: list[Any]) -> list[Filter]:
        cells = [point["customdata"][:2] for point in points if point.get("customdata")]
        return heatmap_filters(found, cells) if cells else []

    selectable(pattern_charts.heatmap(found), "heatmap", selected, "points", "box")


def heatmap_filters(found: Heatmap, cells: list[list[int]]) -> list[Filter]:
    """Return the filters on the time range and the values of some cells, given as line and step."""
    steps = [step for _, step in cells]
    dates = time_filter(found.by, found.starts[min(steps)], found.starts[max(steps) + 1])
    return [*line_filters(found.filters, {line for line, _ in cells}), dates]


def line_filters(filters: tuple[Filter, ...], lines: set[int]) -> list[Filter]:
    """Return one filter on the values of some lines; none where all are selected."""
    chosen = [filters[line] for line in sorted(lines)]
    if len(chosen) == len(filters) > 1:
        return []
    if all(each.op is Op.IN for each in chosen):
        return [Filter(chosen[0].column, Op.IN, tuple(each.values[0] for each in chosen))]
    ranges = [each.values for each in chosen if each.op is Op.BETWEEN]
    low, high = min(ends[0] for ends in ranges), max(ends[1] for ends in ranges)  # type: ignore[type-var]
    return [Filter(chosen[0].column, Op.BETWEEN, (low, high))]


def _scatter(summary: Summary, view: View) -> None:
    names = summary.named(ColumnKind.NUMBER, ColumnKind.CATEGORY, ColumnKind.DATE)
    informative = console().anomalies.segments(summary.run_id).informative
    first = [*(name for name in informative if name in names), *names]
    with st.container(horizontal=True):
        x, y = (
            st.selectbox(
                label,
                names,
                index=names.index(first[min(place, len(first) - 1)]),
                key=key,
                bind="query-params",
                label_visibility="collapsed",
            )
            for place, (label, key) in enumerate((("Across", "x"), ("Up", "y")))
        )
    found = console().anomalies.scatter(summary.run_id, view, x, y)
    st.caption(_drawn(found))

    def selected(points: list[Any]) -> list[Filter]:
        rows = {point.get("customdata") for point in points}
        filters = (scatter_filter(found, rows, axis, name) for axis, name in (("x", x), ("y", y)))
        return [each for each in filters if each]

    selectable(pattern_charts.scatter(found, (x, y)), "scatter", selected, "box", "lasso")


def scatter_filter(points: Scatter, rows: set[Any], axis: str, name: str) -> Filter | None:
    """Return the filter on one axis that keeps the rows of some points."""
    values = [
        value
        for table in (points.anomalies, points.normals)
        for value, row in zip(
            table.column(axis).to_pylist(), table.column("row").to_pylist(), strict=True
        )
        if row in rows and value is not None
    ]
    if not values:
        return None
    if isinstance(values[0], str):
        return Filter(name, Op.IN, tuple(sorted(set(values))))
    low, high = min(values), max(values)
    if hasattr(low, "isoformat"):
        low, high = low.isoformat(), high.isoformat()
    return Filter(name, Op.BETWEEN, (low, high))


def _drawn(points: Scatter) -> str:
    """Say how many of the rows are drawn."""
    drawn, normals = points.anomalies.num_rows, points.normals.num_rows
    anomalies = f"All {text.plural(drawn, 'anomaly', 'anomalies')}"
    if points.all_anomalies > drawn:
        whole = text.number(points.all_anomalies)
        anomalies = f"The {text.number(drawn)} most severe of {whole} anomalies"
    return (
        f"{anomalies} and {text.number(normals)} of {text.number(points.all_normals)} normal rows."
    )
