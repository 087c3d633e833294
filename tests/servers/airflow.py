"""Airflow's REST API as the tests of whole stacks ask it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

from compose.launcher.health import sign_in
from pipeline.orchestration import TRAIN_DAG
from tests.journey import wait_for

RUN_SECONDS = 600


@dataclass
class AirflowApi:
    """One account at one Airflow."""

    url: str
    username: str
    password: str

    @cached_property
    def _http(self) -> httpx.Client:
        token = sign_in(self.url, self.username, self.password)
        headers = {"Authorization": f"Bearer {token}"}
        address = f"{self.url}/api/v2"
        return httpx.Client(base_url=address, headers=headers, timeout=60, trust_env=False)

    def get(self, path: str) -> Any:
        """Return what a path holds."""
        return self._http.get(path).raise_for_status().json()

    def trigger(self, conf: dict[str, object], dag: str = TRAIN_DAG) -> str:
        """Start a run and return its id."""
        body = {"logical_date": None, "conf": conf}
        answer = self._http.post(f"/dags/{dag}/dagRuns", json=body).raise_for_status()
        return str(answer.json()["dag_run_id"])

    def finished(self, run: str, dag: str = TRAIN_DAG) -> dict[str, Any]:
        """Wait for a run's success and return it; it may yet have to be triggered."""

        def ask() -> dict[str, Any]:
            answer = self._http.get(f"/dags/{dag}/dagRuns/{run}")
            if answer.status_code == httpx.codes.NOT_FOUND:
                return {"state": "not triggered"}
            return dict(answer.raise_for_status().json())

        ended = wait_for(ask, lambda found: found["state"] in {"success", "failed"}, RUN_SECONDS)
        assert ended["state"] == "success", ended
        return ended

    def tasks(self, run: str, dag: str = TRAIN_DAG) -> list[dict[str, Any]]:
        """Return the tasks of a run."""
        found: list[dict[str, Any]] = self.get(f"/dags/{dag}/dagRuns/{run}/taskInstances")[
            "task_instances"
        ]
        return found
