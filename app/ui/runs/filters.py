"""Which runs to list: every choice is in the address, so that a list can be shared."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from app.clients.errors import Rejected
from app.services.runs.queries import (
    COMPARE,
    MOST_READ,
    Condition,
    RunFilter,
    SortKey,
    Subject,
    condition,
)
from app.services.runs.types import RunKind, RunStatus
from app.ui import cached
from app.ui.kit import context, errors
from app.ui.kit import inputs as held
from app.ui.kit.states import KINDS, RUN_STATES
from app.ui.runs import address

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
    chosen, refused = address.conditions()
    chips(chosen, refused)
    return replace(where, since=since, until=until, conditions=tuple(chosen))


def _text(label: str, placeholder: str, key: str) -> str:
    """One text whose content is in the address."""
    typed = st.text_input(
        label,
        placeholder=placeholder,
        key=key,
        bind=_BIND,
        on_change=address.first_page,
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
        on_change=address.first_page,
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
        address.narrow_to(DATA, chosen)
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
                on_change=address.first_page,
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
            on_change=address.first_page,
        )
        direction = st.segmented_control(
            "Order",
            ["Descending", "Ascending"],
            default="Descending",
            required=True,
            key="order",
            bind=_BIND,
            label_visibility="collapsed",
            on_change=address.first_page,
        )
    return key, direction != "Ascending"


SUBJECTS = {Subject.METRIC: "Metric", Subject.PARAM: "Parameter"}
SIGNS = {"<": "<", "<=": "≤", "=": "=", "!=": "≠", ">=": "≥", ">": ">"}
SUBJECT, NAME, SIGN, VALUE, REFUSAL = (
    f"condition-{part}" for part in ("subject", "name", "sign", "value", "refusal")
)
ABOUT = {
    Subject.METRIC: "Compared as numbers, by MLflow.",
    Subject.PARAM: (
        "= and ≠ are answered by MLflow, which keeps parameters as text. For <, ≤, ≥ and > the "
        f"console compares the numbers itself and reads up to {MOST_READ:,} runs for a page."
    ),
}


def form() -> None:
    """Add a condition."""
    with st.popover("Condition", icon=":material/filter_alt:", key="add-condition"):
        subject = st.segmented_control(
            "Of",
            list(SUBJECTS),
            default=Subject.METRIC,
            required=True,
            format_func=SUBJECTS.__getitem__,
            key=SUBJECT,
            label_visibility="collapsed",
        )
        with st.form("condition-form", border=False):
            _fields(subject)
            st.caption(ABOUT[subject])
            st.form_submit_button("Add", type="primary", on_click=_add)
        if refusal := st.session_state.get(REFUSAL):
            errors.notice("Not added", refusal)


def _fields(subject: Subject) -> None:
    """Name, comparison and value."""
    metrics, params = cached.run_fields()
    st.selectbox(
        "Name",
        metrics if subject is Subject.METRIC else params,
        key=f"{NAME}-{subject}",
        accept_new_options=True,
        help="Those of the newest runs; type any other.",
    )
    left, right = st.columns([1, 2])
    left.selectbox("Is", list(COMPARE), index=5, format_func=SIGNS.__getitem__, key=SIGN)
    right.text_input("Value", key=VALUE, placeholder="0.1")


def _add() -> None:
    """Turn what was typed into a condition, or say why it is none."""
    typed = st.session_state
    subject = typed[SUBJECT]
    try:
        name = typed.get(f"{NAME}-{subject}") or ""
        address.add(condition(subject, name, typed[SIGN], typed[VALUE] or ""))
    except Rejected as error:
        typed[REFUSAL] = error.message
    else:
        typed.pop(REFUSAL, None)
        typed[VALUE] = ""


def chips(chosen: Sequence[Condition], refused: Sequence[str]) -> None:
    """Say which conditions hold, each with the way to drop it, and what could not be read."""
    clear = partial(address.keep, []) if chosen or refused else None
    held.chips([_chip(each, chosen) for each in chosen], clear)
    for reason in refused:
        errors.notice("A condition of the address is left out", reason, "warn")


def _chip(each: Condition, chosen: Sequence[Condition]) -> held.Chip:
    words = in_words(each)
    others = [other for other in chosen if other != each]
    about = f"Drop the condition: {SUBJECTS[each.subject].lower()} {words}"
    return held.Chip(words, about, partial(address.keep, others))


def in_words(chosen: Condition) -> str:
    """Write a condition for a reader.

    >>> in_words(Condition(Subject.METRIC, "anomaly_rate", ">=", "0.1"))
    'anomaly_rate ≥ 0.1'
    """
    return f"{chosen.name} {SIGNS[chosen.comparison]} {chosen.value}"
