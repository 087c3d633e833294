"""Answers that pages ask for again and again, kept for a moment per operator.

Live answers are kept for seconds, so that several parts of a page share one request; what a
finished run wrote never changes and is kept for as long as there is room.
"""

import pyarrow as pa

from app.services.datasets.types import ColumnProfile, Dataset
from app.services.jobs.preflight import Preflight
from app.services.jobs.schedule import Timetable
from app.services.jobs.scoring import ModelChoice
from app.services.jobs.types import Job, JobState
from app.services.overview.service import Suggestion
from app.services.runs.types import Stage
from app.services.system.service import ServiceHealth
from app.ui.kit.caching import question
from app.wiring import Console
from pipeline.params import ScoreParams, TrainParams

MOMENT = 3
SHORT = 15
LONG = 24 * 3600


@question(MOMENT)
def health(console: Console) -> tuple[ServiceHealth, ...]:
    """How the services are doing."""
    return console.health.check()


@question(SHORT)
def datasets(console: Console, stage: Stage | None = Stage.ACTIVE, name: str = "") -> list[Dataset]:
    """Data sets, newest first."""
    return console.datasets.list_datasets(stage=stage, name=name)


@question(SHORT)
def dataset(console: Console, dataset_id: str) -> Dataset:
    """One data set."""
    return console.datasets.get(dataset_id)


@question(LONG)
def profile(console: Console, dataset_id: str) -> tuple[ColumnProfile, ...]:
    """What each column holds."""
    return console.datasets.profile(dataset_id)


@question(LONG, entries=8)
def preview(console: Console, dataset_id: str) -> pa.Table:
    """The first rows of a data set."""
    return console.datasets.preview(dataset_id)


@question(SHORT)
def models(console: Console) -> list[ModelChoice]:
    """Models to score with."""
    return console.scoring.models()


@question(MOMENT)
def train_preflight(console: Console, params: TrainParams) -> Preflight:
    """What must hold before a retraining."""
    return console.training.preflight(params)


@question(MOMENT)
def score_preflight(console: Console, params: ScoreParams) -> Preflight:
    """What must hold before a scoring."""
    return console.scoring.preflight(params)


@question(SHORT)
def suggestion(console: Console) -> Suggestion | None:
    """Why to retrain."""
    return console.suggestions.current()


@question(SHORT)
def timetable(console: Console) -> Timetable:
    """How the training is scheduled."""
    return console.schedule.timetable()


@question(MOMENT)
def jobs(console: Console, states: tuple[JobState, ...] = (), limit: int = 10) -> list[Job]:
    """Retrainings and scorings together, newest first."""
    both = [
        *console.training.jobs.recent(limit, states=states),
        *console.scoring.jobs.recent(limit, states=states),
    ]
    return sorted(both, key=lambda job: job.queued, reverse=True)[:limit]
