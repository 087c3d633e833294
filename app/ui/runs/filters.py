"""Filters, conditions and order of the list of runs; each choice is in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from app.services.filters import SIGNS, Filter, TimeRange
from app.services.runs.queries import (
    METRICS,
    MOST_READ,
    PARAMS,
    RunFilter,
    SortKey,
    run_condition,
)
from app.ui.kit import context, errors, inputs
from app.ui.kit.address import choice
from app.ui.runs.address import conditions, first_page, put_conditions
from app.ui.runs.labels import KINDS, RUN_STATES, metric_title
from pipeline.errors import Rejected
from pipeline.tracking.runs import RunKind, RunStatus

_BIND: Final = "query-params"
ANY, CUSTOM = "any", "custom"
KIND_OPTIONS = {ANY: "Any kind"} | {each.value: KINDS[each] for each in RunKind}
STATUS_OPTIONS = {ANY: "Any status"} | {each.value: RUN_STATES[each][0] for each in RunStatus}
STARTED = {
    ANY: "Any time",
    "1": "Last 24 hours",
    "7": "Last 7 days",
    "30": "Last 30 days",
    "90": "Last 90 days",
    CUSTOM: "From … to …",
}
STEP = timedelta(minutes=5)
"""Times relative to now move in these steps, so that the pages of a list belong together."""

SORTS = {
    SortKey.STARTED: "Started",
    SortKey.ENDED: "Ended",
    SortKey.NAME: "Name",
} | {
    key: metric_title(key)
    for key in (
        SortKey.ANOMALY_RATE,
        SortKey.ROWS,
        SortKey.TRAINING_SECONDS,
        SortKey.SCORING_SECONDS,
        SortKey.INJECTED_RECALL,
        SortKey.DRIFT_MAX,
    )
}

NAME, OPERATOR, VALUE, SUBJECT, REFUSAL = (
    f"condition-{part}" for part in ("name", "operator", "value", "subject", "refusal")
)
SUBJECTS = {METRICS: "Metric", PARAMS: "Parameter"}
HELP = {
    METRICS: "Compared as numbers, by MLflow.",
    PARAMS: (
        "= and ≠ are answered by MLflow, which keeps parameters as text. For <, ≤, ≥ and > the "
        f"console compares the numbers itself and reads up to {MOST_READ:,} runs for a page."
    ),
}


def run_filter(dataset_names: Mapping[str, str]) -> RunFilter:
    """Let the operator narrow the list; ``dataset_names`` are by id."""
    columns = st.columns([3, 2, 2, 3, 2, 2])
    with columns[0]:
        text = _text("Search", "Name, or a complete id", "text")
    with columns[1]:
        kind = _select("Kind", KIND_OPTIONS, "kind")
    with columns[2]:
        status = _select("Status", STATUS_OPTIONS, "status")
    with columns[3]:
        dataset_id = _dataset(dataset_names)
    with columns[4]:
        who = _text("Triggered by", "User name", "who")
    with columns[5]:
        started = _select("Started", STARTED, "started")
    since, until = _time_range(started)
    chosen, refused = conditions()
    _chips(chosen, refused)
    return RunFilter(
        kind=None if kind == ANY else RunKind(kind),
        status=None if status == ANY else RunStatus(status),
        dataset_id=dataset_id,
        requested_by=who,
        text=text,
        since=since,
        until=until,
        conditions=tuple(chosen),
    )


def _dataset(names: Mapping[str, str]) -> str:
    return choice(
        "Data set",
        "dataset",
        {each: f"{name} · {each[:6]}" for each, name in names.items()},
        "Any data set",
        help="The newest; type the id of an older one into Search.",
        on_change=first_page,
    )


def _text(label: str, placeholder: str, key: str) -> str:
    typed = st.text_input(
        label,
        placeholder=placeholder,
        key=key,
        bind=_BIND,
        on_change=first_page,
        type="search" if key == "text" else "default",
    )
    return (typed or "").strip()


def _select(label: str, options: Mapping[str, str], key: str) -> str:
    return st.selectbox(
        label,
        list(options),
        format_func=lambda option: options.get(option, option),
        key=key,
        bind=_BIND,
        on_change=first_page,
    )


def _time_range(started: str) -> tuple[datetime | None, datetime | None]:
    """Return the earliest start and the first moment after the latest."""
    zone = ZoneInfo(context.zone() or "UTC")
    if started.isdecimal():
        chosen = TimeRange(int(started))
    else:
        chosen = TimeRange(None, *(_days() if started == CUSTOM else ()))
    seconds = STEP.seconds
    now = datetime.fromtimestamp(datetime.now(UTC).timestamp() // seconds * seconds, UTC)
    return chosen.since(now, zone), chosen.until(zone)


def _days() -> tuple[date | None, date | None]:
    """Let the operator choose two days, both included; in the wrong order they are swapped."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        first, last = (
            st.date_input(
                label,
                None,
                key=label.lower(),
                bind=_BIND,
                width=150,
                on_change=first_page,
                format="YYYY-MM-DD",
                help="In your time zone; empty leaves this end open",
            )
            for label in ("From", "To")
        )
    return (last, first) if first and last and last < first else (first, last)


