"""The view of the page in its address, and the chips, form and charts that change it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from functools import partial
from typing import Any, Literal

import plotly.graph_objects as go
import streamlit as st

from app.services.anomalies.types import ColumnKind, ScoredColumn, Summary, View, parse_threshold
from app.services.filters import Filter, Op
from app.ui.kit import address, charts, inputs, text
from app.ui.kit.context import console

THRESHOLD, ROW, PAGE = "t", "row", "page"


def view() -> View:
    """Read filters and threshold from the address."""
    return View(address.filters(), parse_threshold(address.get(THRESHOLD)))


def applicable(chosen: View, summary: Summary) -> View:
    """Leave out filters on columns that this run does not have."""
    kept = tuple(each for each in chosen.filters if each.column in summary.columns)
    return View(kept, chosen.threshold)


def narrow(*added: Filter) -> None:
    """Add filters to the address; each replaces one of its column and operator."""
    _put(view().with_filters(*added).filters)


def move_threshold(severity: float | None) -> None:
    """Put a threshold into the address; None is the model's own."""
    address.put(THRESHOLD, "" if severity is None else f"{severity:g}")
    _first_page()


def open_row(number: int | None) -> None:
    """Put the open row into the address."""
    address.put(ROW, str(number or ""))


def _put(filters: Sequence[Filter]) -> None:
    address.put_filters(filters)
    _first_page()


def _first_page() -> None:
    """Show the first page of another set of rows."""
    if PAGE in st.session_state:
        st.session_state[PAGE] = 1


def chips(summary: Summary, chosen: View) -> None:
    """List the filters in force, each with a button that drops it."""

    def chip(each: Filter) -> inputs.Chip:
        known = each.column in summary.columns
        label = each.label if known else f"{each.column}: no such column in this run"
        others = [other for other in chosen.filters if other != each]
        return inputs.Chip(label, f"Drop the filter: {label}", partial(_put, others))

    inputs.chips([chip(each) for each in chosen.filters], _clear if chosen.filters else None)


def _clear() -> None:
    _put(())
    move_threshold(None)


SELECTING = charts.CONFIG | {
    "modeBarButtonsToRemove": ["lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "zoom2d", "pan2d"]
}


def selectable(
    figure: go.Figure,
    key: str,
    filters_of: Callable[[list[Any]], Sequence[Filter]],
    *modes: Literal["points", "box", "lasso"],
) -> None:
    """Draw a chart whose selected points become the filters that ``filters_of`` makes of them.

    The chart then forgets its selection: it is drawn again under another key.
    """
    turn = st.session_state.setdefault(f"{key}-turn", 0)
    name = f"chart-{key}-{turn}"

    def selected() -> None:
        if points := st.session_state[name]["selection"]["points"]:
            narrow(*filters_of(points))
            st.session_state[f"{key}-turn"] = turn + 1

    config = SELECTING if "box" in modes else charts.CONFIG
    st.plotly_chart(figure, key=name, config=config, on_select=selected, selection_mode=modes)


COLUMN, VALUES, TEXT, LOW, HIGH, DATES, KEEP = (
    f"filter-{name}" for name in ("column", "values", "text", "low", "high", "dates", "keep")
)
ONLY, WITHOUT = "Only these", "All but these"
MOST_CHOICES = 200


def form(summary: Summary) -> None:
    """Add a filter on any column."""
    with st.popover("Filter", icon=":material/filter_alt:", key="add-filter"):
        column = st.selectbox("Column", summary.columns, key=COLUMN)
        field = next(each for each in summary.fields if each.name == column)
        with st.form("add-filter-form", border=False):
            _inputs(summary, field)
            st.form_submit_button("Apply", type="primary", on_click=_apply, args=(field,))


def _inputs(summary: Summary, field: ScoredColumn) -> None:
    """Draw the inputs that fit the kind of the column."""
    if field.kind in (ColumnKind.DATE, ColumnKind.NUMBER):
        low, high = console().anomalies.bounds(summary.run_id, field.name)
        if field.kind is ColumnKind.DATE:
            low, high = _day(low), _day(high)
            st.date_input("From and to", value=[], min_value=low, max_value=high, key=DATES)
        else:
            left, right = st.columns(2)
            left.number_input("From", value=None, key=LOW, placeholder=f"{low:.6g}")
            right.number_input("To", value=None, key=HIGH, placeholder=f"{high:.6g}")
    elif field.name in summary.facets and field.distinct <= MOST_CHOICES:
        _values(summary, field)
    if field.kind in (ColumnKind.CATEGORY, ColumnKind.TEXT):
        st.text_input("Contains", key=TEXT, placeholder="Part of the text")


def _values(summary: Summary, field: ScoredColumn) -> None:
    counted = dict(console().anomalies.values(summary.run_id, field.name))
    st.multiselect(
        "Values",
        list(counted),
        format_func=lambda value: f"{value or 'missing'} ({text.number(counted[value])})",
        key=f"{VALUES}-{field.name}",
    )
    st.segmented_control("Keep", [ONLY, WITHOUT], default=ONLY, required=True, key=KEEP)


def _day(value: Any) -> date:  # noqa: ANN401 - a date or a moment
    return value.date() if isinstance(value, datetime) else value


def _apply(field: ScoredColumn) -> None:
    """Add what was entered as filters, and empty the form."""
    if added := entered(field, st.session_state):
        narrow(*added)
    for key in (f"{VALUES}-{field.name}", TEXT, LOW, HIGH, DATES):
        st.session_state.pop(key, None)


def entered(field: ScoredColumn, state: Any) -> list[Filter]:  # noqa: ANN401 - Streamlit's session state
    """Read the filters from the form."""
    found = []
    if values := state.get(f"{VALUES}-{field.name}"):
        op = Op.OUT if state.get(KEEP) == WITHOUT else Op.IN
        found.append(Filter(field.name, op, tuple(values)))
    if part := (state.get(TEXT) or "").strip():
        found.append(Filter(field.name, Op.CONTAINS, (part,)))
    low, high = state.get(LOW), state.get(HIGH)
    if field.kind is ColumnKind.NUMBER and (low is not None or high is not None):
        found.append(Filter(field.name, Op.BETWEEN, (low, high)))
    days = state.get(DATES) or ()
    if field.kind is ColumnKind.DATE and days:
        ends = (datetime.combine(days[0], time.min), datetime.combine(days[-1], time.max))
        found.append(Filter(field.name, Op.BETWEEN, tuple(each.isoformat() for each in ends)))
    return found
