"""An Airflow in memory: accounts, two DAGs and their runs, with the client's own methods."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace

import jwt
from airflow_client.client.models.dag_details_response import DAGDetailsResponse
from airflow_client.client.models.dag_run_response import DAGRunResponse
from airflow_client.client.models.dag_run_state import DagRunState
from airflow_client.client.models.dag_run_type import DagRunType
from airflow_client.client.models.task_instance_response import TaskInstanceResponse
from airflow_client.client.models.task_instance_state import TaskInstanceState

from app.clients.airflow import LogPart
from app.clients.errors import Conflict, Forbidden, Unauthorized, unreachable
from app.services.identity import read_token
from pipeline.errors import NotFound, Rejected
from pipeline.orchestration import SCORE_DAG, TRAIN_DAG

SERVICE = "Airflow"
TASKS = {TRAIN_DAG: ("train_model", "score_model"), SCORE_DAG: ("score_model",)}
ACCOUNTS = {"admin": "admin", "operator": "op", "viewer": "viewer"}
UNSCHEDULED = {
    "asset_expression": None,
    "timetable_summary": None,
    "timetable_description": "Never, external triggers only",
    "timetable_periodic": False,
    "next_dagrun_run_after": None,
}
PASSWORD = "correct horse"


def token_of(username, role, seconds=3600, **further):
    """Make a token with the claims of a real one."""
    claims = {"sub": username, "role": role, "exp": time.time() + seconds, **further}
    return jwt.encode(claims, "k" * 64, algorithm="HS512")


@dataclass
class FakeJob:
    """A DAG run with the states of its tasks, in order, and their logs."""

    dag_id: str
    dag_run_id: str
    state: str
    queued: datetime
    started: datetime | None = None
    ended: datetime | None = None
    conf: dict = field(default_factory=dict)
    user: str = "operator"
    tasks: list = field(default_factory=list)
    logs: dict = field(default_factory=dict)
    note: str = ""

    def answer(self):
        """Write the run as the client's model."""
        return DAGRunResponse.model_construct(
            dag_id=self.dag_id,
            dag_run_id=self.dag_run_id,
            state=DagRunState(self.state),
            queued_at=self.queued,
            run_after=self.queued,
            start_date=self.started,
            end_date=self.ended,
            conf=self.conf,
            triggering_user_name=self.user,
            run_type=DagRunType("manual" if self.user else "scheduled"),
            note=self.note,
        )

    def task_answers(self):
        """Write the tasks as the client's models."""
        return [
            TaskInstanceResponse.model_construct(
                dag_id=self.dag_id,
                dag_run_id=self.dag_run_id,
                task_id=task_id,
                state=TaskInstanceState(state) if state else None,
                start_date=started,
                end_date=ended,
                try_number=1,
                priority_weight=len(self.tasks) - index,
            )
            for index, (task_id, state, started, ended) in enumerate(self.tasks)
        ]


class FakeAirflow:
    """What the server keeps; ``client(token)`` speaks to it as one operator.

    ``down`` refuses every connection, ``scheduler`` is its health, ``paused`` holds DAG ids.
    """

    def __init__(self):
        self.jobs = []
        self.paused = set()
        self.broken = {}
        self.revoked = set()
        self.timetable = dict(UNSCHEDULED)
        self.events = []
        self.scheduler = "healthy"
        self.down = False
        self.logins = 0
        self.token_checks = 0

    def client(self, token=None):
        """Return a client for the holder of ``token``."""
        return FakeAirflowClient(self, token)

    def add(self, job):
        """Store a run."""
        self.jobs.append(job)
        return job


