"""One scored record: heading, verdicts, the buttons to judge it, and its explanation."""

import contextlib

import streamlit as st

from app.services.reviews.types import SampledBy, ScoredRecord, in_force
from app.ui.explanations import views as explanations_views
from app.ui.kit import errors, html, layout, text
from app.ui.kit.context import console
from app.ui.reviews import labels, verdicts
from pipeline.errors import PipelineError
from pipeline.model.threshold import band


def show_row(run_id: str, row: int) -> None:
    """Draw a row of a scored run, by its number in the file from 1, with a way to judge it."""
    with layout.card("row-detail"), errors.guarded(f"Row {row:,}"):
        (record,) = console().reviews.records(run_id, (row,))
        show(run_id, record, SampledBy.TOP)


def explain_ahead(run_id: str, row: int) -> None:
    """Start explaining a row that may soon be opened; the first of a model takes seconds."""
    # Errors are shown when the row is opened.
    with contextlib.suppress(PipelineError):
        console().explanations.get(run_id, row, 0)


def show(run_id: str, record: ScoredRecord, sampled_by: SampledBy) -> None:
    """Draw a record with its verdicts, the buttons to judge it, and its explanation.

    A record of the review queue has room for two columns.
    """
    place = st.empty()
    place.html(heading(record))
    with errors.guarded("Verdicts"):
        history = console().reviews.history((record.key,))[record.key]
        place.html(heading(record, labels.pill(in_force(history))))
        verdicts.single(run_id, record, history, sampled_by)
        labels.history(history, run_id)
    explanations_views.show(run_id, record, wide=sampled_by is not SampledBy.TOP)


def heading(record: ScoredRecord, verdict: str = "") -> str:
    """Return row, band, severity and score, and the verdict in force where it is known."""
    name = band(record.severity)
    marks = [
        html.span(f"Row {record.row:,}", cls="ac-title"),
        html.pill(name.capitalize(), f"band-{name}"),
        verdict,
    ]
    numbers = f"Severity {text.number(record.severity, 2)} · score {record.score:.4f}"
    return html.tag("div", "".join(marks), cls="ac-row") + html.tag(
        "div", html.span(numbers, cls="ac-num"), cls="ac-sub"
    )
