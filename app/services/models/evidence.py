"""Evidence for and against a model, gathered before it is promoted."""

from dataclasses import asdict, dataclass
from typing import Any

from app.services.anomalies.service import Anomalies
from app.services.caching import SHORT, Subject, cached
from app.services.comparison.queries import ScoredPair
from app.services.comparison.types import Overlap
from app.services.datasets.service import Datasets
from app.services.models.service import Models
from app.services.models.thresholds import TOLERANCE, CurrentThreshold, Thresholds
from app.services.reviews.store import VerdictStore
from app.services.reviews.types import Share
from app.services.runs.queries import RunFilter
from app.services.runs.service import Runs
from pipeline.tracking.datasets import Dataset
from pipeline.tracking.runs import Run, RunKind, RunStatus

MAX_SCORE_RUNS, MAX_RECENT_RUNS = 50, 200


@dataclass(frozen=True)
class RateOnNewData:
    """Anomaly rate on the newest data that the model was not trained on, at its threshold."""

    run: Run
    rate: float


@dataclass(frozen=True)
class SharedAnomalies:
    """How far two models flag the same rows of one data set, each at its current threshold.

    Attributes
    ----------
    own, other
        The score runs of the model and of the champion.
    """

    own: Run
    other: Run
    overlap: Overlap


@dataclass(frozen=True)
class ModelEvidence:
    """Evidence on one model.

    Attributes
    ----------
    recall, auc
        Of injected anomalies; None where the run did not log it.
    new_data
        None where the model has scored no data but its own.
    newest
        The newest data set; None where there is none.
    precision
        From verdicts under the model.
    shared
        None where there is no champion, or no data set that both have scored.
    """

    recall: float | None
    auc: float | None
    new_data: RateOnNewData | None
    newest: Dataset | None
    precision: Share
    shared: SharedAnomalies | None

    @property
    def knows_newest(self) -> bool:
        """Whether the rate is that of the newest data set."""
        return bool(
            self.newest and self.new_data and self.new_data.run.dataset_id == self.newest.dataset_id
        )

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as they are stored with a decision."""
        rate, shared = self.new_data, self.shared
        return {
            "injected_recall": self.recall,
            "injected_auc": self.auc,
            "new_data": rate and {"run_id": rate.run.run_id, "rate": rate.rate},
            "precision": asdict(self.precision),
            "overlap": shared
            and {
                "run_id": shared.own.run_id,
                "champion_run_id": shared.other.run_id,
                "rows": shared.overlap.rows,
                "both": shared.overlap.both,
                "first": shared.overlap.only_a,
                "second": shared.overlap.only_b,
            },
        }


@dataclass(frozen=True)
class EvidenceSummary:
    """The rate of the newest scoring of other data, and the precision by verdicts."""

    rate: float | None
    precision: Share


class EvidenceQueries:
    """Gathers evidence from MLflow, from scored rows and from verdicts."""

    def __init__(
        self,
        *,
        runs: Runs,
        datasets: Datasets,
        anomalies: Anomalies,
        models: Models,
        thresholds: Thresholds,
        verdicts: VerdictStore,
    ) -> None:
        self._runs = runs
        self._datasets = datasets
        self._anomalies = anomalies
        self._models = models
        self._thresholds = thresholds
        self._verdicts = verdicts

    @cached(SHORT, Subject.MODELS, Subject.RUNS, Subject.DATASETS, Subject.VERDICTS)
    def of(self, model_run_id: str) -> ModelEvidence:
        """Return the evidence on a model, compared with the champion where there is another."""
        champion = self._runs.champion()
        current = self._thresholds.current(champion.run_id) if champion else None
        return self.between(self._thresholds.current(model_run_id), current)

    def between(
        self, threshold: CurrentThreshold, champion: CurrentThreshold | None
    ) -> ModelEvidence:
        """Return the evidence on a model, compared with another one as the champion."""
        model = threshold.model
        scored = self._scored(model.run_id)
        newest = self._datasets.list_datasets(1)
        return ModelEvidence(
            recall=model.metrics.get("injected_recall"),
            auc=model.metrics.get("injected_auc"),
            new_data=self._new_data(threshold, scored),
            newest=newest[0] if newest else None,
            precision=self._verdicts.precision(model.run_id).flagged,
            shared=self._shared(threshold, champion, scored) if champion else None,
        )

    def summaries(self, token: str = "") -> dict[str, EvidenceSummary]:
        """Return a summary for each model of a page, with one query to each service."""
        models = self._models.trained(token).runs
        own = {model.run_id: model.dataset_id for model in models}
        if not own:
            return {}
        rates: dict[str, float] = {}
        where = RunFilter(kind=RunKind.SCORE, status=RunStatus.FINISHED)
        for run in self._runs.search(where, limit=MAX_RECENT_RUNS).runs:
            model = run.model_run_id
            if "anomaly_rate" in run.metrics and run.dataset_id != own.get(model, run.dataset_id):
                rates.setdefault(model, run.metrics["anomaly_rate"])
        return {
            each: EvidenceSummary(rates.get(each), precision.flagged)
            for each, precision in self._verdicts.precisions(tuple(own)).items()
        }

    def _scored(self, model_run_id: str) -> tuple[Run, ...]:
        """Return the newest finished score runs of a model."""
        where = RunFilter(kind=RunKind.SCORE, status=RunStatus.FINISHED, model_run_id=model_run_id)
        return self._runs.search(where, limit=MAX_SCORE_RUNS).runs

    def _new_data(
        self, threshold: CurrentThreshold, scored: tuple[Run, ...]
    ) -> RateOnNewData | None:
        own = threshold.model.dataset_id
        run = next((each for each in scored if each.dataset_id != own), None)
        if run is None:
            return None
        unchanged = abs(run.score_threshold - threshold.score) < TOLERANCE
        if unchanged and "anomaly_rate" in run.metrics:
            return RateOnNewData(run, run.metrics["anomaly_rate"])
        rows = self._anomalies.rows_of(run.run_id)
        flagged = ScoredPair(rows, rows, (threshold.score, threshold.score)).overlap()
        return RateOnNewData(run, flagged.both / flagged.rows if flagged.rows else 0.0)

    def _shared(
        self, threshold: CurrentThreshold, champion: CurrentThreshold, scored: tuple[Run, ...]
    ) -> SharedAnomalies | None:
        if champion.model.run_id == threshold.model.run_id:
            return None
        others = {run.dataset_id: run for run in reversed(self._scored(champion.model.run_id))}
        own = next((run for run in scored if run.dataset_id in others), None)
        if own is None:
            return None
        other = others[own.dataset_id]
        mine, theirs = (self._anomalies.rows_of(run.run_id) for run in (own, other))
        pair = ScoredPair(mine, theirs, (threshold.score, champion.score))
        return SharedAnomalies(own, other, pair.overlap())
