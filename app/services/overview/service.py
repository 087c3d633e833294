"""Whether a retraining is due, by the drift and the precision of the champion.

``docs/metrics.md`` says where the limits come from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.services.caching import SHORT, Subject, cached
from app.services.reviews.store import VerdictStore
from app.services.reviews.types import Share, VerdictPrecision
from app.services.runs.queries import RunFilter
from app.services.runs.service import Runs
from pipeline.tracking.runs import Run, RunKind, RunStatus, Stage

DRIFTED = 0.25
"""Population stability index above which a feature counts as drifted."""

DRIFT = "drift/"


class Cause(StrEnum):
    """A reason to retrain."""

    DRIFT = "drift"
    PRECISION = "precision"


@dataclass(frozen=True)
class Evidence:
    """One cause with its numbers.

    Attributes
    ----------
    run
        The score run that shows it.
    drifted
        Index of each drifted feature, the largest first; empty for another cause.
    reviewed
        What reviewers found of the rows that the model had flagged; None for another cause.
    """

    cause: Cause
    run: Run
    drifted: Mapping[str, float]
    reviewed: Share | None = None


@dataclass(frozen=True)
class Suggestion:
    """Why the champion should be retrained.

    Attributes
    ----------
    newer
        A model that was trained since and may be promoted instead; None where there is none.
    wanted
        The precision that the model should reach.
    """

    model: Run
    evidence: tuple[Evidence, ...]
    newer: Run | None
    wanted: float


class Suggestions:
    """Examines the newest score run of the champion, and the verdicts on its rows.

    Parameters
    ----------
    wanted
        Precision, 0 to 1, that reviewers should find; below it the model is not good enough.
    """

    def __init__(self, runs: Runs, verdicts: VerdictStore, wanted: float) -> None:
        self._runs = runs
        self._verdicts = verdicts
        self._wanted = wanted

    @cached(SHORT, Subject.RUNS, Subject.MODELS, Subject.VERDICTS)
    def current(self) -> Suggestion | None:
        """Return why to retrain; None where there is no reason to."""
        model = self._runs.champion() or self._runs.latest_model()
        scored = self._newest_score(model) if model else None
        if model is None or scored is None:
            return None
        found = self._verdicts.precision(model.run_id)
        evidence = [*self._drift(scored), *self._precision(scored, found)]
        if not evidence:
            return None
        return Suggestion(model, tuple(evidence), self._newer(scored, model), self._wanted)

    def _newest_score(self, model: Run) -> Run | None:
        finished = RunFilter(RunKind.SCORE, RunStatus.FINISHED, model_run_id=model.run_id)
        found = self._runs.search(finished, limit=1).runs
        return found[0] if found else None

    @staticmethod
    def _drift(scored: Run) -> list[Evidence]:
        """Use the metric that allows for few rows, as the alert does."""
        if not scored.metrics.get("drifted_features"):
            return []
        indices = {
            name.removeprefix(DRIFT): value
            for name, value in scored.metrics.items()
            if name.startswith(DRIFT) and value > DRIFTED
        }
        largest_first = sorted(indices.items(), key=lambda item: -item[1])
        return [Evidence(Cause.DRIFT, scored, dict(largest_first))] if indices else []

    def _precision(self, scored: Run, found: VerdictPrecision) -> list[Evidence]:
        """Wait until even the upper end of the interval is below the wanted precision."""
        high = found.flagged.high
        if high is None or high >= self._wanted:
            return []
        return [Evidence(Cause.PRECISION, scored, {}, found.flagged)]

    def _newer(self, scored: Run, model: Run) -> Run | None:
        since = RunFilter(
            RunKind.TRAIN, RunStatus.FINISHED, since=scored.started, stage=Stage.ACTIVE
        )
        found = [run for run in self._runs.search(since, limit=1).runs if run != model]
        return found[0] if found else None