class FakeAirflowClient:
    """The methods of ``AirflowClient`` on a ``FakeAirflow``."""

    url = "http://airflow.test"

    def __init__(self, server, token):
        self._server = server
        self._token = token

    def login(self, username, password):
        """Return a token for one of the accounts."""
        self._answer()
        self._server.logins += 1
        if username not in ACCOUNTS or password != PASSWORD:
            raise Unauthorized(SERVICE, "User name and password do not match.")
        return token_of(username, ACCOUNTS[username])

    def revoke(self):
        """End the session."""
        self._answer()
        self._server.revoked.add(self._token)

    def check_token(self):
        """Refuse a token that was revoked."""
        self._answer()
        self._server.token_checks += 1
        if self._token in self._server.revoked:
            raise Unauthorized(SERVICE, "The session has ended; sign in again.")

    def health(self):
        """Return the health of the parts."""
        self._answer()
        beat = datetime.now(UTC).isoformat()
        return SimpleNamespace(
            metadatabase=SimpleNamespace(status="healthy"),
            scheduler=SimpleNamespace(
                status=self._server.scheduler, latest_scheduler_heartbeat=beat
            ),
            dag_processor=SimpleNamespace(status="healthy", latest_dag_processor_heartbeat=beat),
        )

    def version(self):
        """Return the version."""
        self._answer()
        return "3.3.2"

    def dag(self, dag_id):
        """Return one of the two DAGs."""
        self._answer()
        if dag_id not in TASKS:
            raise NotFound(SERVICE, f"The Dag with ID: `{dag_id}` was not found")
        return DAGDetailsResponse.model_construct(
            dag_id=dag_id,
            is_paused=dag_id in self._server.paused,
            is_stale=False,
            has_import_errors=bool(self._server.broken),
            **(self._server.timetable if dag_id == TRAIN_DAG else UNSCHEDULED),
        )

    def asset_id(self, name):
        """Return the id of the one asset, once a DAG waits for it."""
        self._answer()
        if not self._server.timetable["asset_expression"]:
            raise NotFound(SERVICE, f"Airflow does not know the asset {name} (yet).")
        return 7

    def create_asset_event(self, asset_id, extra):
        """Start the training on what the event names."""
        self._may_write()
        self._server.events.append((asset_id, extra))

    def unpause(self, dag_id):
        """Let a DAG run."""
        self._may_write()
        self._server.paused.discard(dag_id)

    def import_errors(self):
        """Return the broken DAG files."""
        self._answer()
        return [
            SimpleNamespace(filename=filename, stack_trace=trace)
            for filename, trace in self._server.broken.items()
        ]

    def trigger(self, dag_id, run_id, conf):
        """Queue a run, once per id."""
        self._may_write()
        if conf.get("n_estimators", 200) > 2000:
            raise Rejected(SERVICE, "Invalid input for param n_estimators: 2001 is too large")
        if any(job.dag_run_id == run_id for job in self._server.jobs):
            raise Conflict(SERVICE, "The DAG run exists already")
        tasks = [(task_id, None, None, None) for task_id in TASKS[dag_id]]
        job = FakeJob(dag_id, run_id, "queued", datetime.now(UTC), conf=dict(conf), tasks=tasks)
        return self._server.add(job).answer()

    def run(self, dag_id, run_id):
        """Return one run."""
        return self._job(dag_id, run_id).answer()

    def runs(self, dag_id="~", *, limit=10, states=()):
        """Return the newest runs first."""
        self._answer()
        found = [job for job in self._server.jobs if dag_id in {"~", job.dag_id}]
        found = [job for job in found if not states or job.state in states]
        found.sort(key=lambda job: job.queued, reverse=True)
        return [job.answer() for job in found[:limit]]

    def cancel(self, dag_id, run_id, note):
        """End a run as failed."""
        self._may_write()
        job = self._job(dag_id, run_id)
        job.state, job.ended, job.note = "failed", datetime.now(UTC), note

    def note(self, dag_id, run_id, note):
        """Replace a run's note."""
        self._may_write()
        self._job(dag_id, run_id).note = note

    def clear(self, dag_id, run_id, task_ids):
        """Let some tasks and their run start again."""
        self._may_write()
        job = self._job(dag_id, run_id)
        job.state, job.ended = "queued", None
        job.tasks = [
            (task[0], None, None, None) if task[0] in task_ids else task for task in job.tasks
        ]

    def task_instances(self, dag_id, run_id):
        """Return the tasks of a run."""
        return self._job(dag_id, run_id).task_answers()

    def log(self, dag_id, run_id, task_id, attempt, token=""):
        """Return a task's log in two parts, as a server that pages does."""
        lines = self._job(dag_id, run_id).logs.get(task_id, []) if attempt == 1 else []
        half = len(lines) // 2
        return LogPart(lines[half:], "") if token else LogPart(lines[:half], "more")

    def _job(self, dag_id, run_id):
        self._answer()
        for job in self._server.jobs:
            if (job.dag_id, job.dag_run_id) == (dag_id, run_id):
                return job
        raise NotFound(SERVICE, f"The DagRun with run_id: `{run_id}` was not found")

    def _answer(self):
        if self._server.down:
            raise unreachable(SERVICE, self.url)

    def _may_write(self):
        self._answer()
        if self._token and read_token(self._token).username == "viewer":
            raise Forbidden(SERVICE, "Your role in Airflow does not allow this.")
