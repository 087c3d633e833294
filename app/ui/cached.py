"""Answers that pages ask for again and again, kept for a moment per operator.

Live answers are kept for seconds, so that several parts of a page share one request; what a
finished run wrote never changes and is kept for as long as there is room.
"""

from app.services.runs.queries import RunFilter, RunSlice, SortKey
from app.services.runs.types import Artifact, Lineage, Run, RunKind, RunPage, RunStatus, Stage
from app.ui.kit.caching import question
from app.wiring import Console

MOMENT = 3
SHORT = 15
FIELDS, NEWEST = 600, 50
LONG = 24 * 3600
SCORED = RunFilter(kind=RunKind.SCORE, status=RunStatus.FINISHED, stage=Stage.SHOWN)


@question(MOMENT)
def runs(
    console: Console,
    where: RunFilter,
    sort: SortKey = SortKey.STARTED,
    *,
    descending: bool = True,
    limit: int = 25,
    page_token: str = "",
) -> RunPage:
    """A page of runs."""
    return console.runs.search(
        where, sort, descending=descending, limit=limit, page_token=page_token
    )


@question(MOMENT)
def run_slice(
    console: Console, where: RunFilter, sort: SortKey, *, descending: bool, offset: int
) -> RunSlice:
    """Runs from a place in the list on."""
    return console.runs.slice(where, sort, descending=descending, offset=offset)


@question(FIELDS)
def run_fields(console: Console) -> tuple[list[str], list[str]]:
    """Names of the metrics and of the parameters that the newest runs have."""
    newest = console.runs.search(limit=NEWEST).runs
    metrics = {name for run in newest for name in run.metrics}
    params = {name for run in newest for name in run.params}
    return sorted(metrics), sorted(params)


@question(MOMENT)
def scored_runs(console: Console, limit: int) -> tuple[Run, ...]:
    """Finished score runs, newest first."""
    return console.runs.search(SCORED, limit=limit).runs


@question(MOMENT)
def run(console: Console, run_id: str) -> Run:
    """One run."""
    return console.runs.get(run_id)


@question(SHORT)
def artifacts(console: Console, run_id: str) -> list[Artifact]:
    """Files of a run."""
    return console.runs.artifacts(run_id)


@question(LONG, entries=40)
def artifact_bytes(console: Console, run_id: str, path: str) -> bytes:
    """A small binary file of a run."""
    return console.runs.image(run_id, path)


@question(LONG, entries=40)
def artifact_text(console: Console, run_id: str, path: str) -> str:
    """A small text file of a run."""
    return console.runs.text(run_id, path)


@question(SHORT)
def lineage(console: Console, run_id: str) -> Lineage:
    """What a run came from and what came of it."""
    return console.runs.lineage(run_id)


@question(MOMENT)
def champion(console: Console) -> Run | None:
    """The train run behind the champion."""
    return console.runs.champion()


@question(MOMENT)
def latest_model(console: Console) -> Run | None:
    """The newest finished train run."""
    return console.runs.latest_model()


@question(MOMENT)
def latest_score(console: Console) -> Run | None:
    """The newest finished score run."""
    return console.runs.latest_score()
