"""Makes a past from a seed."""

from datetime import datetime, timedelta
from random import Random

from app.monitoring.history import decisions
from app.monitoring.history.model import Past
from app.monitoring.history.timeline import Timeline


def generate(*, runs: int, days: float, until: datetime, seed: int) -> Past:
    """Return a past of about ``runs`` runs in the ``days`` before ``until``.

    The same arguments return the same past.
    """
    random = Random(seed)  # noqa: S311 - figures of a demo, no secret
    timeline = Timeline(random, until - timedelta(days=days), until, runs)
    timeline.make()
    made = timeline.runs
    past = [row for row in decisions.verdicts(random, made) if row["decided_at"] < until]
    return Past(
        datasets=timeline.datasets,
        runs=made,
        verdicts=past,
        threshold_changes=decisions.threshold_changes(random, made),
        model_changes=decisions.model_changes(made),
    )
