"""What speaks for and against a model before it is put in charge."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.services.anomalies.service import Anomalies
from app.services.comparison.queries import ScoredPair
from app.services.comparison.types import Overlap
from app.services.datasets.service import Datasets
from app.services.datasets.types import Dataset
from app.services.models.thresholds import NEAR, Standing
from app.services.reviews.service import Store
from app.services.reviews.types import Share, precision
from app.services.runs.queries import RunFilter
from app.services.runs.service import Runs
from app.services.runs.types import Run, RunKind, RunStatus

RECENT, LOOKED_AT = 50, 200


@dataclass(frozen=True)
class NewData:
    """The rate on the newest data that the model did not learn from, at its threshold in force."""

    run: Run
    rate: float


@dataclass(frozen=True)
class Shared:
    """How far two models flag the same rows of one data set, each at its threshold in force.

    Attributes
    ----------
    own, other
        The score runs of the model and of the champion.
    """

    own: Run
    other: Run
    overlap: Overlap


@dataclass(frozen=True)
class Evidence:
    """What the gate shows.

    Attributes
    ----------
    recall, auc
        Of deliberately corrupted training rows; None where the run did not log it.
    new_data
        None where the model has scored no data but its own.
    newest
        The newest data set there is; None where there is none.
    precision
        From verdicts under the model.
    shared
        None where there is no champion, or no data set that both have scored.
    """

    recall: float | None
    auc: float | None
    new_data: NewData | None
    newest: Dataset | None
    precision: Share
    shared: Shared | None

    @property
    def knows_newest(self) -> bool:
        """Whether the rate is that of the newest data set."""
        return bool(
            self.newest and self.new_data and self.new_data.run.dataset_id == self.newest.dataset_id
        )

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as they are kept with a decision."""
        found = self.shared
        return {
            "injected_recall": self.recall,
            "injected_auc": self.auc,
            "new_data": self.new_data
            and {"run_id": self.new_data.run.run_id, "rate": self.new_data.rate},
            "precision": asdict(self.precision),
            "overlap": found
            and {
                "run_id": found.own.run_id,
                "champion_run_id": found.other.run_id,
                "rows": found.overlap.rows,
                "both": found.overlap.both,
                "first": found.overlap.only_a,
                "second": found.overlap.only_b,
            },
        }


@dataclass(frozen=True)
class Listed:
    """Evidence in short: rate of the newest scoring of other data, and precision by verdicts."""

    rate: float | None
    precision: Share


class Evidences:
    """Gathers evidence from MLflow, from scored rows and from verdicts."""

    def __init__(
        self, runs: Runs, datasets: Datasets, anomalies: Anomalies, verdicts: Store
    ) -> None:
        self._runs = runs
        self._datasets = datasets
        self._anomalies = anomalies
        self._verdicts = verdicts

    def of(self, standing: Standing, champion: Standing | None) -> Evidence:
        """Return the evidence on a model, held against the champion where there is another."""
        model = standing.model
        scored = self._scored(model.run_id)
        newest = self._datasets.list_datasets(1)
        return Evidence(
            recall=model.metrics.get("injected_recall"),
            auc=model.metrics.get("injected_auc"),
            new_data=self._new_data(standing, scored),
            newest=newest[0] if newest else None,
            precision=precision(self._verdicts.counts(model.run_id)).flagged,
            shared=self._shared(standing, champion, scored) if champion else None,
        )

    def listed(self, models: Sequence[Run]) -> dict[str, Listed]:
        """Return in short what there is on some models: two questions for all of them."""
        if not models:
            return {}
        counts = self._verdicts.counts_by_model([model.run_id for model in models])
        where = RunFilter(kind=RunKind.SCORE, status=RunStatus.FINISHED)
        rates: dict[str, float] = {}
        own = {model.run_id: model.dataset_id for model in models}
        for run in self._runs.search(where, limit=LOOKED_AT).runs:
            model = run.model_run_id
            if "anomaly_rate" in run.metrics and run.dataset_id != own.get(model, run.dataset_id):
                rates.setdefault(model, run.metrics["anomaly_rate"])
        return {
            each: Listed(rates.get(each), precision(found).flagged)
            for each, found in counts.items()
        }

    def _scored(self, model_run_id: str) -> tuple[Run, ...]:
        """Return the newest finished scorings with a model."""
        where = RunFilter(kind=RunKind.SCORE, status=RunStatus.FINISHED, model_run_id=model_run_id)
        return self._runs.search(where, limit=RECENT).runs

    def _new_data(self, standing: Standing, scored: tuple[Run, ...]) -> NewData | None:
        own = standing.model.dataset_id
        run = next((each for each in scored if each.dataset_id != own), None)
        if run is None:
            return None
        if abs(run.score_threshold - standing.score) < NEAR and "anomaly_rate" in run.metrics:
            return NewData(run, run.metrics["anomaly_rate"])
        rows = self._anomalies.rows_of(run.run_id)
        alone = ScoredPair(rows, rows, (standing.score, standing.score)).overlap()
        return NewData(run, alone.rates[0])

    def _shared(
        self, standing: Standing, champion: Standing, scored: tuple[Run, ...]
    ) -> Shared | None:
        if champion.model.run_id == standing.model.run_id:
            return None
        others = {run.dataset_id: run for run in reversed(self._scored(champion.model.run_id))}
        own = next((run for run in scored if run.dataset_id in others), None)
        if own is None:
            return None
        other = others[own.dataset_id]
        mine, theirs = (self._anomalies.rows_of(run.run_id) for run in (own, other))
        pair = ScoredPair(mine, theirs, (standing.score, champion.score))
        return Shared(own, other, pair.overlap())
