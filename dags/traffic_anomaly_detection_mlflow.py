"""### Train a model and score the data it learned from.

`train_model` fits features and an isolation forest on a registered data set and registers the
model; `score_model` scores the same data set with the model of this run. Parameters,
metrics, model, scores and charts are in the MLflow experiment `traffic_anomaly_detection`.

Started by hand, or as `TRAINING_SCHEDULE` says: by cron on the newest data set, or on each upload.

Bad data fails at once and is not retried; a task that cannot reach a service is retried once.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task

from dags.schedule import training_schedule
from dags.step_tasks import dag_params, step
from pipeline.orchestration import TRAIN_DAG
from pipeline.params import ScoreParams, TrainParams


@dag(
    dag_id=TRAIN_DAG,
    dag_display_name="Traffic anomalies: train and score",
    doc_md=__doc__,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    schedule=training_schedule(),
    catchup=False,
    max_active_runs=8,
    params=dag_params(TrainParams),
    default_args={"retries": 1, "retry_delay": timedelta(seconds=10)},
    tags=["anomaly-console"],
)
def traffic_anomaly_detection_mlflow() -> None:
    """Wire training to scoring."""

    @task
    def train_model() -> str:
        """Train on the data set and return the id of the MLflow run."""
        with step() as run:
            from pipeline import steps  # noqa: PLC0415 - heavy: only inside tasks

            return steps.train_model(run.params(TrainParams), run.context)

    @task
    def score_model(model: str) -> str:
        """Score the same data set with that model and return the id of the MLflow run."""
        with step() as run:
            from pipeline import steps  # noqa: PLC0415 - heavy: only inside tasks

            params = ScoreParams(dataset=steps.dataset_of(model), model=model)
            return steps.score_model(params, run.context)

    score_model(train_model())  # type: ignore[arg-type]


traffic_anomaly_detection_mlflow()
