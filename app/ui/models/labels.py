"""Models, their evidence and decisions on them, in words."""

from collections.abc import Mapping
from typing import Any

from app.services.models.evidence import Evidence
from app.services.models.types import Decision, ModelChange, Post
from app.services.reviews.types import Share
from app.services.runs.types import Run
from app.ui.kit import context, html, text
from app.ui.reviews import labels

ACTIONS = {"promote": "Promoted", "roll_back": "Rolled back", "remove": "Removed"}


def roles(run_id: str, *posts: Post) -> str:
    """The aliases that a model holds, as pills."""
    held = [post.alias for post in posts if post.run_id == run_id]
    tones = {"champion": "ok", "challenger": "accent"}
    return "".join(html.pill(alias.capitalize(), tones[alias]) for alias in held)


def moment(run: Run) -> str:
    """When a model was trained, relative, with the exact time on hover."""
    return html.words(text.ago(run.started), title=text.exact(run.started, context.zone()))


def threshold(score: float) -> str:
    """A threshold on the scale of ``anomaly_score``."""
    return f"{score:.4g}" + ("" if score else ", as trained")


def share(of: Share) -> str:
    """A share with its interval, or that nothing is judged."""
    return labels.share(of) if of.share is not None else "None judged"


def kind(decision: Decision) -> str:
    """What kind of decision it is, as the filter names it."""
    return decision.alias if isinstance(decision, ModelChange) else "threshold"


def change(decision: Decision, trained: float | None = None) -> str:
    """From what to what.

    Parameters
    ----------
    trained
        The threshold of the model's training, from which scores are counted; None tells a moved
        threshold on the scale of the train run's metric, as it is kept.
    """
    if isinstance(decision, ModelChange):
        moved = f"{_version(decision.previous_version)} → {_version(decision.version)}"
        return f"{ACTIONS[decision.action]}: {moved}"
    ends = (decision.previous, decision.threshold)
    moved = " → ".join(f"{round(end - (trained or 0.0), 9) + 0.0:.4f}" for end in ends)
    if decision.rows_gained is None or decision.rows_lost is None:
        return moved
    rows = decision.rows_gained - decision.rows_lost
    return f"{moved} ({rows:+,} rows)"


def kept(decision: Decision) -> str:
    """The evidence that was kept with a decision, in one line; empty where there was none."""
    if not isinstance(decision, ModelChange):
        return ""
    found = decision.evidence
    shares = {
        "caught": found.get("injected_recall"),
        "on new data": (found.get("new_data") or {}).get("rate"),
        "precision": (found.get("precision") or {}).get("share"),
        "shared": _shared(found.get("overlap") or {}),
    }
    return ", ".join(
        f"{name} {text.percent(value)}" for name, value in shares.items() if value is not None
    )


def _shared(counts: Mapping[str, Any]) -> float | None:
    """Rows that both flagged by rows that either flagged."""
    either = sum(counts.get(name, 0) for name in ("both", "first", "second"))
    return counts["both"] / either if either else None


def _version(number: int | None) -> str:
    return text.ABSENT if number is None else f"version {number}"


def rate(found: Evidence) -> tuple[str, str]:
    """The rate on new data, and what data that is."""
    new, newest = found.new_data, found.newest
    if new is None:
        return text.ABSENT, "It has scored no data but its own yet"
    about = f"at its threshold, scored {text.ago(new.run.started)}"
    if newest and not found.knows_newest:
        about += f"; the newest data set, {text.shorten(newest.name, 32)}, is not scored with it"
    return text.percent(new.rate, 2), about


def overlap(found: Evidence) -> tuple[str, str]:
    """How far the champion flags the same rows, and how many each flags alone."""
    if found.shared is None:
        return text.ABSENT, "No data set that both have scored"
    counts = found.shared.overlap
    alone = f"{counts.both:,} by both, {counts.only_a:,} only by this, {counts.only_b:,} only by it"
    return text.percent(counts.jaccard), alone
