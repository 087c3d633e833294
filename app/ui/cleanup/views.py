"""Cleanup on the System page: how much there is, what the retention proposes, and the log."""

import pandas as pd
import streamlit as st

from app.services.cleanup.service import RETENTION, TRASH
from app.services.cleanup.types import LoggedOperation, Operation, Retention
from app.ui.cleanup.menu import LABELS, STAGES, open_preview
from app.ui.cleanup.preview import summary
from app.ui.kit import html, tables, text
from app.ui.kit.context import console
from pipeline.tracking.runs import Stage


def amounts() -> None:
    """Runs and data sets by stage, and the size of the trash."""
    cleanup = console().cleanup
    counts = cleanup.counts()
    numbers = {
        Stage.ACTIVE: counts.active,
        Stage.ARCHIVED: counts.archived,
        Stage.DELETED: counts.deleted,
    }
    facts = [(STAGES[stage], html.span(text.number(count))) for stage, count in numbers.items()]
    if counts.deleted:
        trash = cleanup.preview(Operation.PURGE, (TRASH,))
        whole = len(trash.entries) >= counts.deleted
        size = ("" if whole else "at least ") + text.size(trash.size_bytes)
        facts.append(("Size of the trash", html.span(size)))
    st.html(html.facts(facts))
    if counts.deleted and st.button("Empty the trash …", icon=":material/delete_forever:"):
        open_preview(Operation.PURGE, (TRASH,))


def retention() -> None:
    """What the settings propose; nothing is deleted without an operator."""
    rule = console().cleanup.retention
    st.caption(_rule(rule))
    if rule.days is not None:
        _proposal(Operation.DELETE)
    if rule.purge_days is not None:
        _proposal(Operation.PURGE)


def _rule(rule: Retention) -> str:
    parts = []
    if rule.days is not None:
        parts.append(f"Older than {text.plural(rule.days, 'day')}: proposed for deletion.")
    if rule.purge_days is not None:
        parts.append(
            f"In the trash for {text.plural(rule.purge_days, 'day')}: proposed for removal."
        )
    if not parts:
        return "No retention: RETENTION_DAYS is not set, so nothing is ever proposed."
    return " ".join((*parts, "Archived runs and models that an alias names are kept."))


def _proposal(operation: Operation) -> None:
    """One line: how much is due, and the way to its preview."""
    preview = console().cleanup.preview(operation, (RETENTION,))
    labels = LABELS[operation]
    due = f"{len(preview.entries)} due, {text.size(preview.size_bytes)}"
    title = html.span(labels.verb, cls="ac-title") + html.span(due, cls="ac-sub ac-num")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(html.tag("div", title, cls="ac-row"))
        if st.button(
            "Preview …",
            key=f"retention-{operation}",
            icon=labels.icon,
            disabled=not preview.entries,
        ):
            open_preview(operation, (RETENTION,))


def log() -> None:
    """What was done, by whom, why and with what outcome."""
    operations = console().cleanup.history()
    if not operations:
        st.caption("Nothing was archived or deleted yet.")
        return
    config = st.column_config
    st.dataframe(
        pd.DataFrame([_row(each) for each in operations]),
        hide_index=True,
        row_height=tables.ROW,
        height="content",
        placeholder=text.ABSENT,
        column_config={
            "When": tables.when(),
            "Who": config.TextColumn(width=80),
            "Operation": config.TextColumn(width=115),
            "What": config.TextColumn(width=215),
            "Size": config.TextColumn(width=72, alignment="right"),
            "Freed": config.TextColumn(width=72, alignment="right"),
            "Why": config.TextColumn(width=150),
            "Outcome": config.TextColumn(width=90),
        },
    )


def _row(logged: LoggedOperation) -> dict[str, object]:
    return {
        "When": tables.clock(logged.begun_at),
        "Who": logged.done_by,
        "Operation": LABELS[logged.operation].done,
        "What": summary(logged),
        "Size": text.size(logged.size_bytes),
        "Freed": text.size(logged.freed_bytes) if logged.freed_bytes else None,
        "Why": logged.reason or None,
        "Outcome": _outcome(logged),
    }


def _outcome(logged: LoggedOperation) -> str:
    if logged.done is None:
        return "Interrupted; preview it again to see what is left"
    if logged.failure:
        return f"{logged.done} of {len(logged.items)} done: {logged.failure}"
    return f"All {logged.done} done" if logged.done > 1 else "Done"
