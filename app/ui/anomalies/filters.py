"""Which rows: chips for the filters in force, and a form for another one on any column."""

from datetime import date, datetime, time
from functools import partial
from typing import Any

import streamlit as st

from app.services.anomalies.types import Field, Kind, Summary, View
from app.services.filters import Filter, Op
from app.ui.anomalies import address as state
from app.ui.anomalies import queries as ask
from app.ui.kit import inputs as held
from app.ui.kit import text

COLUMN, VALUES, WORDS, LOW, HIGH, DATES, KEEP = (
    f"filter-{name}" for name in ("column", "values", "words", "low", "high", "dates", "keep")
)
ONLY, WITHOUT = "Only these", "All but these"
MOST_CHOICES = 200


def form(summary: Summary) -> None:
    """Add a filter on any column."""
    with st.popover("Filter", icon=":material/filter_alt:", key="add-filter"):
        _form(summary)


def chips(summary: Summary, view: View) -> None:
    """Say what is shown in words, each part with the way to drop it."""
    clear = state.clear if view.filters else None
    held.chips([_chip(each, summary) for each in view.filters], clear)


def _chip(each: Filter, summary: Summary) -> held.Chip:
    known = each.column in summary.columns
    words = each.label if known else f"{each.column}: no such column in this run"
    return held.Chip(words, f"Drop the filter: {words}", partial(state.widen, each))


def applicable(view: View, summary: Summary) -> View:
    """Leave out filters on columns that this run does not have."""
    kept = tuple(each for each in view.filters if each.column in summary.columns)
    return View(kept, view.threshold)


def _form(summary: Summary) -> None:
    """One column, and what fits its kind."""
    column = st.selectbox("Column", summary.columns, key=COLUMN)
    field = next(each for each in summary.fields if each.name == column)
    listed = field.name in summary.facets and field.distinct <= MOST_CHOICES
    with st.form("add-filter-form", border=False):
        if field.kind is Kind.DATE:
            _dates(summary, field)
        elif field.kind is Kind.NUMBER:
            _range(summary, field)
        elif listed:
            _values(summary, field)
        if field.kind in (Kind.CATEGORY, Kind.TEXT):
            st.text_input("Contains", key=WORDS, placeholder="Part of the text")
        st.form_submit_button("Apply", type="primary", on_click=_apply, args=(field,))


def _values(summary: Summary, field: Field) -> None:
    counted = dict(ask.values(summary.run_id, field.name))
    st.multiselect(
        "Values",
        list(counted),
        format_func=lambda value: f"{value or 'missing'} ({text.number(counted[value])})",
        key=f"{VALUES}-{field.name}",
    )
    st.segmented_control("Keep", [ONLY, WITHOUT], default=ONLY, required=True, key=KEEP)


def _range(summary: Summary, field: Field) -> None:
    low, high = ask.bounds(summary.run_id, field.name)
    left, right = st.columns(2)
    left.number_input("From", value=None, key=LOW, placeholder=f"{low:.6g}")
    right.number_input("To", value=None, key=HIGH, placeholder=f"{high:.6g}")


def _dates(summary: Summary, field: Field) -> None:
    low, high = (_day(each) for each in ask.bounds(summary.run_id, field.name))
    st.date_input("From and to", value=[], min_value=low, max_value=high, key=DATES)


def _day(value: Any) -> date:  # noqa: ANN401 - a date or a moment
    return value.date() if isinstance(value, datetime) else value


def _apply(field: Field) -> None:
    """Turn what was typed into filters, and leave the form empty."""
    if added := typed(field, st.session_state):
        state.narrow(*added)
    for key in (f"{VALUES}-{field.name}", WORDS, LOW, HIGH, DATES):
        st.session_state.pop(key, None)


def typed(field: Field, form: Any) -> list[Filter]:  # noqa: ANN401 - Streamlit's session state
    """Read the filters out of the form."""
    found = []
    if values := form.get(f"{VALUES}-{field.name}"):
        op = Op.OUT if form.get(KEEP) == WITHOUT else Op.IN
        found.append(Filter(field.name, op, tuple(values)))
    if words := (form.get(WORDS) or "").strip():
        found.append(Filter(field.name, Op.CONTAINS, (words,)))
    low, high = form.get(LOW), form.get(HIGH)
    if field.kind is Kind.NUMBER and (low is not None or high is not None):
        found.append(Filter(field.name, Op.BETWEEN, (low, high)))
    days = form.get(DATES) or ()
    if field.kind is Kind.DATE and days:
        ends = (datetime.combine(days[0], time.min), datetime.combine(days[-1], time.max))
        found.append(Filter(field.name, Op.BETWEEN, tuple(each.isoformat() for each in ends)))
    return found
