"""Cleanup on the System page: amounts, what is due, and what was done."""

import pandas as pd
import streamlit as st

from app.services.cleanup.retention import Periods
from app.services.cleanup.types import Act, StoredAct
from app.services.runs.types import Stage
from app.ui.cleanup import queries as cleanup_queries
from app.ui.cleanup.labels import STAGES, WORDS
from app.ui.cleanup.menu import preview
from app.ui.cleanup.preview import in_words
from app.ui.cleanup.queries import BIN, RETENTION
from app.ui.kit import context, html, tables, text

SHOWN = 25


def amounts() -> None:
    """Runs and data sets by stage, and the room that the bin takes."""
    counts = cleanup_queries.counts()
    numbers = {
        Stage.ACTIVE: counts.shown,
        Stage.ARCHIVED: counts.archived,
        Stage.DELETED: counts.deleted,
    }
    facts = [(STAGES[stage], html.words(text.number(count))) for stage, count in numbers.items()]
    if counts.deleted:
        binned = cleanup_queries.plan(Act.PURGE, (BIN,))
        whole = len(binned.entries) >= counts.deleted
        size = ("" if whole else "at least ") + text.size(binned.size_bytes)
        facts.append(("Room of the deleted", html.words(size)))
    st.html(html.facts(facts))
    if counts.deleted and st.button("Empty the bin …", icon=":material/delete_forever:"):
        preview(Act.PURGE, (BIN,))


def retention() -> None:
    """What the settings propose; nothing is taken by itself."""
    periods = context.console().retention.periods
    st.caption(_rule(periods))
    for act, days in ((Act.DELETE, periods.days), (Act.PURGE, periods.purge_days)):
        if days is not None:
            _due(act)


def _rule(periods: Periods) -> str:
    if periods.days is None and periods.purge_days is None:
        return "No retention: RETENTION_DAYS is not set, so nothing is ever proposed."
    parts = []
    if periods.days is not None:
        parts.append(f"Older than {text.plural(periods.days, 'day')}: proposed for deletion.")
    if periods.purge_days is not None:
        parts.append(
            f"In the bin for {text.plural(periods.purge_days, 'day')}: proposed for removal."
        )
    return " ".join((*parts, "Archived runs and the models in charge are kept."))


def _due(act: Act) -> None:
    """One line: how much is due, and the way to its preview."""
    plan = cleanup_queries.plan(act, (RETENTION,))
    words = WORDS[act]
    with st.container(horizontal=True, vertical_alignment="center"):
        due = f"{len(plan.entries)} due, {text.size(plan.size_bytes)}"
        st.html(
            html.tag(
                "div",
                html.words(words.verb, cls="ac-title") + html.words(due, cls="ac-sub ac-num"),
                cls="ac-row",
            )
        )
        if st.button(
            "Preview …",
            key=f"retention-{act}",
            icon=words.icon,
            disabled=not plan.entries,
        ):
            preview(act, (RETENTION,))


def history() -> None:
    """What was done, by whom, why and with what outcome."""
    acts = cleanup_queries.history(SHOWN)
    if not acts:
        st.caption("Nothing was put away yet.")
        return
    config = st.column_config
    st.dataframe(
        pd.DataFrame([_row(each) for each in acts]),
        hide_index=True,
        row_height=tables.ROW,
        height="content",
        placeholder=text.ABSENT,
        column_config={
            "When": tables.when(),
            "Who": config.TextColumn(width=80),
            "Did": config.TextColumn(width=115),
            "What": config.TextColumn(width=215),
            "Size": config.TextColumn(width=72, alignment="right"),
            "Freed": config.TextColumn(width=72, alignment="right"),
            "Why": config.TextColumn(width=150),
            "Outcome": config.TextColumn(width=90),
        },
    )


def _row(act: StoredAct) -> dict[str, object]:
    return {
        "When": tables.clock(act.begun_at),
        "Who": act.done_by,
        "Did": WORDS[Act(act.action)].done,
        "What": in_words(act),
        "Size": text.size(act.size_bytes),
        "Freed": text.size(act.freed_bytes) if act.freed_bytes else None,
        "Why": act.reason or None,
        "Outcome": _outcome(act),
    }


def _outcome(act: StoredAct) -> str:
    if act.done is None:
        return "Interrupted; preview it again to see what is left"
    if act.failure:
        return f"{act.done} of {len(act.items)} done: {act.failure}"
    return f"All {act.done} done" if act.done > 1 else "Done"