def order() -> tuple[SortKey, bool]:
    """Let the operator sort; returns the key and whether the largest comes first."""
    with st.container(horizontal=True, vertical_alignment="center", width="content", wrap=False):
        key = st.selectbox(
            "Sort by",
            list(SORTS),
            format_func=SORTS.__getitem__,
            key="sort",
            bind=_BIND,
            width=220,
            label_visibility="collapsed",
            on_change=first_page,
        )
        direction = st.segmented_control(
            "Order",
            ["Descending", "Ascending"],
            default="Descending",
            required=True,
            key="order",
            bind=_BIND,
            label_visibility="collapsed",
            on_change=first_page,
        )
    return key, direction != "Ascending"


def condition_form() -> None:
    """Let the operator add a condition."""
    with st.popover("Condition", icon=":material/filter_alt:", key="add-condition"):
        subject = st.segmented_control(
            "Of",
            list(SUBJECTS),
            default=METRICS,
            required=True,
            format_func=SUBJECTS.__getitem__,
            key=SUBJECT,
            label_visibility="collapsed",
        )
        with st.form("condition-form", border=False):
            metrics, params = context.console().runs.fields()
            st.selectbox(
                "Name",
                metrics if subject == METRICS else params,
                key=f"{NAME}-{subject}",
                accept_new_options=True,
                help="Those of the newest runs; type any other.",
            )
            left, right = st.columns([1, 2])
            left.selectbox("Is", list(SIGNS), index=5, format_func=SIGNS.__getitem__, key=OPERATOR)
            right.text_input("Value", key=VALUE, placeholder="0.1")
            st.caption(HELP[subject])
            st.form_submit_button("Add", type="primary", on_click=_add_condition)
        if refusal := st.session_state.get(REFUSAL):
            errors.notice("Not added", refusal)


def _add_condition() -> None:
    """Add what was typed to the conditions, or keep why it cannot be used."""
    typed = st.session_state
    name = typed.get(f"{NAME}-{typed[SUBJECT]}") or ""
    try:
        column = f"{typed[SUBJECT]}.{name}"
        added = run_condition(column, typed[OPERATOR], typed[VALUE] or "")
        put_conditions([*conditions()[0], added])
    except Rejected as error:
        typed[REFUSAL] = error.message
    else:
        typed.pop(REFUSAL, None)
        typed[VALUE] = ""


def _chips(chosen: Sequence[Filter], refused: Sequence[str]) -> None:
    """Show the conditions, each with a way to drop it, and those that cannot be used."""
    chips = [
        inputs.Chip(
            replace(each, column=each.column.partition(".")[2]).label,
            f"Drop the condition: {each.label}",
            partial(put_conditions, [other for other in chosen if other != each]),
        )
        for each in chosen
    ]
    inputs.chips(chips, partial(put_conditions, []) if chosen or refused else None)
    for reason in refused:
        errors.notice("A condition of the address is left out", reason, "warn")
