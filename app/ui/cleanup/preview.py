"""What an act would do, shown before it is confirmed, and what came of it."""

from html import escape

import pandas as pd
import streamlit as st

from app.services.cleanup.planner import MOST_CHOSEN
from app.services.cleanup.types import Act, Entry, Plan, StoredAct
from app.ui.cleanup import queries as cleanup_queries
from app.ui.cleanup.labels import KINDS, UNDO, WORDS, action
from app.ui.cleanup.menu import preview
from app.ui.kit import context, errors, html, layout, navigation, tables, text
from app.ui.kit.inputs import offer
from app.ui.runs import address

ASKED, IDS, DONE = "tidy", "ids", "tidied"


def asked() -> bool:
    """Tell whether the address asks for a preview."""
    return st.query_params.get(ASKED) in set(Act)


def show() -> None:
    """Draw the preview that the address asks for, in place of the page."""
    act = Act(st.query_params[ASKED])
    ids = tuple(each for each in st.query_params.get(IDS, "").split(",") if each)
    words = WORDS[act]
    with layout.page_header(f"{words.verb}?", words.means):
        if st.button("Leave everything as it is", key="tidy-back", icon=":material/arrow_back:"):
            navigation.stay()
    with errors.guarded("The preview"):
        _preview(cleanup_queries.plan(act, ids))


def _preview(plan: Plan) -> None:
    left, right = st.columns([7, 3])
    with left:
        with layout.card("tidy-entries"):
            _entries(plan)
        if plan.refusals:
            with layout.card("tidy-refusals"):
                _refusals(plan)
    with right, layout.card("tidy-confirm"):
        _confirm(plan)


def _entries(plan: Plan) -> None:
    """The exact list, what was chosen and what goes along."""
    along = sum(bool(entry.because) for entry in plan.entries)
    count = text.plural(len(plan.entries), "run or data set", "runs and data sets")
    hanging = f" {along} of these hang on what was chosen and go along." if along else ""
    layout.title(count, f"{text.size(plan.size_bytes)} are stored.{hanging}")
    if not plan.entries:
        st.caption("Nothing to do.")
        return
    config = st.column_config
    st.dataframe(
        pd.DataFrame([_row(entry) for entry in plan.entries]),
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
        "Name": entry.thing.name,
        "Kind": KINDS[entry.thing.kind],
        "Size": text.size(entry.size_bytes),
        "Why": entry.because or "chosen",
        "Model": ", ".join(f"{name} {number}" for name, number in entry.versions) or None,
        "Started": tables.clock(entry.thing.started),
    }


def _refusals(plan: Plan) -> None:
    """What was chosen and stays, with the reason."""
    layout.title(f"{len(plan.refusals)} left out", "These stay as they are.")
    lines = "".join(
        html.tag(
            "li",
            html.words("✕", cls="ac-mark is-bad")
            + html.tag("span", f"<b>{escape(each.name)}</b><br>{escape(each.reason)}"),
        )
        for each in plan.refusals
    )
    st.html(html.tag("ul", lines, cls="ac-checks ac-wrap"))


def _confirm(plan: Plan) -> None:
    """Reason, typed phrase where it is for good, and the button."""
    layout.title("Confirm", "Who, when, what and why are written down and shown on System.")
    for note in plan.notes:
        errors.notice("What stays", note, "warn")
    allowed = context.console().tidy.may(plan.act)
    reason = st.text_input(
        "Reason",
        key="tidy-reason",
        placeholder="Why (optional)",
        max_chars=500,
        disabled=not allowed,
    )
    typed = _typed(plan, allowed=allowed)
    if not allowed:
        st.caption(f"Your role {context.operator().role} may look at this, not do it.")
    # Of the fingerprint's name: a press is only good for the preview that was on show.
    offer(
        action(plan.act),
        f"tidy-{plan.fingerprint[:16]}",
        lambda: _carry_out(plan, reason or "", typed),
        disabled=not (allowed and plan.entries),
    )


def _typed(plan: Plan, *, allowed: bool) -> str:
    """Have the operator type what cannot be taken back."""
    if plan.act is not Act.PURGE or not plan.entries:
        return ""
    typed = st.text_input(
        f"Type “{plan.phrase}” to confirm",
        key="tidy-typed",
        placeholder=plan.phrase,
        disabled=not allowed,
    )
    return typed or ""


def _carry_out(plan: Plan, reason: str, typed: str) -> None:
    """Do it and go back to the list with what came of it."""
    try:
        done = context.console().tidy.carry_out(plan, reason, typed)
    finally:
        cleanup_queries.forget()
    address.tick(())
    navigation.stay(**{DONE: str(done.id)})


def outcome() -> None:
    """Say what was just done, with the way back where there is one."""
    number = st.query_params.get(DONE, "")
    if number.isdecimal():
        with errors.guarded("What was done"):
            _outcome(cleanup_queries.act(int(number)))


def _outcome(done: StoredAct) -> None:
    act = Act(done.action)
    freed = f" {text.size(done.freed_bytes)} are free again." if act is Act.PURGE else ""
    with layout.card("tidy-outcome"), st.container(horizontal=True, vertical_alignment="center"):
        errors.notice(f"{WORDS[act].done}: {in_words(done)}", f"By {done.done_by}.{freed}", "ok")
        if act in UNDO and st.button("Undo …", icon=":material/undo:", key="tidy-undo"):
            preview(UNDO[act], [item.run_id for item in done.items[:MOST_CHOSEN]])


def in_words(done: StoredAct) -> str:
    """Name what an act was about: the one, or how many."""
    if len(done.items) == 1:
        return text.shorten(done.items[0].name, 60)
    first = text.shorten(done.items[0].name, 40)
    return f"{first} and {len(done.items) - 1} more"
