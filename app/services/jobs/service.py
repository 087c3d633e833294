"""The runs of one DAG: start, follow, cancel and retry them."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from airflow_client.client.models.dag_run_response import DAGRunResponse

from app.clients.airflow import AirflowClient
from app.clients.errors import Conflict
from app.services.caching import LIVE, Subject, cached, changed
from app.services.datasets.service import Datasets
from app.services.identity import Identity
from app.services.jobs.preflight import (
    UNKNOWN,
    Check,
    Estimate,
    PastRun,
    Preflight,
    check_airflow,
    check_dataset,
    check_role,
    estimate,
)
from app.services.jobs.task_log import Event, as_lines, first_error
from app.services.jobs.types import Job, JobState, Progress, TaskProgress, parse_job, parse_task
from app.services.runs.queries import RunFilter
from app.services.runs.service import Runs
from app.services.system.links import Links
from pipeline.errors import NotFound, Rejected, ServiceError, Unreachable
from pipeline.params import ScoreParams, TrainParams, parse
from pipeline.tracking.datasets import Dataset
from pipeline.tracking.runs import Run, RunKind

CANCELLED = "Cancelled in the console by"
FAILED_STATES = frozenset({"failed", "up_for_retry"})
NEVER_RAN = frozenset({"skipped", "upstream_failed"})
STALE_SECONDS = 10.0
LOG_PARTS = 50
PAST_RUNS = 50

JobParams = TypeVar("JobParams", bound=TrainParams | ScoreParams)


def new_intent() -> str:
    """Return a new id for one click: a readable time and a random part."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


