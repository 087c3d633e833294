"""Buttons that give verdicts on one record or a selection, and the column that shows them."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import streamlit as st

from app.services.reviews.records import keys_of
from app.services.reviews.types import GivenVerdict, SampledBy, ScoredRecord, Verdict, in_force
from app.ui.kit import errors, text
from app.ui.kit.context import console, operator
from app.ui.reviews.labels import LABELS
from pipeline.errors import ServiceError

KEYS = {Verdict.CONFIRMED: "Y", Verdict.FALSE_ALARM: "N", Verdict.UNSURE: "U"}
ICONS = {
    Verdict.CONFIRMED: ":material/check:",
    Verdict.FALSE_ALARM: ":material/close:",
    Verdict.UNSURE: ":material/question_mark:",
}
HELP = {
    Verdict.CONFIRMED: "The record is wrong or really out of the ordinary",
    Verdict.FALSE_ALARM: "The record is rare but right",
    Verdict.UNSURE: "Cannot be told; counts for neither side",
}
REASONS = (
    "Data entry error",
    "Impossible combination",
    "Really unusual event",
    "Rare but right",
    "Known special case",
)
COLOURS = {
    Verdict.CONFIRMED: "#c8322b55",
    Verdict.FALSE_ALARM: "#1f8a5b55",
    Verdict.UNSURE: "#7b8a9355",
}
COLUMN = "Verdict"
REFUSAL, LAST, SKIPPED = "verdict-refusal", "verdict-last", "review-skipped"


@dataclass(frozen=True)
class Target:
    """The records that a verdict is given on.

    Attributes
    ----------
    name
        Unique on the page.
    modifier
        Key to hold down together with the key of a verdict.
    """

    name: str
    run_id: str
    records: Sequence[ScoredRecord]
    sampled_by: SampledBy
    history: Mapping[str, Sequence[GivenVerdict]]
    modifier: str = ""

    @property
    def label(self) -> str:
        """Name of the records in messages."""
        if len(self.records) == 1:
            return f"Row {self.records[0].row:,}"
        return text.plural(len(self.records), "record")


def single(
    run_id: str,
    record: ScoredRecord,
    history: Sequence[GivenVerdict],
    sampled_by: SampledBy,
) -> None:
    """Draw the buttons for one record."""
    _bar(Target(f"row-{record.key}", run_id, [record], sampled_by, {record.key: history}))


def bulk(run_id: str, rows: Sequence[int]) -> None:
    """Draw the buttons for a selection of rows, by their numbers in the file from 1."""
    if not rows:
        return
    with errors.guarded("Verdicts on the selection"):
        records = console().reviews.records(run_id, tuple(rows))
        history = console().reviews.history(tuple(record.key for record in records))
        judged = sum(in_force(history[record.key]) is not None for record in records)
        st.html(
            f'<div class="ac-sub">{text.plural(len(rows), "row")} selected, '
            f"{text.number(judged)} with a verdict already</div>"
        )
        _bar(Target("bulk", run_id, records, SampledBy.TOP, history, "Shift+"))


def _bar(target: Target) -> None:
    """The three verdicts, skip where the record comes from the queue, undo, reason and comment."""
    allowed = operator().can_trigger
    with st.container(key=f"verdict-bar-{target.name}", gap="small"):
        with st.container(horizontal=True, gap="small"):
            for verdict, label in LABELS.items():
                st.button(
                    label,
                    key=f"verdict-{verdict.value}-{target.name}",
                    icon=ICONS[verdict],
                    help=HELP[verdict],
                    shortcut=target.modifier + KEYS[verdict] if allowed else None,
                    disabled=not allowed,
                    on_click=_decide,
                    args=(target, verdict),
                )
            if target.sampled_by is not SampledBy.TOP:
                _skip(target)
            _undo(target)
        if allowed:
            _reason_and_comment(target)
        else:
            st.caption(f"Your role is {operator().role}: you can read verdicts, not give them.")
        if refusal := st.session_state.get(f"{REFUSAL}-{target.name}"):
            errors.notice("The verdict was not stored", refusal)


def _reason_and_comment(target: Target) -> None:
    """Reason and comment of the next verdict."""
    reason, comment = st.columns(2)
    reason.selectbox(
        "Reason",
        REASONS,
        index=None,
        key=f"verdict-reason-{target.name}",
        placeholder="Reason (optional)",
        accept_new_options=True,
        label_visibility="collapsed",
    )
    comment.text_input(
        "Comment",
        key=f"verdict-comment-{target.name}",
        placeholder="Comment (optional)",
        max_chars=2_000,
        label_visibility="collapsed",
    )


def skipped(run_id: str) -> frozenset[str]:
    """Keys of the records that this browser session has skipped in the review queue."""
    keys: frozenset[str] = st.session_state.get(f"{SKIPPED}-{run_id}", frozenset())
    return keys


def review_skipped(run_id: str) -> None:
    """Return the skipped records to the queue."""
    st.session_state.pop(f"{SKIPPED}-{run_id}", None)


def _skip(target: Target) -> None:
    def add() -> None:
        keys = {record.key for record in target.records}
        st.session_state[f"{SKIPPED}-{target.run_id}"] = skipped(target.run_id) | keys

    st.button(
        "Skip",
        key=f"review-skip-{target.name}",
        icon=":material/skip_next:",
        help="Leave it for later; nothing is stored",
        shortcut="S",
        on_click=add,
    )


def _undo(target: Target) -> None:
    """Button that withdraws the last verdict of this browser session."""
    last = st.session_state.get(LAST)
    if last and operator().can_trigger:
        label, ids = last
        st.button(
            "Undo",
            key=f"verdict-undo-{target.name}",
            icon=":material/undo:",
            type="tertiary",
            help=f"Take back: {label}",
            shortcut=target.modifier + "Z",
            on_click=_take_back,
            args=(target, ids),
        )


def _decide(target: Target, verdict: Verdict) -> None:
    """Store the verdict before the page is drawn again."""
    current = {key: in_force(verdicts) for key, verdicts in target.history.items()}
    seen = {key: each.id if each else None for key, each in current.items()}
    keys = {name: f"verdict-{name}-{target.name}" for name in ("reason", "comment")}
    with errors.refusal_of("The verdict") as reasons:
        stored = console().reviews.decide(
            target.run_id,
            target.records,
            verdict,
            target.sampled_by,
            seen,
            **{name: st.session_state.get(key) or "" for name, key in keys.items()},
        )
        label = f"{target.label}: {LABELS[verdict].lower()}"
        st.session_state[LAST] = (label, tuple(each.id for each in stored))
        for key in keys.values():
            st.session_state.pop(key, None)
        st.toast(label, icon=ICONS[verdict])
    st.session_state[f"{REFUSAL}-{target.name}"] = "".join(reasons)


def _take_back(target: Target, ids: Sequence[int]) -> None:
    """Withdraw verdicts before the page is drawn again."""
    with errors.refusal_of("Undo") as reasons:
        console().reviews.undo(ids)
        label, _ = st.session_state.pop(LAST)
        st.toast(f"Taken back: {label}", icon=":material/undo:")
    st.session_state[f"{REFUSAL}-{target.name}"] = "".join(reasons)


def column(rows: pa.Table, own: Sequence[str]) -> list[list[str]]:
    """Return the label of the verdict in force on each row, or an empty list.

    Parameters
    ----------
    own
        The operator's own columns, all of them: a record is identified by its whole content.
    """
    keys = keys_of(rows.select(list(own)))
    found: Mapping[str, Sequence[GivenVerdict]] = {}
    # A table without verdicts is better than none while the database does not answer.
    with contextlib.suppress(ServiceError):
        found = console().reviews.history(tuple(keys))
    current = [in_force(found.get(key, ())) for key in keys]
    return [[LABELS[Verdict(each.verdict)]] if each else [] for each in current]


def column_config() -> Any:  # noqa: ANN401 - untyped upstream
    """Format of the column of verdicts."""
    return st.column_config.MultiselectColumn(
        COLUMN,
        width=100,
        options=list(LABELS.values()),
        color=[COLOURS[verdict] for verdict in LABELS],
        help="The verdict in force on the record, given in this run or another",
    )
