"""Retraining without an operator: when it runs next, and what an upload sets off."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.clients.airflow import AirflowClient
from app.services.datasets.types import Dataset
from app.services.system import names


class Rhythm(StrEnum):
    """What sets a retraining off."""

    NONE = "none"
    CRON = "cron"
    ON_UPLOAD = "on_upload"


@dataclass(frozen=True)
class Timetable:
    """How the training is scheduled, as Airflow has it.

    Attributes
    ----------
    cron
        Its five fields, and in words; empty for any other rhythm.
    next_run
        In UTC; None where no time is set.
    paused
        Nothing starts while it is.
    """

    rhythm: Rhythm
    cron: str = ""
    in_words: str = ""
    next_run: datetime | None = None
    paused: bool = False


class Schedule:
    """Reads the training's schedule, and tells Airflow of new data sets where it waits for them."""

    def __init__(self, airflow: AirflowClient) -> None:
        self._airflow = airflow

    def timetable(self) -> Timetable:
        """Return how the training is scheduled."""
        dag = self._airflow.dag(names.TRAIN_DAG)
        paused = bool(dag.is_paused)
        if dag.asset_expression:
            return Timetable(Rhythm.ON_UPLOAD, paused=paused)
        summary = dag.timetable_summary or ""
        if not dag.timetable_periodic and not dag.next_dagrun_run_after:
            return Timetable(Rhythm.NONE, paused=paused)
        words = dag.timetable_description or ""
        return Timetable(Rhythm.CRON, summary, words, dag.next_dagrun_run_after, paused)

    def announce(self, dataset: Dataset, since: datetime) -> bool:
        """Tell Airflow of a data set that was registered, if it trains on uploads.

        Bytes that were there already set nothing off.

        Parameters
        ----------
        since
            When its registration began: an older data set is no new one.

        Returns
        -------
        bool
            Whether a retraining was set off.

        Raises
        ------
        Forbidden
            The operator's role may not set one off.
        """
        if dataset.created < since or self.timetable().rhythm is not Rhythm.ON_UPLOAD:
            return False
        asset = self._airflow.asset_id(names.DATASET_ASSET)
        self._airflow.create_asset_event(asset, {"dataset": dataset.dataset_id})
        return True
