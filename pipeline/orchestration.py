"""Names and rules that the Airflow DAGs share with everything that triggers them."""

from typing import NoReturn

from croniter import croniter

TRAIN_DAG = "traffic_anomaly_detection_mlflow"
SCORE_DAG = "traffic_anomaly_scoring_mlflow"
DATASET_ASSET = "traffic_datasets"

SCHEDULER = "scheduler"
"""Recorded as the operator of runs that nobody triggered."""

SIGNALLED = 128
"""Added to the number of a signal that ended a process, as shells do."""

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


def exit_on_signal(number: int, _frame: object) -> NoReturn:
    """End the process by an exception, so that a run in progress is closed as killed."""
    raise SystemExit(SIGNALLED + number)
