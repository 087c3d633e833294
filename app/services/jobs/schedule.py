"""Unattended retraining: when it runs next, and whether a new data set starts one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.clients.airflow import AirflowClient
from app.services.caching import SHORT, Subject, cached, changed
from pipeline.orchestration import DATASET_ASSET, TRAIN_DAG
from pipeline.tracking.datasets import Dataset


class ScheduleKind(StrEnum):
    """What starts a retraining without an operator."""

    NONE = "none"
    CRON = "cron"
    ON_UPLOAD = "on_upload"


@dataclass(frozen=True)
class Timetable:
    """How the training is scheduled, as Airflow has it.

    Attributes
    ----------
    cron, description
        The five fields, and the same in words; empty for any other kind.
    next_run
        In UTC; None where no time is set.
    paused
        Nothing starts while it is.
    """

    kind: ScheduleKind
    cron: str = ""
    description: str = ""
    next_run: datetime | None = None
    paused: bool = False


class Schedule:
    """Reads the training's schedule and announces new data sets to Airflow."""

    def __init__(self, airflow: AirflowClient) -> None:
        self._airflow = airflow
        self.cache_scope = airflow  # what Airflow answers depends on the operator's token

    @cached(SHORT, Subject.JOBS)
    def timetable(self) -> Timetable:
        """Return how the training is scheduled."""
        return self._read()

    def announce(self, dataset: Dataset, since: datetime) -> bool:
        """Tell Airflow of a data set that was registered, if it trains on uploads.

        Bytes that were registered before start nothing.

        Parameters
        ----------
        since
            When its registration began: an older data set is not new.

        Returns
        -------
        bool
            Whether a retraining was started.

        Raises
        ------
        Forbidden
            The operator's role may not start one.
        """
        if dataset.created < since or self._read().kind is not ScheduleKind.ON_UPLOAD:
            return False
        asset = self._airflow.asset_id(DATASET_ASSET)
        self._airflow.create_asset_event(asset, {"dataset": dataset.dataset_id})
        changed(Subject.JOBS, Subject.RUNS)
        return True

    def _read(self) -> Timetable:
        dag = self._airflow.dag(TRAIN_DAG)
        paused = bool(dag.is_paused)
        if dag.asset_expression:
            return Timetable(ScheduleKind.ON_UPLOAD, paused=paused)
        summary = dag.timetable_summary or ""
        if not dag.timetable_periodic and not dag.next_dagrun_run_after:
            return Timetable(ScheduleKind.NONE, paused=paused)
        description = dag.timetable_description or ""
        return Timetable(ScheduleKind.CRON, summary, description, dag.next_dagrun_run_after, paused)
