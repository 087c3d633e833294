"""Names and rules that the Airflow DAGs share with everything that triggers them."""

from croniter import croniter

TRAIN_DAG = "traffic_anomaly_detection_mlflow"
SCORE_DAG = "traffic_anomaly_scoring_mlflow"
DATASET_ASSET = "traffic_datasets"
DATASET_NAME = "dataset_name"
"""Key of a DAG run's conf: what the operator calls the data set."""

SCHEDULER = "scheduler"
"""Recorded as the operator of runs that nobody triggered."""

NO_SCHEDULE, ON_UPLOAD = "none", "on_upload"
CRON_FIELDS = 5


def check_schedule(schedule: str) -> str:
    """Return a value of ``TRAINING_SCHEDULE`` if Airflow can follow it.

    Raises
    ------
    ValueError
        It is neither ``none`` nor ``on_upload`` nor five fields of cron.
    """
    is_cron = len(schedule.split()) == CRON_FIELDS and croniter.is_valid(schedule)
    if not is_cron and schedule not in {NO_SCHEDULE, ON_UPLOAD}:
        raise ValueError(
            f"must be {NO_SCHEDULE}, {ON_UPLOAD} or five fields of cron such as '0 3 * * 1'"
        )
    return schedule
