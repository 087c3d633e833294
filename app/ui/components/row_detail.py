"""Everything there is to know of one row."""

import contextlib
from collections.abc import Callable

import streamlit as st

from app.clients.errors import ServiceError
from app.services.reviews import Record, SampledBy, in_force
from app.ui import context, guard, html, review_questions, text
from app.ui.components import layout, row_why, verdict_bar, verdict_words
from pipeline.errors import PipelineError
from pipeline.threshold import band


def show(run_id: str, row: int) -> None:
    """Draw a row of a scored run, by its number in the file from 1, with a way to judge it."""
    with layout.card("row-detail"), guard.guarded(f"Row {row:,}"):
        (record,) = review_questions.records(run_id, (row,))
        judged(run_id, record, SampledBy.TOP)


def prepare(run_id: str, row: int) -> None:
    """Have a row explained that may soon be opened; the first of a model takes seconds."""
    # What goes wrong is told when the row is opened.
    with contextlib.suppress(ServiceError, PipelineError):
        context.console().explanations.of(run_id, row, 0)


def judged(
    run_id: str,
    record: Record,
    sampled_by: SampledBy,
    *,
    beside: Callable[[], None] | None = None,
    wide: bool = False,
) -> None:
    """The record, what was said of it, the buttons to say more, and why it was scored so.

    Parameters
    ----------
    beside
        Draws what else can be done with the record, beside the verdicts.
    wide
        There is room for two columns.
    """
    place = st.empty()
    place.html(heading(record))
    with guard.guarded("Verdicts"):
        history = review_questions.history((record.key,))[record.key]
        place.html(heading(record, verdict_words.pill(in_force(history))))
        verdict_bar.single(run_id, record, history, sampled_by, beside)
        verdict_words.history(history, run_id)
    row_why.show(run_id, record, wide=wide)


def heading(record: Record, verdict: str = "") -> str:
    """Row, band, severity and score, and the verdict in force where it is known."""
    name = band(record.severity)
    marks = [
        html.words(f"Row {record.row:,}", cls="ac-title"),
        html.pill(name.capitalize(), f"band-{name}"),
        verdict,
    ]
    numbers = f"Severity {text.number(record.severity, 2)} · score {record.score:.4f}"
    return html.tag("div", "".join(marks), cls="ac-row") + html.tag(
        "div", html.words(numbers, cls="ac-num"), cls="ac-sub"
    )
