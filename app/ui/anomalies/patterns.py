"""What stands out: values, pairs of values, lanes over time, and points of two features."""

from typing import Any

import streamlit as st

from app.services.anomalies.segments import varied
from app.services.anomalies.timeline import pick_time
from app.services.anomalies.types import Cloud, Kind, Summary, View
from app.services.filters import Filter, Op
from app.ui.anomalies import address as state
from app.ui.anomalies import charts as anomalies_charts
from app.ui.anomalies import pattern_charts
from app.ui.anomalies import queries as ask
from app.ui.anomalies.overview import PICKING
from app.ui.kit import charts, layout, text

VALUES, PAIRS = "Values", "Pairs"
LANES, POINTS = "Over time", "Points"
SHOWN = 8


def standing_out(summary: Summary, view: View) -> None:
    """Values and pairs over-represented among the anomalies; a click shows one alone."""
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.title("What stands out", "Against all other rows. Click to filter.")
        of = st.segmented_control(
            "Segments",
            [VALUES, PAIRS],
            default=VALUES,
            required=True,
            key="segments",
            bind="query-params",
            label_visibility="collapsed",
            help="Pairs are shown where they say more than either of their values.",
        )
    find = ask.pair_segments if of == PAIRS else ask.single_segments
    found = varied(find(summary.run_id, view).values, SHOWN)
    if not found:
        st.caption("No value is surely more frequent among the anomalies than elsewhere.")
        return

    def pick(points: list[Any]) -> None:
        state.narrow(*found[points[0]["point_index"]].picks)

    state.pickable(anomalies_charts.segments(found), "segments", charts.CONFIG, pick, "points")


def patterns(summary: Summary, view: View) -> None:
    """Severity over time by a category, or rows as points of two features."""
    choices = [LANES, POINTS] if summary.date_column and summary.facets else [POINTS]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        title = st.container()
        shown = st.segmented_control(
            "Drawn as",
            choices,
            default=choices[0],
            required=True,
            key="drawn",
            bind="query-params",
            label_visibility="collapsed",
        )
    if shown == LANES:
        with title:
            layout.title("Where and when", "Colour: the severity that one row in ten reaches.")
        _lanes(summary, view)
    else:
        with title:
            layout.title("Rows as points", "Drag to select.")
        _points(summary, view)


def _lanes(summary: Summary, view: View) -> None:
    telling = ask.single_segments(summary.run_id, View()).telling
    options = [*telling, *(name for name in summary.facets if name not in telling)]
    column = st.selectbox(
        "Lanes",
        options,
        key="lane",
        bind="query-params",
        label_visibility="collapsed",
        help="Columns whose values differ most in their share of anomalies come first.",
    )
    found = ask.lanes(summary.run_id, view, column, summary.date_column)
    if found is None:
        st.caption("No row shown has a date.")
        return

    def pick(points: list[Any]) -> None:
        spots = [point["customdata"][:2] for point in points if point.get("customdata")]
        if spots:
            state.narrow(*picked_lanes(found.picks, spots), pick_steps(found, spots))

    state.pickable(pattern_charts.heatmap(found), "lanes", PICKING, pick, "points", "box")


def pick_steps(found: Any, spots: list[list[int]]) -> Filter:  # noqa: ANN401 - of Lanes
    """The filter on the time that some cells span."""
    steps = [step for _, step in spots]
    return pick_time(found.by, found.starts[min(steps)], found.starts[max(steps) + 1])


def picked_lanes(picks: tuple[Filter, ...], spots: list[list[int]]) -> list[Filter]:
    """One filter on the values of some lanes."""
    chosen = [picks[lane] for lane in sorted({lane for lane, _ in spots})]
    if len(chosen) == len(picks) > 1:
        return []
    if all(each.op is Op.IN for each in chosen):
        return [Filter(chosen[0].column, Op.IN, tuple(each.values[0] for each in chosen))]
    spans = [each.values for each in chosen if each.op is Op.BETWEEN]
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)  # type: ignore[type-var]
    return [Filter(chosen[0].column, Op.BETWEEN, (low, high))]


def _points(summary: Summary, view: View) -> None:
    names = summary.named(Kind.NUMBER, Kind.CATEGORY, Kind.DATE)
    telling = [
        name for name in ask.single_segments(summary.run_id, View()).telling if name in names
    ]
    first = [*telling, *names]
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
    points = ask.cloud(summary.run_id, view, x, y)
    st.caption(_honest(points))

    def pick(chosen: list[Any]) -> None:
        rows = {point.get("customdata") for point in chosen}
        held = (around(points, rows, axis, name) for axis, name in (("x", x), ("y", y)))
        state.narrow(*(each for each in held if each))

    figure = pattern_charts.scatter(points, (x, y), summary.bands)
    state.pickable(figure, "cloud", PICKING, pick, "box", "lasso")


def around(points: Cloud, rows: set[Any], axis: str, name: str) -> Filter | None:
    """The filter that holds some points on one axis."""
    pairs = [
        (value, row)
        for table in (points.anomalies, points.normals)
        for value, row in zip(
            table.column(axis).to_pylist(), table.column("row").to_pylist(), strict=True
        )
    ]
    held = [value for value, row in pairs if row in rows]
    given = [value for value in held if value is not None]
    if not given:
        return None
    if isinstance(given[0], str):
        return Filter(name, Op.IN, tuple(sorted(set(given))))
    low, high = min(given), max(given)
    if hasattr(low, "isoformat"):
        low, high = low.isoformat(), high.isoformat()
    return Filter(name, Op.BETWEEN, (low, high))


def _honest(points: Cloud) -> str:
    """Say how many of the rows are drawn."""
    drawn, normals = points.anomalies.num_rows, points.normals.num_rows
    if points.all_anomalies > drawn:
        odd = (
            f"The {text.number(drawn)} most severe of {text.number(points.all_anomalies)} anomalies"
        )
    else:
        odd = f"All {text.plural(drawn, 'anomaly', 'anomalies')}"
    return f"{odd} and {text.number(normals)} of {text.number(points.all_normals)} normal rows."
