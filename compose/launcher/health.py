"""Health checks of the services, and waiting until a condition holds."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from compose.launcher.errors import InterruptedStartError, LaunchError
from pipeline.orchestration import SCORE_DAG, TRAIN_DAG

START_SECONDS = 300.0
INTERVAL_SECONDS = 0.2

# Used many times a second during the start; it bypasses whatever proxy is configured.
CLIENT = httpx.Client(timeout=5.0, trust_env=False)


@dataclass
class Deadline:
    """How long a start may take, counted from the creation of this object.

    Everything that waits for a part of the start shares it; setting ``stopping`` ends every wait.
    """

    seconds: float = START_SECONDS
    stopping: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Start the clock."""
        self._end = self.clock() + self.seconds

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Return once ``condition`` holds; raise an error that names ``what`` when time is up."""
        while not condition():
            if self.stopping.wait(INTERVAL_SECONDS):
                raise InterruptedStartError
            if self.clock() > self._end:
                raise LaunchError(f"{what} did not happen within {self.seconds:.0f} seconds")


def answers(url: str) -> bool:
    """Tell whether ``url`` answers with success."""
    return _get(url) is not None


def airflow_is_healthy(address: str) -> bool:
    """Tell whether Airflow's parts all are healthy; the status alone is 200 even if none is."""
    response = _get(f"{address}/api/v2/monitor/health")
    health = response.json() if response else {}
    parts = ("metadatabase", "scheduler", "dag_processor")
    return bool(health) and all(health[part]["status"] == "healthy" for part in parts)


def sign_in(address: str, username: str, password: str) -> str:
    """Return an access token of an Airflow account."""
    answer = CLIENT.post(f"{address}/auth/token", json={"username": username, "password": password})
    return str(answer.raise_for_status().json()["access_token"])


@dataclass
class Dags:
    """The product's DAGs as Airflow sees them; what it saw before ``since`` does not count."""

    address: str
    token: str
    since: datetime

    def are_known(self) -> bool:
        """Tell whether Airflow has read all of them; an import error is raised with its file."""
        for found in self._list("importErrors", "import_errors"):
            if self._is_new(found["timestamp"]):
                reason = found["stack_trace"].strip().splitlines()[-1]
                raise LaunchError(f"the DAG file {found['filename']} cannot be imported: {reason}")
        dags = self._list("dags", "dags")
        known = {dag["dag_id"] for dag in dags if self._is_new(dag["last_parsed_time"])}
        return known >= {TRAIN_DAG, SCORE_DAG}

    def _is_new(self, moment: str | None) -> bool:
        return moment is not None and datetime.fromisoformat(moment) >= self.since

    def _list(self, path: str, key: str) -> list[dict[str, Any]]:
        response = _get(f"{self.address}/api/v2/{path}?limit=100", self.token)
        rows: list[dict[str, Any]] = response.json()[key] if response else []
        return rows


def _get(url: str, token: str = "") -> httpx.Response | None:
    """Return a successful response, or nothing where there is an error or no answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        response = CLIENT.get(url, headers=headers)
    except httpx.TransportError:
        return None
    return response if response.is_success else None
