"""Records of DAG runs and their tasks, parsed from Airflow's responses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from airflow_client.client.models.dag_run_response import DAGRunResponse
from airflow_client.client.models.task_instance_response import TaskInstanceResponse

from app.services.system.links import Links
from pipeline.orchestration import SCHEDULER

UNATTENDED = frozenset({"scheduled", "asset_triggered"})
"""Types of DAG runs that no operator triggered."""


class JobState(StrEnum):
    """Airflow's states of a DAG run."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether it succeeded or failed."""
        return self in {JobState.SUCCESS, JobState.FAILED}


@dataclass(frozen=True)
class TaskProgress:
    """One task of a job.

    Attributes
    ----------
    state
        Airflow's state: ``none`` before it is scheduled, then ``scheduled``, ``queued``,
        ``running``, ``success``, ``failed``, ``upstream_failed``, ``up_for_retry`` and others.
    seconds
        Running time so far; 0 before it starts.
    attempt
        1 for the first.
    url
        Its page in Airflow.
    """

    task_id: str
    state: str
    started: datetime | None
    ended: datetime | None
    seconds: float
    attempt: int
    url: str


@dataclass(frozen=True)
class Job:
    """A DAG run in short, for lists.

    Attributes
    ----------
    kind
        ``train`` or ``score``.
    seconds
        Since it was queued, up to now while it is not ended.
    params
        What it was triggered with.
    url
        Its page in Airflow.
    """

    dag_id: str
    dag_run_id: str
    kind: str
    state: JobState
    queued: datetime
    started: datetime | None
    ended: datetime | None
    seconds: float
    requested_by: str
    params: Mapping[str, Any]
    url: str


@dataclass(frozen=True)
class Progress:
    """A job in full.

    Attributes
    ----------
    tasks
        In the order they run.
    error
        First error line of the failed task; empty otherwise.
    log_task
        The task that ``log`` belongs to: the failed one, else the last that started.
    log
        The last lines of that task's log.
    train_run_id, score_run_id
        MLflow runs of this job; empty until they exist.
    train_run_url, score_run_url
        Their pages in MLflow.
    waiting
        One sentence about why it does not start, such as a paused DAG; empty otherwise.
    """

    job: Job
    tasks: tuple[TaskProgress, ...]
    error: str = ""
    log_task: str = ""
    log: tuple[str, ...] = ()
    train_run_id: str = ""
    score_run_id: str = ""
    train_run_url: str = ""
    score_run_url: str = ""
    waiting: str = ""

    @property
    def ended(self) -> bool:
        """Whether the DAG run succeeded or failed."""
        return self.job.state.ended


def parse_job(answer: DAGRunResponse, kind: str, links: Links) -> Job:
    """Parse one DAG run."""
    queued = answer.queued_at or answer.run_after
    return Job(
        dag_id=answer.dag_id,
        dag_run_id=answer.dag_run_id,
        kind=kind,
        state=JobState(answer.state.value),
        queued=queued,
        started=answer.start_date,
        ended=answer.end_date,
        seconds=elapsed(answer.start_date or queued, answer.end_date),
        requested_by=_triggered_by(answer),
        params=answer.conf or {},
        url=links.job(answer.dag_id, answer.dag_run_id),
    )


def _triggered_by(answer: DAGRunResponse) -> str:
    """Return the operator, or the scheduler for what a schedule or an upload started."""
    unattended = str(getattr(answer.run_type, "value", "")) in UNATTENDED
    return answer.triggering_user_name or (SCHEDULER if unattended else "")


def parse_task(answer: TaskInstanceResponse, links: Links) -> TaskProgress:
    """Parse one task instance; Airflow counts no attempt before the first."""
    return TaskProgress(
        task_id=answer.task_id,
        state=answer.state.value if answer.state else "none",
        started=answer.start_date,
        ended=answer.end_date,
        seconds=elapsed(answer.start_date, answer.end_date),
        attempt=max(answer.try_number, 1),
        url=links.task(answer.dag_id, answer.dag_run_id, answer.task_id),
    )


def elapsed(started: datetime | None, ended: datetime | None) -> float:
    """Return the seconds between two moments, up to now without an end, 0 without a start."""
    if started is None:
        return 0.0
    return max(0.0, ((ended or datetime.now(UTC)) - started).total_seconds())
