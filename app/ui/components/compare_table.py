"""Runs side by side: what differs by default, everything when asked."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

import streamlit as st

from app.charts.palette import SERIES
from app.services.run_compare import Comparison, Line
from app.services.runs import Run
from app.ui import context, html, text
from app.ui.components import layout, run_view, states
from app.ui.components.parameters import title_of

LETTERS = "ABCDEFGHIJ"
DIFFERENCES, EVERYTHING = "What differs", "Everything"
Entry = tuple[Line, str, Callable[..., str]]
"""A line, its title, and how its values are written."""


def show(found: Comparison, names: Mapping[str, str]) -> None:
    """The table; ``names`` are the data sets by id."""
    with st.container(horizontal=True, vertical_alignment="center"):
        place = st.container()
        shown = st.segmented_control(
            "Lines",
            [DIFFERENCES, EVERYTHING],
            default=DIFFERENCES,
            required=True,
            key="lines",
            bind="query-params",
            label_visibility="collapsed",
        )
    groups: dict[str, list[Entry]] = {
        "Run": _about(found, names),
        "Parameters of the model": [(line, title_of(line.name), str) for line in found.parameters],
        "Metrics": [
            (line, run_view.metric_title(line.name), _metric(line.name)) for line in found.metrics
        ],
    }
    kept = {
        title: [each for each in lines if each[0].differs or shown == EVERYTHING]
        for title, lines in groups.items()
    }
    hidden = sum(map(len, groups.values())) - sum(map(len, kept.values()))
    with place:
        layout.title("Side by side", _hidden(hidden))
    body = "".join(_group(title, lines) for title, lines in kept.items() if lines)
    table = html.tag("table", html.tag("thead", _head(found.runs)) + html.tag("tbody", body))
    st.html(html.tag("div", table, cls="ac-compare", tabindex="0"))


def _hidden(count: int) -> str:
    return f"{text.plural(count, 'line')} the same in all runs left out." if count else ""


def label(place: int, run: Run) -> str:
    """How a run is called in charts: its letter and its name."""
    return f"{LETTERS[place]} · {text.shorten(run.name, 24)}"


def badge(place: int) -> str:
    """The letter of a run in its colour."""
    return html.tag("span", LETTERS[place], cls="ac-letter", style=f"background:{SERIES[place]}")


def _head(runs: Sequence[Run]) -> str:
    cells = [html.tag("th", "")]
    for place, run in enumerate(runs):
        name = html.tag(
            "a",
            escape(run.name),
            href=f"/runs?run={run.run_id}",
            target="_self",
            cls="ac-link ac-cut",
            title=f"{run.name}, {run.run_id}",
        )
        when = html.words(text.minute(run.started, context.zone()), cls="ac-sub")
        cells.append(html.tag("th", html.tag("div", badge(place) + name, cls="ac-row") + when))
    return html.tag("tr", "".join(cells))


def _about(found: Comparison, names: Mapping[str, str]) -> list[Entry]:
    """What a run is, did and cost."""
    runs, models = found.runs, found.models
    values: dict[str, list[str | None]] = {
        "Kind": [states.KINDS[run.kind] if run.kind else None for run in runs],
        "Status": [states.RUN_STATES[run.status][0] for run in runs],
        "Data set": [names.get(run.dataset_id, run.dataset_id) or None for run in runs],
        "Model": [run_view.model_words(model) if model else None for model in models],
        "Duration": [text.duration(run.seconds) for run in runs],
        "Asked by": [run.requested_by or None for run in runs],
    }
    return [(Line(name, tuple(given)), name, str) for name, given in values.items()]


def _metric(name: str) -> Callable[[float], str]:
    return lambda value: run_view.metric(name, value)


def _group(title: str, lines: Sequence[Entry]) -> str:
    width = str(len(lines[0][0].values) + 1)
    rows = [html.tag("tr", html.tag("th", escape(title), colspan=width), cls="ac-group")]
    for line, name, write in lines:
        cells = [html.tag("th", html.words(name, cls="ac-cut", title=line.name))]
        cells += [_cell(value, write) for value in line.values]
        rows.append(html.tag("tr", "".join(cells)))
    return "".join(rows)


def _cell(value: object, write: Callable[..., str]) -> str:
    words = text.ABSENT if value is None else write(value)
    return html.tag("td", html.words(words, cls="ac-cut", title=words))
