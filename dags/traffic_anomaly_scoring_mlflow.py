"""### Score a data set with an existing model.

`score_model` scores a registered data set with the champion (the latest model while none is
chosen), the challenger, the latest model or that of a given training run, at the threshold of its
training or the one decided since. Scores, charts, drift and metrics are in the MLflow experiment
`traffic_anomaly_detection`; the log and the run's tag `model_chosen_as` say which model it was.

Bad data fails at once and is not retried; a task that cannot reach a service is retried once.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task

from dags.step_tasks import dag_params, step
from pipeline.orchestration import SCORE_DAG
from pipeline.params import ScoreParams


@dag(
    dag_id=SCORE_DAG,
    dag_display_name="Traffic anomalies: score",
    doc_md=__doc__,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    schedule=None,
    catchup=False,
    max_active_runs=8,
    params=dag_params(ScoreParams),
    default_args={"retries": 1, "retry_delay": timedelta(seconds=10)},
    tags=["anomaly-console"],
)
def traffic_anomaly_scoring_mlflow() -> None:
    """Wire the one task."""

    @task
    def score_model() -> str:
        """Score the data set and return the id of the MLflow run."""
        with step() as run:
            from pipeline import steps  # noqa: PLC0415 - heavy: only inside tasks

            return steps.score_model(run.params(ScoreParams), run.context)

    score_model()


traffic_anomaly_scoring_mlflow()
