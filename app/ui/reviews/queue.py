"""The review queue: one record after another, and the precision measured so far."""

from html import escape

import streamlit as st

from app.services.reviews.service import RANDOM_EVERY
from app.services.reviews.types import QueuedRecord, SampledBy, ScoredRecord
from app.ui.anomalies import rows
from app.ui.kit import errors, html, layout, text
from app.ui.kit.context import console
from app.ui.reviews import labels


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
        skipped = st.session_state.get(_skipped(run_id), frozenset())
        queued = console().reviews.next(run_id, threshold, skipped)
        if queued is None:
            _done(run_id, skipped)
            return
        record = queued.record
        _reason(queued, threshold)
        rows.judged(
            run_id, record, queued.sampled_by, beside=lambda: _skip(run_id, record), wide=True
        )
        # explained ahead, while the reviewer reads
        following = console().reviews.next(run_id, threshold, skipped | {record.key})
        if following:
            rows.prepare(run_id, following.record.row)


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
        (
            "Precision of what was flagged",
            labels.share(precision.flagged),
            labels.behind(precision.flagged),
        ),
        (
            "Missed among random rows",
            labels.share(precision.missed),
            labels.behind(precision.missed),
        ),
    ]
    cells = [
        (name, html.words(value) + html.tag("div", escape(sub), cls="ac-sub"))
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
    st.html(html.tag("div", html.words(reason), cls="ac-sub"))


def _skip(run_id: str, record: ScoredRecord) -> None:
    st.button(
        "Skip",
        key=f"review-skip-{record.key}",
        icon=":material/skip_next:",
        help="Leave it for later; nothing is stored",
        shortcut="S",
        on_click=_add_skipped,
        args=(run_id, record.key),
    )


def _add_skipped(run_id: str, key: str) -> None:
    name = _skipped(run_id)
    st.session_state[name] = st.session_state.get(name, frozenset()) | {key}


def _done(run_id: str, skipped: frozenset[str]) -> None:
    with layout.empty("Nothing left to review", "Every record has a verdict or was skipped."):
        if skipped and st.button("Review the skipped ones"):
            del st.session_state[_skipped(run_id)]
            st.rerun()


def _skipped(run_id: str) -> str:
    return f"review-skipped-{run_id}"