class Jobs(ABC, Generic[JobParams]):
    """The runs of one DAG; ``TrainingJobs`` and ``ScoringJobs`` add their own checks before a run.

    Attributes
    ----------
    dag_id, kind, params_type
        The DAG, what it is for, and what its runs are triggered with.
    """

    dag_id: str
    kind: RunKind
    params_type: type[JobParams]

    def __init__(
        self,
        identity: Identity,
        airflow: AirflowClient,
        runs: Runs,
        datasets: Datasets,
        links: Links,
    ) -> None:
        self._identity = identity
        self._airflow = airflow
        self._runs = runs
        self._datasets = datasets
        self._links = links
        self.cache_scope = (self.dag_id, identity.role)

    @cached(LIVE, Subject.JOBS, Subject.DATASETS, Subject.MODELS)
    def preflight(self, params: JobParams) -> Preflight:
        """Check all that must hold before ``params`` can run; never raises for a service down."""
        airflow, queued = check_airflow(self._airflow, self.dag_id)
        stored, dataset = check_dataset(self._datasets, params.dataset)
        checks = (check_role(self._identity), *airflow, stored)
        more = self._further_checks(params, dataset)
        return Preflight(dataset, (*checks, *more), self._estimate(params, dataset), queued)

    def trigger(self, params: JobParams, intent: str) -> str:
        """Start a run and return its DAG run id.

        Parameters
        ----------
        intent
            Made once per click (``new_intent()``): the same intent is the same run, so a double
            click or a resubmitted form starts nothing new.

        Raises
        ------
        Rejected
            A parameter out of bounds; the message names it.
        Forbidden
            The operator's role may not trigger.
        """
        dag_run_id = f"{self.kind}__{intent}"
        try:
            self._airflow.trigger(self.dag_id, dag_run_id, params.model_dump())
        except Conflict:
            self._airflow.run(self.dag_id, dag_run_id)
        changed(Subject.JOBS, Subject.RUNS)
        return dag_run_id

    def params_of(self, dag_run_id: str) -> JobParams:
        """Return what a run was started with, to run it again with changes."""
        stored = self._airflow.run(self.dag_id, dag_run_id).conf or {}
        known = {name: stored[name] for name in self.params_type.model_fields if name in stored}
        return parse(self.params_type, known)

    def progress(self, dag_run_id: str, *, log_lines: int = 40) -> Progress:
        """Return how far a run is; raises NotFound for an unknown run."""
        answer = self._airflow.run(self.dag_id, dag_run_id)
        job = parse_job(answer, self.kind, self._links)
        tasks = self._tasks(dag_run_id)
        focus = _focus(tasks)
        events = self._events(dag_run_id, focus.task_id, focus.attempt) if focus else []
        train, score = self._tracked(dag_run_id)
        return Progress(
            job=job,
            tasks=tasks,
            error=_error(answer, focus, events),
            log_task=focus.task_id if focus else "",
            log=tuple(as_lines(events, folded=False)[-log_lines:]),
            train_run_id=train.run_id if train else "",
            score_run_id=score.run_id if score else "",
            train_run_url=self._links.run(train.experiment_id, train.run_id) if train else "",
            score_run_url=self._links.run(score.experiment_id, score.run_id) if score else "",
            waiting=self._waiting(job),
        )

    def log(self, dag_run_id: str, task_id: str, attempt: int = 1) -> str:
        """Return the whole log of one attempt at a task."""
        return "\n".join(as_lines(self._events(dag_run_id, task_id, attempt)))

    def cancel(self, dag_run_id: str) -> None:
        """End a run; what it finished so far is kept.

        Raises
        ------
        Rejected
            It has ended already: Airflow would turn even a success into a failure.
        """
        if self._state(dag_run_id).ended:
            raise Rejected("Airflow", "The run has ended already; there is nothing to cancel.")
        note = f"{CANCELLED} {self._identity.username}."
        self._airflow.cancel(self.dag_id, dag_run_id, note)
        changed(Subject.JOBS, Subject.RUNS)

    def retry(self, dag_run_id: str) -> None:
        """Run the unsuccessful tasks of a failed run again; raises Rejected for any other run.

        That includes tasks that were skipped when the run was cancelled: left alone, they would
        let the run end as a success without their work.
        """
        if self._state(dag_run_id) is not JobState.FAILED:
            raise Rejected("Airflow", "Only a run that failed can be run again.")
        undone = [task.task_id for task in self._tasks(dag_run_id) if task.state != "success"]
        self._airflow.note(self.dag_id, dag_run_id, "")
        self._airflow.clear(self.dag_id, dag_run_id, undone)
        changed(Subject.JOBS, Subject.RUNS)

    def unpause(self) -> None:
        """Let the DAG's queued and new runs start."""
        self._airflow.unpause(self.dag_id)
        changed(Subject.JOBS)

    @cached(LIVE, Subject.JOBS)
    def recent(self, limit: int = 10, *, states: tuple[JobState, ...] = ()) -> tuple[Job, ...]:
        """Return the newest runs first, in all states or the given ones."""
        wanted = tuple(state.value for state in states)
        try:
            answers = self._airflow.runs(self.dag_id, limit=limit, states=wanted)
        except NotFound:
            return ()  # Airflow has not read the DAG's file yet
        return tuple(parse_job(answer, self.kind, self._links) for answer in answers)

    @abstractmethod
    def _further_checks(self, params: JobParams, dataset: Dataset | None) -> tuple[Check, ...]:
        """Return the checks that only this kind of run needs."""

    @abstractmethod
    def _work(self, params: JobParams, rows: int) -> float:
        """Return a number that the duration of a run grows with."""

    @abstractmethod
    def _past_runs(self) -> list[PastRun]:
        """Return the work and the duration of finished runs."""

    def _estimate(self, params: JobParams, dataset: Dataset | None) -> Estimate:
        if dataset is None:
            return UNKNOWN
        try:
            return estimate(self._work(params, dataset.rows), self._past_runs())
        except ServiceError:
            return UNKNOWN

    def _state(self, dag_run_id: str) -> JobState:
        return JobState(self._airflow.run(self.dag_id, dag_run_id).state.value)

    def _tasks(self, dag_run_id: str) -> tuple[TaskProgress, ...]:
        answers = self._airflow.task_instances(self.dag_id, dag_run_id)
        # A task weighs as much as all that waits for it, so the heaviest runs first.
        answers.sort(key=lambda answer: (-(answer.priority_weight or 0), answer.task_id))
        return tuple(parse_task(answer, self._links) for answer in answers)

    def _events(self, dag_run_id: str, task_id: str, attempt: int) -> list[Event]:
        """Return the log of an attempt; there is none before it starts."""
        events: list[Event] = []
        token = ""
        for _ in range(LOG_PARTS):
            try:
                part = self._airflow.log(self.dag_id, dag_run_id, task_id, attempt, token)
            except NotFound:
                break
            events += part.events
            if not part.events or not part.token or part.token == token:
                break
            token = part.token
        return events

    def _tracked(self, dag_run_id: str) -> tuple[Run | None, Run | None]:
        """Return the newest train and score run of a job; none while MLflow does not answer."""
        try:
            found = self._runs.search(RunFilter(dag_run_id=dag_run_id)).runs
        except Unreachable:
            return None, None
        newest = {run.kind: run for run in reversed(found)}
        return newest.get(RunKind.TRAIN), newest.get(RunKind.SCORE)

    def _waiting(self, job: Job) -> str:
        if job.state is not JobState.QUEUED:
            return ""
        if self._airflow.dag(self.dag_id).is_paused:
            return "The DAG is paused in Airflow: unpause it, and the run starts."
        if job.seconds < STALE_SECONDS:
            return ""
        if self._airflow.health().scheduler.status != "healthy":
            return "Airflow's scheduler gives no sign of life; the run starts when it is back."
        return "Other runs come first; this one starts when they are done."


def recent_jobs(
    *services: Jobs[Any], states: tuple[JobState, ...] = (), limit: int = 10
) -> list[Job]:
    """Return the newest runs of several DAGs together, newest first."""
    found = [job for jobs in services for job in jobs.recent(limit, states=states)]
    return sorted(found, key=lambda job: job.queued, reverse=True)[:limit]


def _error(answer: DAGRunResponse, focus: TaskProgress | None, events: Sequence[Event]) -> str:
    """Return why a run failed; what a cancelled task logs on its way out is not the reason."""
    if answer.state.value != JobState.FAILED:
        return ""
    if answer.note and answer.note.startswith(CANCELLED):
        return answer.note
    if focus is None or focus.state not in FAILED_STATES:
        return "The run was ended before a task had started."
    return first_error(events) or f"{focus.task_id} failed without an error line in its log."


def _focus(tasks: Sequence[TaskProgress]) -> TaskProgress | None:
    """Return the task whose log matters: the failed one, else the last that started."""
    failed = [task for task in tasks if task.state in FAILED_STATES]
    started = [task for task in tasks if task.started and task.state not in NEVER_RAN]
    return next(iter(failed or started[-1:]), None)
