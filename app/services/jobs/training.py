"""Retraining: what must hold before, the trigger itself, and again with changes."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime

from app.clients.errors import ServiceError
from app.services.datasets.types import Dataset
from app.services.jobs.preflight import (
    UNKNOWN,
    Check,
    Checks,
    CheckState,
    Estimate,
    PastRun,
    Preflight,
    estimate,
)
from app.services.jobs.service import Jobs
from app.services.runs.queries import RunFilter
from app.services.runs.service import Runs
from app.services.runs.types import Run, RunKind, RunStatus
from pipeline.params import TrainParams, parse

PAST_RUNS = 50


def new_intent() -> str:
    """Return a fresh id for one click: the moment, readable, and something unguessable."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


class Training:
    """Everything about one retraining; ``jobs`` follows, cancels and retries it."""

    def __init__(self, jobs: Jobs, checks: Checks, runs: Runs) -> None:
        self.jobs = jobs
        self._checks = checks
        self._runs = runs

    def preflight(self, params: TrainParams) -> Preflight:
        """Check all that must hold before ``params`` can run; never raises for a service down."""
        checks, dataset, queued = self._checks.all(params.dataset)
        if dataset and params.max_samples > dataset.rows:
            detail = f"The data has {dataset.rows:,} rows; each tree sees all of them."
            checks = (*checks, Check("Rows per tree", CheckState.WARN, detail))
        return Preflight(dataset, checks, self._estimate(params, dataset), queued)

    def unpause(self) -> None:
        """Let the DAG run again."""
        self.jobs.unpause()

    def trigger(self, params: TrainParams, intent: str) -> str:
        """Start a run and return its DAG run id.

        Parameters
        ----------
        intent
            Made once per click of intent (``new_intent()``): the same intent is the same run, so a
            double click or a resubmitted form starts nothing new.

        Raises
        ------
        Rejected
            A parameter out of bounds; the message names it.
        Forbidden
            The operator's role may not trigger.
        """
        return self.jobs.trigger(f"train__{intent}", params.model_dump())

    def params_of(self, dag_run_id: str) -> TrainParams:
        """Return what a run was started with, to run it again with changes."""
        stored = self.jobs.params(dag_run_id)
        known = {name: stored[name] for name in TrainParams.model_fields if name in stored}
        return parse(TrainParams, known)

    def _estimate(self, params: TrainParams, dataset: Dataset | None) -> Estimate:
        if dataset is None:
            return UNKNOWN
        try:
            past = self._past_runs()
        except ServiceError:
            return UNKNOWN
        return estimate(float(dataset.rows * params.n_estimators), past)

    def _past_runs(self) -> list[PastRun]:
        """Return finished jobs: from the start of training to the end of scoring."""
        finished = RunFilter(status=RunStatus.FINISHED)
        trains = self._runs.search(replace(finished, kind=RunKind.TRAIN), limit=PAST_RUNS).runs
        scores = self._runs.search(replace(finished, kind=RunKind.SCORE), limit=PAST_RUNS).runs
        # The same DAG run, lest a model's later scorings count as part of its training.
        score_of = {(score.model_run_id, score.dag_run_id): score for score in scores}
        pairs = ((train, score_of.get((train.run_id, train.dag_run_id))) for train in trains)
        return [_past_run(train, score) for train, score in pairs if score]


def _past_run(train: Run, score: Run) -> PastRun:
    trees = float(train.params.get("n_estimators", 0))
    seconds = (score.ended - train.started).total_seconds() if score.ended else 0.0
    return PastRun(train.metrics.get("rows", 0.0) * trees, seconds)
