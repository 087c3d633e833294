"""Verdicts by button and by key, on one record or on a selection."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import streamlit as st

from app.clients.errors import ServiceError
from app.services.reviews.records import keys_of
from app.services.reviews.service import Opinion
from app.services.reviews.types import Record, SampledBy, StoredVerdict, Verdict, in_force
from app.ui.kit import context, errors, text
from app.ui.reviews import queries as reviews_queries
from app.ui.reviews.labels import LABELS

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
REFUSAL, LAST = "verdict-refusal", "verdict-last"


@dataclass(frozen=True)
class Subject:
    """What a verdict is given on.

    Attributes
    ----------
    name
        Unique on the page.
    modifier
        What is held down with a verdict's key.
    """

    name: str
    run_id: str
    records: Sequence[Record]
    sampled_by: SampledBy
    history: dict[str, list[StoredVerdict]]
    modifier: str = ""

    @property
    def words(self) -> str:
        """What it is called after a verdict."""
        if len(self.records) == 1:
            return f"Row {self.records[0].row:,}"
        return text.plural(len(self.records), "record")


def single(
    run_id: str,
    record: Record,
    history: list[StoredVerdict],
    sampled_by: SampledBy = SampledBy.TOP,
    beside: Callable[[], None] | None = None,
) -> None:
    """Judge one record; ``beside`` draws what else can be done with it."""
    subject = Subject(f"row-{record.key}", run_id, [record], sampled_by, {record.key: history})
    _bar(subject, beside)


def bulk(run_id: str, rows: Sequence[int]) -> None:
    """Judge a selection of rows, by their numbers in the file from 1."""
    if not rows:
        return
    with errors.guarded("Verdicts on the selection"):
        records = reviews_queries.records(run_id, tuple(rows))
        history = reviews_queries.history(tuple(record.key for record in records))
        judged = sum(in_force(history[record.key]) is not None for record in records)
        st.html(
            f'<div class="ac-sub">{text.plural(len(rows), "row")} selected, '
            f"{text.number(judged)} with a verdict already</div>"
        )
        _bar(Subject("bulk", run_id, records, SampledBy.TOP, history, "Shift+"))


def _bar(subject: Subject, beside: Callable[[], None] | None = None) -> None:
    """The three verdicts, what goes with them, and the way back."""
    allowed = context.operator().can_trigger
    with st.container(key=f"verdict-bar-{subject.name}", gap="small"):
        with st.container(horizontal=True, gap="small"):
            for verdict, label in LABELS.items():
                st.button(
                    label,
                    key=f"verdict-{verdict.value}-{subject.name}",
                    icon=ICONS[verdict],
                    help=HELP[verdict],
                    shortcut=subject.modifier + KEYS[verdict] if allowed else None,
                    disabled=not allowed,
                    on_click=_decide,
                    args=(subject, verdict),
                )
            if beside:
                beside()
            _undo(subject)
        if allowed:
            _particulars(subject)
        else:
            role = context.operator().role
            st.caption(f"Your role is {role}: you can read verdicts, not give them.")
        if refusal := st.session_state.get(f"{REFUSAL}-{subject.name}"):
            errors.notice("The verdict was not stored", refusal)


def _particulars(subject: Subject) -> None:
    """Reason and comment, which the next verdict takes along."""
    reason, comment = st.columns(2)
    reason.selectbox(
        "Reason",
        REASONS,
        index=None,
        key=f"verdict-reason-{subject.name}",
        placeholder="Reason (optional)",
        accept_new_options=True,
        label_visibility="collapsed",
    )
    comment.text_input(
        "Comment",
        key=f"verdict-comment-{subject.name}",
        placeholder="Comment (optional)",
        max_chars=2_000,
        label_visibility="collapsed",
    )


def _undo(subject: Subject) -> None:
    """Take back what this session said last."""
    last = st.session_state.get(LAST)
    if last and context.operator().can_trigger:
        words, ids = last
        st.button(
            "Undo",
            key=f"verdict-undo-{subject.name}",
            icon=":material/undo:",
            type="tertiary",
            help=f"Take back: {words}",
            shortcut=subject.modifier + "Z",
            on_click=_take_back,
            args=(subject, ids),
        )


def _decide(subject: Subject, verdict: Verdict) -> None:
    """Store the verdict before the page is drawn again."""
    opinion = Opinion(
        verdict,
        st.session_state.get(f"verdict-reason-{subject.name}") or "",
        st.session_state.get(f"verdict-comment-{subject.name}") or "",
    )
    standing = {key: in_force(verdicts) for key, verdicts in subject.history.items()}
    seen = {key: verdict.id if verdict else None for key, verdict in standing.items()}

    def do() -> None:
        reviews = context.console().reviews
        stored = reviews.decide(subject.run_id, subject.records, opinion, subject.sampled_by, seen)
        words = f"{subject.words}: {LABELS[verdict].lower()}"
        st.session_state[LAST] = (words, tuple(each.id for each in stored))
        for particular in ("reason", "comment"):
            st.session_state.pop(f"verdict-{particular}-{subject.name}", None)
        st.toast(words, icon=ICONS[verdict])

    _attempt(subject, "The verdict", do)


def _take_back(subject: Subject, ids: Sequence[int]) -> None:
    """Undo before the page is drawn again."""

    def do() -> None:
        context.console().reviews.undo(ids)
        words, _ = st.session_state.pop(LAST)
        st.toast(f"Taken back: {words}", icon=":material/undo:")

    _attempt(subject, "Undo", do)


def _attempt(subject: Subject, what: str, do: Callable[[], None]) -> None:
    """Do it, keep a refusal for the bar to show, and let every part ask anew."""
    st.session_state[f"{REFUSAL}-{subject.name}"] = errors.attempt(what, do)
    reviews_queries.forget_verdicts()


NAME = "Verdict"
COLOURS = {
    Verdict.CONFIRMED: "#c8322b55",
    Verdict.FALSE_ALARM: "#1f8a5b55",
    Verdict.UNSURE: "#7b8a9355",
}


def words(rows: pa.Table, own: Sequence[str]) -> list[list[str]]:
    """Return the verdict in force on each row, in a list that is empty where there is none.

    Parameters
    ----------
    own
        The operator's columns, which must be all there: a record is known by its whole content.
    """
    keys = keys_of(rows.select(list(own)))
    found = {}
    # A table without verdicts is better than none while the database does not answer.
    with contextlib.suppress(ServiceError):
        found = reviews_queries.history(tuple(keys))
    standing = [in_force(found.get(key, [])) for key in keys]
    return [[LABELS[Verdict(each.verdict)]] if each else [] for each in standing]


def config() -> Any:  # noqa: ANN401 - untyped upstream
    """How the column is shown."""
    return st.column_config.MultiselectColumn(
        NAME,
        width=100,
        options=list(LABELS.values()),
        color=[COLOURS[verdict] for verdict in LABELS],
        help="What reviewers said of the record, in this run or another",
    )
