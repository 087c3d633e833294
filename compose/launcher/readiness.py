"""What it means that a service is ready, asked of the service itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from compose.launcher.errors import LaunchError

DETECTION = "traffic_anomaly_detection_mlflow"
SCORING = "traffic_anomaly_scoring_mlflow"

# Asked many times a second while the stack starts; whatever proxy is configured is passed by.
CLIENT = httpx.Client(timeout=5.0, trust_env=False)


def _get(url: str, token: str = "") -> httpx.Response | None:
    """Return what ``url`` answers; nobody there is no answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        return CLIENT.get(url, headers=headers)
    except httpx.TransportError:
        return None


def answers(url: str) -> bool:
    """Tell whether ``url`` answers with success."""
    response = _get(url)
    return response is not None and response.is_success


def airflow_is_healthy(address: str) -> bool:
    """Tell whether Airflow's parts all are healthy; the status alone is 200 even if none is."""
    response = _get(f"{address}/api/v2/monitor/health")
    if response is None or not response.is_success:
        return False
    health = response.json()
    parts = ("metadatabase", "scheduler", "dag_processor")
    return all(health[part]["status"] == "healthy" for part in parts)


@dataclass
class Dags:
    """The product's DAGs as Airflow sees them; what it saw before ``since`` does not count."""

    address: str
    token: str
    since: datetime

    def are_known(self) -> bool:
        """Tell whether Airflow has read all of them.

        Raises
        ------
        LaunchError
            A file cannot be imported; the message names it and the error.
        """
        self._refuse_import_errors()
        known = {
            dag["dag_id"] for dag in self._list("dags") if self._is_new(dag["last_parsed_time"])
        }
        return known >= {DETECTION, SCORING}

    def _is_new(self, moment: str | None) -> bool:
        return moment is not None and datetime.fromisoformat(moment) >= self.since

    def _refuse_import_errors(self) -> None:
        for found in self._list("importErrors", "import_errors"):
            if self._is_new(found["timestamp"]):
                reason = found["stack_trace"].strip().splitlines()[-1]
                raise LaunchError(f"the DAG file {found['filename']} cannot be imported: {reason}")

    def _list(self, path: str, key: str = "") -> list[dict[str, Any]]:
        response = _get(f"{self.address}/api/v2/{path}?limit=100", self.token)
        if response is None or not response.is_success:
            return []
        rows: list[dict[str, Any]] = response.json()[key or path]
        return rows


def sign_in(address: str, username: str, password: str) -> str:
    """Return an access token of an Airflow account."""
    answer = CLIENT.post(f"{address}/auth/token", json={"username": username, "password": password})
    return str(answer.raise_for_status().json()["access_token"])
