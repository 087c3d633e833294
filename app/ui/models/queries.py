"""Questions about models and what was decided on them, kept for a moment per operator."""

from app.services import caching
from app.services.caching import Subject
from app.services.models.evidence import Evidence, Listed
from app.services.models.threshold_choice import ByPrecision, Preview
from app.services.models.thresholds import Standing, Workload
from app.services.models.types import (
    Alias,
    ChangeFilter,
    Decision,
    Former,
    Post,
    ThresholdChange,
    Version,
)
from app.services.runs.queries import RunFilter
from app.services.runs.types import Run, RunKind, RunPage, RunStatus
from app.ui import cached
from app.ui.kit.caching import question
from app.wiring import Console

MOMENT, SHORT, LONG = 3, 15, 24 * 3600


@question(MOMENT)
def post(console: Console, alias: Alias) -> Post:
    """Who holds an alias."""
    return console.models.post(alias)


@question(SHORT)
def former(console: Console, alias: Alias) -> list[Former]:
    """Who held it before."""
    return console.models.former(console.models.post(alias))


@question(MOMENT)
def trained(console: Console, token: str) -> RunPage:
    """A page of models."""
    return console.models.trained(token)


@question(SHORT)
def listed(console: Console, token: str) -> dict[str, Listed]:
    """Evidence in short on each model of a page."""
    return console.evidences.listed(console.models.trained(token).runs)


@question(SHORT)
def version(console: Console, run_id: str) -> Version | None:
    """The registered version of a model."""
    return console.models.version(run_id)


@question(SHORT)
def evidence(console: Console, run_id: str) -> Evidence:
    """What speaks for and against a model, beside the champion."""
    standing, champion = console.thresholds.standing(run_id), console.runs.champion()
    other = console.thresholds.standing(champion.run_id) if champion else None
    return console.evidences.of(standing, other)


@question(MOMENT)
def standing(console: Console, run_id: str) -> Standing:
    """The threshold of a model."""
    return console.thresholds.standing(run_id)


@question(LONG)
def trained_thresholds(console: Console, run_ids: tuple[str, ...]) -> dict[str, float]:
    """The thresholds of trainings, from which scores are counted."""
    runs = console.runs.some(run_ids)
    return {run.run_id: run.metrics["threshold"] for run in runs if "threshold" in run.metrics}


@question(MOMENT)
def threshold_history(console: Console, run_id: str) -> list[ThresholdChange]:
    """How it moved."""
    return console.thresholds.history(run_id)


@question(MOMENT)
def scorings(console: Console, run_id: str) -> tuple[Run, ...]:
    """Finished scorings with a model, newest first."""
    where = RunFilter(kind=RunKind.SCORE, status=RunStatus.FINISHED, model_run_id=run_id)
    return console.runs.search(where).runs


@question(LONG)
def preview(console: Console, run_id: str, before: float, after: float) -> Preview:
    """What another threshold would gain and lose."""
    return console.thresholds.preview(run_id, before, after)


@question(LONG)
def at_severity(console: Console, run_id: str, severity: float) -> float:
    """The threshold that flags from a severity up."""
    return console.thresholds.at_severity(run_id, severity)


@question(LONG)
def at_rows(console: Console, run_id: str, most: int) -> float:
    """The threshold that flags so many rows."""
    return console.thresholds.at_rows(run_id, most)


@question(SHORT)
def at_precision(console: Console, run_id: str, wanted: float) -> ByPrecision:
    """The threshold that verdicts bear out."""
    return console.thresholds.at_precision(run_id, wanted)


@question(LONG)
def workload(console: Console, run_id: str) -> Workload:
    """How fast the rows of a run came in."""
    return console.thresholds.workload(run_id)


@question(MOMENT)
def decisions(
    console: Console, where: ChangeFilter, kind: str = "", limit: int = 50
) -> list[Decision]:
    """What was decided, newest first."""
    return console.models.decisions(where, kind, limit)


def forget_decisions() -> None:
    """Ask anew, because a decision was made or refused."""
    for each in (post, former, evidence, standing, threshold_history, decisions):
        each.forget()
    for other in (cached.models, cached.score_preflight):
        other.forget()
    caching.changed(Subject.MODELS)
