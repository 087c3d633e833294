"""From the file to the verdicts: everything behind a run, a model or a row."""

from dataclasses import dataclass

from app.clients.errors import NotFound, Unreachable
from app.services.datasets.service import Datasets
from app.services.datasets.types import Dataset
from app.services.models.service import Models
from app.services.models.types import Version
from app.services.reviews.store import VerdictStore
from app.services.reviews.types import Share, precision
from app.services.runs.service import Runs
from app.services.runs.types import Run, RunKind


@dataclass(frozen=True)
class Trail:
    """Where a run comes from, station by station.

    Attributes
    ----------
    run
        The score run, or the train run itself.
    dataset
        What the run read; None where it is gone or unknown.
    model, version
        The train run behind it and its version in the registry; None where they are gone.
    score_threshold
        Below which score the run flagged its rows; of a train run, the one in force.
    scores
        Newest scorings with the model, at most 25.
    job_url
        The Airflow run that did the work; empty for runs from the command line.
    verdicts
        Those given in the score run, or under the model; None while nobody can tell.
    """

    run: Run
    dataset: Dataset | None
    model: Run | None
    version: Version | None
    score_threshold: float
    scores: tuple[Run, ...]
    job_url: str
    verdicts: Share | None


class Lineages:
    """Puts together what MLflow, Airflow's ids and the verdicts say."""

    def __init__(
        self, runs: Runs, datasets: Datasets, models: Models, verdicts: VerdictStore
    ) -> None:
        self._runs = runs
        self._datasets = datasets
        self._models = models
        self._verdicts = verdicts

    def of(self, run_id: str) -> Trail:
        """Return the trail of a training or a scoring."""
        known = self._runs.lineage(run_id)
        run, model = known.run, known.train
        trained = run.kind is RunKind.TRAIN
        decided = run.tags.get("score_threshold", "0") if trained else run.score_threshold
        return Trail(
            run=run,
            dataset=self._dataset(run.dataset_id),
            model=model,
            version=self._models.version(model.run_id) if model else None,
            score_threshold=float(decided),
            scores=known.scores,
            job_url=known.dag_run_url,
            verdicts=self._judged(run),
        )

    def _judged(self, run: Run) -> Share | None:
        trained = run.kind is RunKind.TRAIN
        try:
            if trained:
                return self._verdicts.precision(run.run_id).flagged
            return precision(self._verdicts.counts_of_run(run.run_id)).flagged
        except Unreachable:  # the rest of the trail lies in MLflow
            return None

    def _dataset(self, dataset_id: str) -> Dataset | None:
        try:
            return self._datasets.get(dataset_id) if dataset_id else None
        except NotFound:
            return None
