"""The review queue: one record after another, and the precision measured so far."""

from html import escape

import streamlit as st

from app.services.reviews.service import RANDOM_EVERY
from app.services.reviews.types import QueuedRecord, SampledBy
from app.ui.kit import errors, html, layout, text
from app.ui.kit.context import console
from app.ui.reviews import labels, record, verdicts


def show(run_id: str, threshold: float) -> None:
    """Draw the queue of a scored run.

    Parameters
    ----------
    threshold
        Severity from which rows are reviewed in turn; rows below it are sampled at random.
    """
    with layout.card("review-progress"), errors.guarded("The review's results"):
        _results(run_id, threshold)
    with layout.card("review-next"), errors.guarded("The next record"):
        skipped = verdicts.skipped(run_id)
        queued = console().reviews.next(run_id, threshold, skipped)
        if queued is None:
            _done(run_id, skipped)
            return
        _reason(queued, threshold)
        record.show(run_id, queued.record, queued.sampled_by)
        # explained ahead, while the reviewer reads
        following = console().reviews.next(run_id, threshold, skipped | {queued.record.key})
        if following:
            record.explain_ahead(run_id, following.record.row)


def _results(run_id: str, threshold: float) -> None:
    """The precision of the model by all verdicts so far."""
    reviews = console().reviews
    precision = reviews.precision(run_id)
    to_review = reviews.rows_from(run_id, threshold)
    layout.title(
        "Review",
        f"The most severe records first, and one in {RANDOM_EVERY} drawn at random from below the "
        "threshold. Shares are of all verdicts under this model, with their 95 % interval.",
    )
    items = [
        ("Judged in this run", text.number(reviews.reviewed(run_id)), "by anybody"),
        ("To review", text.number(to_review), f"severity {text.number(threshold, 1)} or more"),
    ]
    for name, share in (
        ("Precision of what was flagged", precision.flagged),
        ("Missed among random rows", precision.missed),
    ):
        items.append((name, labels.share(share), labels.behind(share)))
    cells = [
        (name, html.span(value) + html.tag("div", escape(sub), cls="ac-sub"))
        for name, value, sub in items
    ]
    st.html(html.facts(cells))


def _reason(queued: QueuedRecord, threshold: float) -> None:
    """Why this record is next."""
    if queued.sampled_by is SampledBy.RANDOM:
        reason = (
            f"Drawn at random from the rows below severity {text.number(threshold, 1)}, as one in "
            f"{RANDOM_EVERY} is, so that what the model misses is measured too."
        )
    else:
        reason = "The most severe record that nobody has judged under this model."
    st.html(html.tag("div", html.span(reason), cls="ac-sub"))


def _done(run_id: str, skipped: frozenset[str]) -> None:
    with layout.empty("Nothing left to review", "Every record has a verdict or was skipped."):
        if skipped:
            st.button("Review the skipped ones", on_click=verdicts.review_skipped, args=(run_id,))
