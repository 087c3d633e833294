"""When the training runs by itself; the only module of the DAGs that reads the environment."""

from __future__ import annotations

import os

from airflow.sdk import Asset

from pipeline.orchestration import DATASET_ASSET, NO_SCHEDULE, ON_UPLOAD, check_schedule

SETTING = "TRAINING_SCHEDULE"
DATASETS = Asset(name=DATASET_ASSET, uri=f"x-mlflow://{DATASET_ASSET}")
"""Changes when a data set is registered; an event's ``extra`` has its id as ``dataset``."""


def training_schedule() -> str | list[Asset] | None:
    """Return what Airflow schedules the training by: cron in UTC, each upload, or nothing.

    Raises
    ------
    ValueError
        Airflow could not follow ``TRAINING_SCHEDULE``.
    """
    schedule = os.environ.get(SETTING, "").strip() or NO_SCHEDULE
    try:
        check_schedule(schedule)
    except ValueError as error:
        raise ValueError(f"{SETTING} {error}, got {schedule!r}") from None
    return {NO_SCHEDULE: None, ON_UPLOAD: [DATASETS]}.get(schedule, schedule)
