"""What was said of a record, in words."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from app.services.reviews.types import Share, StoredVerdict, Verdict, in_force
from app.ui.kit import context, html, text

LABELS = {
    Verdict.CONFIRMED: "Confirmed",
    Verdict.FALSE_ALARM: "False alarm",
    Verdict.UNSURE: "Unsure",
}
TONES: dict[Verdict, html.Tone] = {
    Verdict.CONFIRMED: "bad",
    Verdict.FALSE_ALARM: "ok",
    Verdict.UNSURE: "idle",
}


def pill(verdict: StoredVerdict | None) -> str:
    """The verdict in force as a coloured word."""
    if verdict is None:
        return html.pill("No verdict yet", "idle")
    kind = Verdict(verdict.verdict)
    return html.pill(LABELS[kind], TONES[kind], title=said(verdict))


def said(verdict: StoredVerdict) -> str:
    """Who said it and when."""
    return f"{verdict.reviewer}, {text.ago(verdict.decided_at)}"


def history(verdicts: Sequence[StoredVerdict], run_id: str) -> None:
    """Everything that was ever said of a record, newest first; nothing is left out."""
    standing = in_force(verdicts)
    lines = [_line(verdict, run_id, stands=verdict == standing) for verdict in verdicts]
    if lines:
        st.html(html.tag("ol", "".join(lines), cls="ac-verdicts"))


def _line(verdict: StoredVerdict, run_id: str, *, stands: bool) -> str:
    moment = text.exact(verdict.decided_at, context.zone())
    facts = [said(verdict)]
    if verdict.run_id != run_id:
        facts.append("in another run")
    if verdict.withdrawn_by:
        facts.append(f"taken back by {verdict.withdrawn_by}")
    elif not stands:
        facts.append("superseded")
    words = " · ".join(filter(None, (verdict.reason, verdict.comment)))
    inner = pill(verdict) + html.words(", ".join(facts), cls="ac-sub", title=moment)
    if words:
        inner += html.tag("div", escape(words), cls="ac-verdict-words")
    return html.tag("li", inner, cls="" if stands else "is-past")


def share(of: Share) -> str:
    """A share with its interval."""
    if of.share is None:
        return text.ABSENT
    return f"{text.percent(of.share, 0)} ({text.percent(of.low, 0)} to {text.percent(of.high, 0)})"


def behind(of: Share) -> str:
    """What a share rests on: ``17 of 20 decided, 3 unsure``."""
    if not of.reviewed:
        return "nothing judged yet"
    unsure = f", {text.number(of.unsure)} unsure" if of.unsure else ""
    return f"{text.number(of.hits)} of {text.number(of.decided)} decided{unsure}"
