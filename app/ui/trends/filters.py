"""What the Trends page is about; every choice is in the address, so that a view can be shared."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import streamlit as st

from app.services.trends.types import Choice, Grain, Scope
from app.ui.kit import text
from app.ui.trends import queries as trends_queries

CUSTOM, ALL, AUTOMATIC = "Custom", "All", "Auto"
RANGES: dict[str, int | None] = {
    "7 days": 7,
    "30 days": 30,
    "90 days": 90,
    "1 year": 365,
    ALL: None,
    CUSTOM: None,
}
GRAINS = {each.value.capitalize(): each for each in Grain}
RUNS_UP_TO, DAYS_UP_TO, WEEKS_UP_TO = 14, 92, 732
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)
_BIND: Final = "query-params"


def scope() -> Scope:
    """Let the operator choose time, grain, data set and model."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="trend-filters"):
        chosen = _segments("Time range", list(RANGES), "30 days", "range")
        grain = _segments("One point for each", [AUTOMATIC, *GRAINS], AUTOMATIC, "grain")
        first, last = _dates() if chosen == CUSTOM else (None, None)
        dataset = _narrow("Data set", "All data sets", "data", _data_labels())
        model = _narrow("Model", "All models", "model", _model_labels())
    days = RANGES[chosen]
    return Scope(
        days=days,
        first=first,
        last=last,
        grain=GRAINS.get(grain) or automatic(_length(days, first, last)),
        dataset_id=dataset,
        model_run_id=model,
    )


def automatic(days: int | None) -> Grain:
    """Return the grain that keeps the points of so many days apart; None means any number."""
    if days is None:
        return Grain.WEEK
    steps = {Grain.RUN: RUNS_UP_TO, Grain.DAY: DAYS_UP_TO, Grain.WEEK: WEEKS_UP_TO}
    return next((grain for grain, most in steps.items() if days <= most), Grain.MONTH)


def _length(days: int | None, first: date | None, last: date | None) -> int | None:
    if first is None:
        return days
    return ((last or datetime.now(UTC).date()) - first).days + 1


def _segments(label: str, options: Sequence[str], default: str, key: str) -> str:
    return st.segmented_control(label, options, default=default, required=True, key=key, bind=_BIND)


def _dates() -> tuple[date | None, date | None]:
    """Two days, both included; the wrong way round they are exchanged."""
    today = datetime.now(UTC).date()
    since = _date("From", today - timedelta(days=30), "from")
    until = _date("To", today, "to")
    if since and until and until < since:
        since, until = until, since
    return since, until


def _date(label: str, default: date, key: str) -> date | None:
    return st.date_input(
        label, default, min_value=EARLIEST, max_value=LATEST, key=key, bind=_BIND, width=140
    )


def _data_labels() -> dict[str, str]:
    return {
        each.key: f"{text.shorten(each.name, 40)} · {each.key[:6]}"
        for each in trends_queries.datasets()
    }


def _model_labels() -> dict[str, str]:
    return {each.key: model_label(each) for each in trends_queries.models()}


def model_label(model: Choice) -> str:
    """Name a model by when it was trained, as Grafana does."""
    return f"{text.minute(model.newest)} · {text.shorten(model.name, 24)} · {model.key[:6]}"


def _narrow(label: str, everything: str, key: str, labels: Mapping[str, str]) -> str:
    """One choice whose id is in the address; an id that is not listed stays chosen all the same."""
    asked = st.query_params.get(key, "")
    names = {"": everything} | ({asked: asked} if asked else {}) | dict(labels)
    options = list(names)
    chosen = st.selectbox(
        label,
        options,
        index=options.index(asked),
        format_func=lambda option: names.get(option, option),
        key=f"trend-{key}",
        width=300,
    )
    if chosen:
        st.query_params[key] = chosen
    else:
        st.query_params.pop(key, None)
    return chosen
