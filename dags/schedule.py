"""When the training runs by itself; the only module of the DAGs that reads the environment."""

from __future__ import annotations

import os

from airflow.sdk import Asset
from croniter import croniter

SETTING = "TRAINING_SCHEDULE"
NONE, ON_UPLOAD = "none", "on_upload"
CRON_FIELDS = 5
DATASETS = Asset(name="traffic_datasets", uri="x-mlflow://traffic_datasets")
"""Changes when a data set is registered; an event's ``extra`` has its id as ``dataset``."""


def training_schedule() -> str | list[Asset] | None:
    """Return what Airflow schedules the training by: cron in UTC, each upload, or nothing.

    Raises
    ------
    ValueError
        ``TRAINING_SCHEDULE`` is neither ``none`` nor ``on_upload`` nor five fields of cron.
    """
    wanted = os.environ.get(SETTING, "").strip() or NONE
    if wanted == NONE:
        return None
    if wanted == ON_UPLOAD:
        return [DATASETS]
    if len(wanted.split()) != CRON_FIELDS or not croniter.is_valid(wanted):
        raise ValueError(
            f"{SETTING} must be {NONE}, {ON_UPLOAD} or five fields of cron such as '0 3 * * 1', "
            f"got {wanted!r}"
        )
    return wanted
