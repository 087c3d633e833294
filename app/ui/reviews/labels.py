"""Verdicts and precision as text and HTML."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from app.services.reviews.types import GivenVerdict, Share, Verdict, in_force
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


def pill(verdict: GivenVerdict | None) -> str:
    """The verdict in force as a coloured label."""
    if verdict is None:
        return html.pill("No verdict yet", "idle")
    kind = Verdict(verdict.verdict)
    return html.pill(LABELS[kind], TONES[kind], title=_who(verdict))


def _who(verdict: GivenVerdict) -> str:
    return f"{verdict.reviewer}, {text.ago(verdict.decided_at)}"


def history(verdicts: Sequence[GivenVerdict], run_id: str) -> None:
    """Every verdict on a record, newest first, with withdrawn and superseded ones."""
    current = in_force(verdicts)
    lines = [_line(verdict, run_id, is_current=verdict == current) for verdict in verdicts]
    if lines:
        st.html(html.tag("ol", "".join(lines), cls="ac-verdicts"))


def _line(verdict: GivenVerdict, run_id: str, *, is_current: bool) -> str:
    facts = [_who(verdict)]
    if verdict.run_id != run_id:
        facts.append("in another run")
    if verdict.withdrawn_by:
        facts.append(f"taken back by {verdict.withdrawn_by}")
    elif not is_current:
        facts.append("superseded")
    when = text.exact(verdict.decided_at, context.zone())
    inner = pill(verdict) + html.span(", ".join(facts), cls="ac-sub", title=when)
    if explanation := " · ".join(filter(None, (verdict.reason, verdict.comment))):
        inner += html.tag("div", escape(explanation), cls="ac-verdict-reason")
    return html.tag("li", inner, cls="" if is_current else "is-past")


def share(of: Share) -> str:
    """A share with its interval."""
    if of.share is None:
        return text.ABSENT
    return f"{text.percent(of.share, 0)} ({text.percent(of.low, 0)} to {text.percent(of.high, 0)})"


def behind(of: Share) -> str:
    """The counts behind a share: ``17 of 20 decided, 3 unsure``."""
    if not of.reviewed:
        return "nothing judged yet"
    unsure = f", {text.number(of.unsure)} unsure" if of.unsure else ""
    return f"{text.number(of.hits)} of {text.number(of.decided)} decided{unsure}"
