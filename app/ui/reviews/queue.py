"""The review queue: one record after another, and how right the model has been so far."""

from html import escape

import streamlit as st

from app.services.reviews.service import RANDOM_EVERY
from app.services.reviews.types import Candidate, Record, SampledBy
from app.ui.anomalies import rows
from app.ui.kit import errors, html, layout, text
from app.ui.reviews import labels
from app.ui.reviews import queries as reviews_queries

SKIPPED = "review-skipped"


def show(run_id: str, threshold: float) -> None:
    """Draw the queue of a scored run.

    Parameters
    ----------
    threshold
        Severity from which rows are reviewed in turn; below it they are drawn at random.
    """
    with layout.card("review-progress"), errors.guarded("The review's results"):
        results(run_id, threshold)
    with layout.card("review-next"), errors.guarded("The next record"):
        skipped = st.session_state.get(_skips(run_id), frozenset())
        candidate = reviews_queries.candidate(run_id, threshold, skipped)
        if candidate is None:
            _done(run_id, skipped)
        else:
            _reason(candidate, threshold)
            rows.judged(
                run_id,
                candidate.record,
                candidate.sampled_by,
                beside=lambda: _skip(run_id, candidate.record),
                wide=True,
            )
            _prepare(run_id, threshold, skipped | {candidate.record.key})


def results(run_id: str, threshold: float) -> None:
    """What the verdicts say of the model, so far."""
    found = reviews_queries.precision(run_id)
    reviewed = reviews_queries.reviewed(run_id)
    waiting = reviews_queries.waiting(run_id, threshold)
    layout.title(
        "Review",
        f"The most severe records first, and one in {RANDOM_EVERY} drawn at random from below the "
        "threshold. Shares are of all verdicts under this model, with their 95 % interval.",
    )
    items = [
        ("Judged in this run", text.number(reviewed), "by anybody"),
        ("To review", text.number(waiting), f"severity {text.number(threshold, 1)} or more"),
        (
            "Precision of what was flagged",
            labels.share(found.flagged),
            labels.behind(found.flagged),
        ),
        (
            "Missed among random rows",
            labels.share(found.missed),
            labels.behind(found.missed),
        ),
    ]
    st.html(
        html.facts(
            [
                (name, html.words(value) + html.tag("div", escape(sub), cls="ac-sub"))
                for name, value, sub in items
            ]
        )
    )


def _prepare(run_id: str, threshold: float, passed: frozenset[str]) -> None:
    """Have the record after this one explained while the reviewer reads."""
    following = reviews_queries.candidate(run_id, threshold, passed)
    if following:
        rows.prepare(run_id, following.record.row)


def _reason(candidate: Candidate, threshold: float) -> None:
    """Why this record is next."""
    if candidate.sampled_by is SampledBy.RANDOM:
        words = (
            f"Drawn at random from the rows below severity {text.number(threshold, 1)}, as one in "
            f"{RANDOM_EVERY} is, so that what the model misses is measured too."
        )
    else:
        words = "The most severe record that nobody has judged under this model."
    st.html(html.tag("div", html.words(words), cls="ac-sub"))


def _skip(run_id: str, record: Record) -> None:
    st.button(
        "Skip",
        key=f"review-skip-{record.key}",
        icon=":material/skip_next:",
        help="Leave it for later; nothing is stored",
        shortcut="S",
        on_click=_pass_over,
        args=(run_id, record.key),
    )


def _pass_over(run_id: str, key: str) -> None:
    st.session_state[_skips(run_id)] = st.session_state.get(_skips(run_id), frozenset()) | {key}


def _done(run_id: str, skipped: frozenset[str]) -> None:
    with layout.empty("Nothing left to review", "Every record has a verdict or was skipped."):
        if skipped and st.button("Review the skipped ones"):
            del st.session_state[_skips(run_id)]
            st.rerun()


def _skips(run_id: str) -> str:
    return f"{SKIPPED}-{run_id}"
