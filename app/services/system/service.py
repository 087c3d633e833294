"""Health of the services, and since when each is down."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from app.clients.airflow import AirflowClient
from app.clients.postgres import Database
from app.services.caching import LIVE, Subject, cached
from pipeline.errors import NotFound, ServiceError
from pipeline.orchestration import SCORE_DAG, TRAIN_DAG
from pipeline.tracking.client import TrackingServer


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Outages:
    """The moment each service was first seen down; shared by all operators of one process."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._since: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def note(self, service: str, *, down: bool) -> datetime | None:
        """Record whether ``service`` is down, and return since when."""
        with self._lock:
            if not down:
                self._since.pop(service, None)
                return None
            return self._since.setdefault(service, self._now())


DAG_IDS = (TRAIN_DAG, SCORE_DAG)

CHECK_SECONDS = 4.0
POSTGRESQL, MLFLOW, AIRFLOW, DAGS = "PostgreSQL", "MLflow", "Airflow", "DAGs"
STILL_WORKS = {
    POSTGRESQL: "Scored rows that were opened before stay readable; everything else waits for it.",
    MLFLOW: "Jobs can be followed and cancelled, trends stay readable; data sets, runs and models "
    "cannot be read.",
    AIRFLOW: "Data sets, runs, anomalies and trends stay readable; nothing can be triggered or "
    "followed.",
    DAGS: "Everything that is there stays readable; new runs do not start.",
}


class Status(StrEnum):
    """How a service is doing."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True)
class ServiceHealth:
    """One service at one moment.

    Attributes
    ----------
    name
        ``PostgreSQL``, ``MLflow``, ``Airflow`` or ``DAGs``.
    detail
        One sentence: what works or what does not.
    version, address
        Empty when unknown.
    latency_ms
        Time of the answer in milliseconds; None without an answer.
    down_since
        When this console first saw it fail, in UTC; None while it works.
    still_works
        What the operator can do without it; empty while it works.
    """

    name: str
    status: Status
    detail: str
    version: str = ""
    address: str = ""
    latency_ms: float | None = None
    down_since: datetime | None = None
    still_works: str = ""


class Health:
    """Checks all services at the same time, each for a few seconds at most."""

    def __init__(
        self, airflow: AirflowClient, mlflow: TrackingServer, database: Database, outages: Outages
    ) -> None:
        self._airflow = airflow
        self.cache_scope = airflow  # what Airflow answers depends on the operator's token
        self._mlflow = mlflow
        self._database = database
        self._outages = outages

    @cached(LIVE, Subject.JOBS)
    def check(self) -> tuple[ServiceHealth, ...]:
        """Return PostgreSQL, MLflow, Airflow and DAGs, in this order; never raises."""
        checks: tuple[tuple[str, str, Callable[[], ServiceHealth]], ...] = (
            (POSTGRESQL, self._database.address, self._check_database),
            (MLFLOW, self._mlflow.url, self._check_mlflow),
            (AIRFLOW, self._airflow.url, self._check_airflow),
            (DAGS, self._airflow.url, self._check_dags),
        )
        pool = ThreadPoolExecutor(len(checks), "health")
        asked = [
            (name, address, pool.submit(self._timed, name, ask)) for name, address, ask in checks
        ]
        # A check that hangs ends by its own timeout; it is not waited for here.
        pool.shutdown(wait=False)
        until = time.monotonic() + CHECK_SECONDS
        return tuple(
            self._completed(name, address, answer, until) for name, address, answer in asked
        )

    def _timed(self, name: str, ask: Callable[[], ServiceHealth]) -> ServiceHealth:
        begin = time.perf_counter()
        try:
            return replace(ask(), latency_ms=(time.perf_counter() - begin) * 1000)
        except ServiceError as error:
            return ServiceHealth(name, Status.DOWN, error.message)

    def _completed(
        self, name: str, address: str, answer: Future[ServiceHealth], until: float
    ) -> ServiceHealth:
        """Wait for a check, but no longer than ``until``, and add what is known besides."""
        try:
            seen = answer.result(max(0.0, until - time.monotonic()))
        except TimeoutError:
            seen = ServiceHealth(name, Status.DOWN, f"No answer within {CHECK_SECONDS:.0f} s.")
        down = seen.status is Status.DOWN
        return replace(
            seen,
            address=address,
            latency_ms=None if down else seen.latency_ms,
            down_since=self._outages.note(name, down=down),
            still_works=STILL_WORKS[name] if seen.status is not Status.HEALTHY else "",
        )

    def _check_database(self) -> ServiceHealth:
        return ServiceHealth(
            POSTGRESQL, Status.HEALTHY, "Answers queries.", self._database.version()
        )

    def _check_mlflow(self) -> ServiceHealth:
        version = self._mlflow.version()
        # The version is known without the database; a search is not.
        self._mlflow.client.search_experiments(max_results=1)
        return ServiceHealth(MLFLOW, Status.HEALTHY, "Answers and reaches its store.", version)

    def _check_airflow(self) -> ServiceHealth:
        body = self._airflow.health()
        if body.metadatabase.status != Status.HEALTHY:
            return ServiceHealth(AIRFLOW, Status.DOWN, "Airflow does not reach its database.")
        beats = {"scheduler": body.scheduler.latest_scheduler_heartbeat, "DAG processor": None}
        states = {"scheduler": body.scheduler.status, "DAG processor": None}
        if body.dag_processor:
            beats["DAG processor"] = body.dag_processor.latest_dag_processor_heartbeat
            states["DAG processor"] = body.dag_processor.status
        ill = [name for name, state in states.items() if state != Status.HEALTHY]
        ages = ", ".join(f"{name} {_age(beat)}" for name, beat in beats.items())
        status = Status.DEGRADED if ill else Status.HEALTHY
        lead = f"Not well: {' and '.join(ill)}" if ill else "All parts work"
        return ServiceHealth(
            AIRFLOW, status, f"{lead}; last heartbeat: {ages}.", self._airflow.version()
        )

    def _check_dags(self) -> ServiceHealth:
        broken = self._airflow.import_errors()
        if broken:
            names = ", ".join(sorted({error.filename.rsplit("/", 1)[-1] for error in broken}))
            return ServiceHealth(DAGS, Status.DEGRADED, f"Cannot be read by Airflow: {names}.")
        states = {dag_id: self._dag_state(dag_id) for dag_id in DAG_IDS}
        unknown = [dag_id for dag_id, state in states.items() if state == "unknown"]
        if unknown:
            detail = f"Not known to Airflow (yet): {', '.join(unknown)}."
            return ServiceHealth(DAGS, Status.DOWN, detail)
        paused = [dag_id for dag_id, state in states.items() if state == "paused"]
        if paused:
            return ServiceHealth(DAGS, Status.DEGRADED, f"Paused: {', '.join(paused)}.")
        active = len(self._airflow.runs(states=("running", "queued"), limit=100))
        return ServiceHealth(
            DAGS, Status.HEALTHY, f"{len(DAG_IDS)} DAGs ready, {active} runs under way."
        )

    def _dag_state(self, dag_id: str) -> str:
        try:
            dag = self._airflow.dag(dag_id)
        except NotFound:
            return "unknown"
        return "paused" if dag.is_paused else "ready"


def _age(heartbeat: str | None) -> str:
    if not heartbeat:
        return "never"
    seconds = (datetime.now(UTC) - datetime.fromisoformat(heartbeat)).total_seconds()
    return f"{max(0, round(seconds))} s ago"
