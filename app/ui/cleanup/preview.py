"""The preview of an operation, its confirmation, and its outcome."""

from html import escape

import pandas as pd
import streamlit as st

from app.services.cleanup.queries import MOST_CHOSEN
from app.services.cleanup.types import (
    CleanupPreview,
    Entry,
    ItemKind,
    LoggedOperation,
    Operation,
)
from app.ui.cleanup.menu import LABELS, open_preview
from app.ui.kit import errors, html, inputs, layout, navigation, tables, text
from app.ui.kit.context import console, operator

OPERATION, IDS, DONE = "operation", "ids", "done"
KINDS = {
    ItemKind.TRAIN: "Training",
    ItemKind.SCORE: "Scoring",
    ItemKind.DATASET: "Data set",
    ItemKind.OTHER: "Run",
}
UNDO = {Operation.ARCHIVE: Operation.UNARCHIVE, Operation.DELETE: Operation.RESTORE}


def requested() -> bool:
    """Return whether the address asks for a preview."""
    return st.query_params.get(OPERATION) in set(Operation)


def show() -> None:
    """Draw the preview that the address asks for, in place of the page."""
    operation = Operation(st.query_params[OPERATION])
    ids = tuple(each for each in st.query_params.get(IDS, "").split(",") if each)
    with layout.page_header(f"{LABELS[operation].verb}?", LABELS[operation].means):
        if st.button("Cancel", key="cleanup-back", icon=":material/arrow_back:"):
            navigation.stay()
    with errors.guarded("The preview"):
        preview = console().cleanup.preview(operation, ids)
        left, right = st.columns([7, 3])
        with left, layout.card("cleanup-entries"):
            _entries(preview)
        if preview.refusals:
            with left, layout.card("cleanup-refusals"):
                _refusals(preview)
        with right, layout.card("cleanup-confirm"):
            _confirm(preview)


def _entries(preview: CleanupPreview) -> None:
    """List the chosen items and their dependents."""
    dependent = sum(bool(entry.because) for entry in preview.entries)
    count = text.plural(len(preview.entries), "run or data set", "runs and data sets")
    included = f" {dependent} of these depend on what was chosen." if dependent else ""
    layout.title(count, f"{text.size(preview.size_bytes)} are stored.{included}")
    if not preview.entries:
        st.caption("Nothing to do.")
        return
    config = st.column_config
    st.dataframe(
        pd.DataFrame([_row(entry) for entry in preview.entries]),
        hide_index=True,
        row_height=tables.ROW,
        placeholder=text.ABSENT,
        column_config={
            "Name": config.TextColumn(width=190),
            "Kind": config.TextColumn(width=75),
            "Size": config.TextColumn(width=75, alignment="right"),
            "Why": config.TextColumn(width=165),
            "Model": config.TextColumn(width=125),
            "Started": tables.when(),
        },
    )


def _row(entry: Entry) -> dict[str, object]:
    return {
        "Name": entry.item.name,
        "Kind": KINDS[entry.item.kind],
        "Size": text.size(entry.size_bytes),
        "Why": entry.because or "chosen",
        "Model": ", ".join(f"{name} {number}" for name, number in entry.versions) or None,
        "Started": tables.clock(entry.item.started),
    }


def _refusals(preview: CleanupPreview) -> None:
    """List what was chosen and stays, with the reason."""
    layout.title(f"{len(preview.refusals)} left out", "These stay as they are.")
    lines = "".join(
        html.tag(
            "li",
            html.span("✕", cls="ac-mark is-bad")
            + html.tag("span", f"<b>{escape(each.name)}</b><br>{escape(each.reason)}"),
        )
        for each in preview.refusals
    )
    st.html(html.tag("ul", lines, cls="ac-checks ac-wrap"))


def _confirm(preview: CleanupPreview) -> None:
    """Ask for a reason, before a purge for the typed phrase, and draw the button."""
    layout.title("Confirm", "Who, when, what and why are logged and shown on System.")
    for note in preview.notes:
        errors.notice("What stays", note, "warn")
    allowed = console().cleanup.may(preview.operation)
    reason = st.text_input(
        "Reason",
        key="cleanup-reason",
        placeholder="Why (optional)",
        max_chars=500,
        disabled=not allowed,
    )
    typed = ""
    if preview.operation is Operation.PURGE and preview.entries:
        typed = st.text_input(
            f"Type “{preview.phrase}” to confirm",
            key="cleanup-typed",
            placeholder=preview.phrase,
            disabled=not allowed,
        )
    if not allowed:
        st.caption(f"Your role {operator().role} may look at this, not do it.")
    labels = LABELS[preview.operation]
    inputs.offer(
        inputs.Action(
            labels.verb,
            busy=f"{labels.verb} …",
            failed="It was not done as previewed",
            icon=labels.icon,
            primary=True,
        ),
        # The key holds the fingerprint: a click counts only for the preview that was on show.
        f"cleanup-{preview.fingerprint[:16]}",
        lambda: _carry_out(preview, reason, typed),
        disabled=not (allowed and preview.entries),
    )


def _carry_out(preview: CleanupPreview, reason: str, typed: str) -> None:
    """Carry out the operation and go back to the list with its outcome."""
    done = console().cleanup.carry_out(preview, reason, typed)
    navigation.stay(**{DONE: str(done.id)})


def outcome() -> None:
    """Say what was just done, and offer to undo it where that is possible."""
    number = st.query_params.get(DONE, "")
    if number.isdecimal():
        with errors.guarded("The outcome"):
            _outcome(console().cleanup.logged(int(number)))


def _outcome(done: LoggedOperation) -> None:
    purged = done.operation is Operation.PURGE
    freed = f" {text.size(done.freed_bytes)} are free again." if purged else ""
    title = f"{LABELS[done.operation].done}: {summary(done)}"
    with layout.card("cleanup-outcome"), st.container(horizontal=True, vertical_alignment="center"):
        errors.notice(title, f"By {done.done_by}.{freed}", "ok")
        undo = UNDO.get(done.operation)
        if undo and st.button("Undo …", icon=":material/undo:", key="cleanup-undo"):
            open_preview(undo, [item.run_id for item in done.items[:MOST_CHOSEN]])


def summary(done: LoggedOperation) -> str:
    """Name the item of an operation, or the first and how many more."""
    if len(done.items) == 1:
        return text.shorten(done.items[0].name, 60)
    first = text.shorten(done.items[0].name, 40)
    return f"{first} and {len(done.items) - 1} more"
