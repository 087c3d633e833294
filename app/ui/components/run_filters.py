"""Which runs to list: every choice is in the address, so that a list can be shared."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from app.services.runs import RunFilter, RunKind, RunStatus, SortKey
from app.ui import context
from app.ui.components import run_conditions, run_state
from app.ui.components.states import KINDS, RUN_STATES

ANY, CUSTOM, DATA = "any", "custom", "data"
_BIND: Final = "query-params"
STARTED = {
    ANY: "Any time",
    "1": "Last 24 hours",
    "7": "Last 7 days",
    "30": "Last 30 days",
    "90": "Last 90 days",
    CUSTOM: "From … to …",
}
STEP = timedelta(minutes=5)
"""A time relative to now moves in these steps, so that pages of one list are of one list."""

SORTS = {
    SortKey.STARTED: "Started",
    SortKey.ENDED: "Ended",
    SortKey.NAME: "Name",
    SortKey.ANOMALY_RATE: "Anomaly rate",
    SortKey.ROWS: "Rows",
    SortKey.TRAINING_SECONDS: "Training time",
    SortKey.SCORING_SECONDS: "Scoring time",
    SortKey.INJECTED_RECALL: "Planted anomalies caught",
    SortKey.DRIFT_MAX: "Largest drift",
}


def filters(names: Mapping[str, str]) -> RunFilter:
    """Let the operator narrow the list; ``names`` are the data sets by id."""
    text, kind, status, data, who, when = st.columns([3, 2, 2, 3, 2, 2])
    kinds = {ANY: "Any kind"} | {each.value: KINDS[each] for each in RunKind}
    states = {ANY: "Any status"} | {each.value: RUN_STATES[each][0] for each in RunStatus}
    with text:
        words = _text("Search", "Name, or a whole id", "text")
    with kind:
        chosen_kind = _choice("Kind", kinds, "kind")
    with status:
        chosen_status = _choice("Status", states, "status")
    with data:
        dataset = _dataset(names)
    with who:
        asked = _text("Asked by", "Whole user name", "who")
    with when:
        started = _choice("Started", STARTED, "started")
    return _with_conditions(
        RunFilter(
            kind=None if chosen_kind == ANY else RunKind(chosen_kind),
            status=None if chosen_status == ANY else RunStatus(chosen_status),
            dataset_id=dataset,
            requested_by=asked,
            text=words,
        ),
        started,
    )


def _with_conditions(where: RunFilter, started: str) -> RunFilter:
    """Add the time, which may need two days more, and the conditions in force."""
    first, last = _days() if started == CUSTOM else (None, None)
    since, until = span(started, first, last, datetime.now(UTC))
    chosen, refused = run_state.conditions()
    run_conditions.chips(chosen, refused)
    return replace(where, since=since, until=until, conditions=tuple(chosen))


def _text(label: str, placeholder: str, key: str) -> str:
    """One text whose content is in the address."""
    typed = st.text_input(
        label,
        placeholder=placeholder,
        key=key,
        bind=_BIND,
        on_change=run_state.first_page,
        type="search" if key == "text" else "default",
    )
    return (typed or "").strip()


def _choice(label: str, options: Mapping[str, str], key: str) -> str:
    """One drop-down whose choice is in the address."""
    return st.selectbox(
        label,
        list(options),
        format_func=lambda option: options.get(option, option),
        key=key,
        bind=_BIND,
        on_change=run_state.first_page,
    )


def _dataset(names: Mapping[str, str]) -> str:
    """One data set whose id is in the address; one that is not listed stays chosen all the same."""
    asked = st.query_params.get(DATA, "")
    known = {"": "Any data set", **({asked: asked} if asked else {}), **names}
    chosen = st.selectbox(
        "Data set",
        list(known),
        index=list(known).index(asked),
        format_func=lambda each: f"{known[each]} · {each[:6]}" if each in names else known[each],
        key=f"data-{asked}",
        help="The newest; type the id of an older one into Search.",
    )
    if chosen != asked:
        run_state.narrow_to(DATA, chosen)
        st.rerun()
    return chosen


def _days() -> tuple[date | None, date | None]:
    """Two days, both included; the wrong way round they are exchanged."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        first, last = (
            st.date_input(
                label,
                None,
                key=label.lower(),
                bind=_BIND,
                width=150,
                on_change=run_state.first_page,
                format="YYYY-MM-DD",
                help="In your time zone; empty leaves this end open",
            )
            for label in ("From", "To")
        )
    return (last, first) if first and last and last < first else (first, last)


def span(
    started: str, first: date | None, last: date | None, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Return the earliest start and the first one that is too late; None leaves an end open."""
    if started.isdecimal():
        return _step(now) - timedelta(days=int(started)), None
    since, until = map(_midnight, (first, last))
    return since, until + timedelta(days=1) if until else None


def _step(now: datetime) -> datetime:
    return datetime.fromtimestamp(now.timestamp() // STEP.seconds * STEP.seconds, UTC)


def _midnight(day: date | None) -> datetime | None:
    """When a day begins for the operator."""
    zone = ZoneInfo(context.zone() or "UTC")
    return datetime.combine(day, time.min, zone) if day else None


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
            on_change=run_state.first_page,
        )
        direction = st.segmented_control(
            "Order",
            ["Descending", "Ascending"],
            default="Descending",
            required=True,
            key="order",
            bind=_BIND,
            label_visibility="collapsed",
            on_change=run_state.first_page,
        )
    return key, direction != "Ascending"
