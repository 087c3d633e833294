"""Lineage of a run: its data set, model, DAG run, threshold and verdicts."""

from dataclasses import dataclass

from app.services.caching import SHORT, Subject, cached
from app.services.datasets.service import Datasets
from app.services.models.service import Models
from app.services.reviews.store import VerdictStore
from app.services.reviews.types import Share, precision
from app.services.runs.queries import RunFilter
from app.services.runs.service import Runs
from app.services.system.links import Links
from pipeline.errors import NotFound, Unreachable
from pipeline.orchestration import SCORE_DAG, TRAIN_DAG
from pipeline.tracking.datasets import Dataset
from pipeline.tracking.registry import Version
from pipeline.tracking.runs import Run, RunKind


@dataclass(frozen=True)
class Lineage:
    """What a run was made from, and what was made from its model.

    Attributes
    ----------
    dataset
        The data that the run read; None where it no longer exists or is unknown.
    model, version
        The train run that fitted the model, and its registered version; None where there is none.
    score_threshold
        Score below which a score run flagged its rows; for a train run, the current threshold.
    scorings
        Score runs with the model, newest first, at most 25.
    job_url
        The Airflow run that did the work; empty for runs from the command line.
    verdicts
        On rows of the score run, or of all runs of the model; None while PostgreSQL is down.
    """

    run: Run
    dataset: Dataset | None
    model: Run | None
    version: Version | None
    score_threshold: float
    scorings: tuple[Run, ...]
    job_url: str
    verdicts: Share | None


class Lineages:
    """Traces runs through MLflow, Airflow and the verdicts."""

    def __init__(
        self, runs: Runs, datasets: Datasets, models: Models, verdicts: VerdictStore, links: Links
    ) -> None:
        self._runs = runs
        self._datasets = datasets
        self._models = models
        self._verdicts = verdicts
        self._links = links

    @cached(SHORT, Subject.RUNS, Subject.DATASETS, Subject.MODELS, Subject.VERDICTS)
    def of(self, run_id: str) -> Lineage:
        """Return the lineage of a train or score run."""
        run = self._runs.get(run_id)
        trained = run.kind is RunKind.TRAIN
        model = run if trained else self._runs.find(run.model_run_id)
        scorings: tuple[Run, ...] = ()
        if model:
            where = RunFilter(kind=RunKind.SCORE, model_run_id=model.run_id)
            scorings = self._runs.search(where).runs
        threshold = run.tags.get("score_threshold", "0") if trained else run.score_threshold
        return Lineage(
            run=run,
            dataset=self._dataset(run.dataset_id),
            model=model,
            version=self._models.version(model.run_id) if model else None,
            score_threshold=float(threshold),
            scorings=scorings,
            job_url=self._job_url(run, model),
            verdicts=self._verdicts_on(run),
        )

    def _job_url(self, run: Run, model: Run | None) -> str:
        if not run.dag_run_id:
            return ""
        is_training = model is not None and model.dag_run_id == run.dag_run_id
        return self._links.job(TRAIN_DAG if is_training else SCORE_DAG, run.dag_run_id)

    def _verdicts_on(self, run: Run) -> Share | None:
        try:
            if run.kind is RunKind.TRAIN:
                return self._verdicts.precision(run.run_id).flagged
            return precision(self._verdicts.counts_of_run(run.run_id)).flagged
        except Unreachable:  # everything else comes from MLflow
            return None

    def _dataset(self, dataset_id: str) -> Dataset | None:
        try:
            return self._datasets.get(dataset_id) if dataset_id else None
        except NotFound:
            return None
