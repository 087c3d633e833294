"""Retraining: one DAG run trains a model and scores its data set."""

from dataclasses import replace

from app.services.jobs.preflight import Check, CheckState, PastRun
from app.services.jobs.service import PAST_RUNS, Jobs
from app.services.runs.queries import RunFilter
from pipeline.orchestration import TRAIN_DAG
from pipeline.params import TrainParams
from pipeline.tracking.datasets import Dataset
from pipeline.tracking.runs import Run, RunKind, RunStatus


class TrainingJobs(Jobs[TrainParams]):
    """The runs of the training DAG."""

    dag_id = TRAIN_DAG
    kind = RunKind.TRAIN
    params_type = TrainParams

    def _further_checks(self, params: TrainParams, dataset: Dataset | None) -> tuple[Check, ...]:
        if dataset is None or params.max_samples <= dataset.rows:
            return ()
        detail = f"The data has {dataset.rows:,} rows; each tree sees all of them."
        return (Check("Rows per tree", CheckState.WARN, detail),)

    def _work(self, params: TrainParams, rows: int) -> float:
        return float(rows * params.n_estimators)

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
