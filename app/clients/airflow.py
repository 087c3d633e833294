"""Airflow's REST API with one operator's token: one method, one request, one return."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from airflow_client.client import ApiClient, Configuration
from airflow_client.client.api.asset_api import AssetApi
from airflow_client.client.api.dag_api import DAGApi
from airflow_client.client.api.dag_run_api import DagRunApi
from airflow_client.client.api.import_error_api import ImportErrorApi
from airflow_client.client.api.monitor_api import MonitorApi
from airflow_client.client.api.task_instance_api import TaskInstanceApi
from airflow_client.client.api.version_api import VersionApi
from airflow_client.client.exceptions import ApiException
from airflow_client.client.models.clear_task_instances_body import ClearTaskInstancesBody
from airflow_client.client.models.clear_task_instances_body_task_ids_inner import (
    ClearTaskInstancesBodyTaskIdsInner,
)
from airflow_client.client.models.create_asset_events_body import CreateAssetEventsBody
from airflow_client.client.models.dag_details_response import DAGDetailsResponse
from airflow_client.client.models.dag_patch_body import DAGPatchBody
from airflow_client.client.models.dag_run_mutable_states import DagRunMutableStates
from airflow_client.client.models.dag_run_patch_body import DAGRunPatchBody
from airflow_client.client.models.dag_run_response import DAGRunResponse
from airflow_client.client.models.health_info_response import HealthInfoResponse
from airflow_client.client.models.import_error_response import ImportErrorResponse
from airflow_client.client.models.task_instance_response import TaskInstanceResponse
from airflow_client.client.models.trigger_dag_run_post_body import TriggerDAGRunPostBody
from urllib3 import BaseHTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import HTTPError, ReadTimeoutError

from app.clients.errors import Unauthorized, from_status, unreachable
from pipeline.errors import NotFound

SERVICE = "Airflow"
CONNECT_SECONDS, READ_SECONDS = 2.0, 8.0
ALL_DAGS = "~"

Answer = TypeVar("Answer")


class RetryClosed(Retry):
    """Repeat an idempotent request once when the server closed a kept-alive connection.

    A refused connection and a slow server fail at once.
    """

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Count a failure; a read timeout is raised unchanged."""
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


RETRY = RetryClosed(total=1, connect=0, read=1, redirect=0, status=0, other=0)


@dataclass(frozen=True)
class LogPart:
    """Events of a task's log; ``token`` asks for what comes after, empty at the end.

    An event is a text or has an ``event``, mostly a ``timestamp`` and a ``level``, and on an error
    ``error_detail``, the exceptions from the outermost on.
    """

    events: Sequence[Mapping[str, Any] | str]
    token: str


def detail_of(body: str | None) -> str:
    """Read the sentence out of an error body: a text, a list of broken rules or an object."""
    try:
        parsed = json.loads(body or "")
    except ValueError:
        return body or ""
    detail = parsed.get("detail", parsed) if isinstance(parsed, dict) else parsed
    if isinstance(detail, list):
        return "; ".join(str(rule.get("msg", rule)) for rule in detail)
    if isinstance(detail, dict):
        return str(detail.get("reason") or detail.get("message") or detail)
    return str(detail)


class AirflowClient:
    """One method is one request and one return; every call ends within seconds.

    Parameters
    ----------
    url
        Address of the API server.
    token
        The operator's token; without one, only ``login``, ``health`` and ``version`` work.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        # Airflow runs next to the console, so a proxy for the internet is not used.
        configuration = Configuration(
            host=self.url, access_token=token, retries=RETRY, no_proxy="*"
        )
        self._api = ApiClient(configuration)
        self._token = token

    def login(self, username: str, password: str) -> str:
        """Return a new token; raises Unauthorized for a wrong name or password."""
        credentials = {"username": username, "password": password}
        answer = self._plain(httpx.Request("POST", f"{self.url}/auth/token", json=credentials))
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise Unauthorized(SERVICE, "User name and password do not match.")
        if answer.is_error:
            raise from_status(SERVICE, answer.status_code, detail_of(answer.text))
        return str(answer.json()["access_token"])

    def revoke(self) -> None:
        """End this token's session for everyone who holds it."""
        headers = {"Authorization": f"Bearer {self._token}"}
        self._plain(httpx.Request("GET", f"{self.url}/api/v2/auth/logout", headers=headers))

    def health(self) -> HealthInfoResponse:
        """Return the health of the parts; the status is 200 even when they are not well."""
        return self._call(MonitorApi(self._api).get_health)

    def version(self) -> str:
        """Return Airflow's version."""
        return str(self._call(VersionApi(self._api).get_version).version)

    def check_token(self) -> None:
        """Send the cheapest authenticated request; raises Unauthorized for an invalid token."""
        self._call(DAGApi(self._api).get_dags, limit=1)

    def dag(self, dag_id: str) -> DAGDetailsResponse:
        """Return a DAG with the JSON schema of each of its params."""
        return self._call(DAGApi(self._api).get_dag_details, dag_id)

    def unpause(self, dag_id: str) -> None:
        """Unpause a DAG, so that its queued runs start."""
        self._call(DAGApi(self._api).patch_dag, dag_id, DAGPatchBody(is_paused=False))

    def asset_id(self, name: str) -> int:
        """Return the id of an asset that some DAG waits for; raises NotFound."""
        found = self._call(AssetApi(self._api).get_assets, name_pattern=name, limit=20).assets
        ids = [asset.id for asset in found if asset.name == name]
        if not ids:
            raise NotFound(SERVICE, f"Airflow does not know the asset {name} (yet).")
        return ids[0]

    def create_asset_event(self, asset_id: int, extra: Mapping[str, Any]) -> None:
        """Start the DAGs that wait for an asset; raises Forbidden below the role op."""
        body = CreateAssetEventsBody(asset_id=asset_id, extra=dict(extra))
        self._call(AssetApi(self._api).create_asset_event, body)

    def import_errors(self) -> list[ImportErrorResponse]:
        """Return the DAG files that could not be read."""
        return self._call(ImportErrorApi(self._api).get_import_errors, limit=20).import_errors

    def trigger(self, dag_id: str, run_id: str, conf: Mapping[str, Any]) -> DAGRunResponse:
        """Start a run; raises Conflict when ``run_id`` exists and Rejected for bad params."""
        body = TriggerDAGRunPostBody(dag_run_id=run_id, conf=dict(conf), logical_date=None)
        return self._call(DagRunApi(self._api).trigger_dag_run, dag_id, body)

    def run(self, dag_id: str, run_id: str) -> DAGRunResponse:
        """Return one run."""
        return self._call(DagRunApi(self._api).get_dag_run, dag_id, run_id)

    def runs(
        self, dag_id: str = ALL_DAGS, *, limit: int = 10, states: tuple[str, ...] = ()
    ) -> list[DAGRunResponse]:
        """Return the newest runs of one DAG or of all, newest first."""
        return self._call(
            DagRunApi(self._api).get_dag_runs,
            dag_id,
            order_by=["-run_after"],
            limit=limit,
            state=list(states) or None,
        ).dag_runs

    def cancel(self, dag_id: str, run_id: str, note: str) -> None:
        """Mark a run as failed, which stops its tasks, and note why."""
        body = DAGRunPatchBody(state=DagRunMutableStates.FAILED, note=note)
        self._call(DagRunApi(self._api).patch_dag_run, dag_id, run_id, body)

    def note(self, dag_id: str, run_id: str, note: str) -> None:
        """Replace a run's note."""
        self._call(DagRunApi(self._api).patch_dag_run, dag_id, run_id, DAGRunPatchBody(note=note))

    def clear(self, dag_id: str, run_id: str, task_ids: Sequence[str]) -> None:
        """Clear some tasks of a run, so that they and the run start again."""
        body = ClearTaskInstancesBody(
            dag_run_id=run_id,
            task_ids=[ClearTaskInstancesBodyTaskIdsInner(task_id) for task_id in task_ids],
            dry_run=False,
            only_failed=False,
            reset_dag_runs=True,
        )
        self._call(TaskInstanceApi(self._api).post_clear_task_instances, dag_id, body)

    def task_instances(self, dag_id: str, run_id: str) -> list[TaskInstanceResponse]:
        """Return the tasks of a run."""
        answer = self._call(TaskInstanceApi(self._api).get_task_instances, dag_id, run_id, limit=50)
        return answer.task_instances

    def log(self, dag_id: str, run_id: str, task_id: str, attempt: int, token: str = "") -> LogPart:
        """Return the log of one try of a task, from ``token`` on."""
        # The generated model drops every field of an event but its text and time.
        answer = self._call(
            TaskInstanceApi(self._api).get_log_without_preload_content,
            dag_id,
            run_id,
            task_id,
            attempt,
            token=token or None,
            _headers={"Accept": "application/json"},
        )
        body = answer.data.decode()
        if answer.status >= httpx.codes.BAD_REQUEST:
            raise from_status(SERVICE, answer.status, detail_of(body))
        part = json.loads(body)
        return LogPart(part["content"], part.get("continuation_token") or "")

    def _plain(self, request: httpx.Request) -> httpx.Response:
        """Send a request that the generated client does not offer."""
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        try:
            with httpx.Client(timeout=timeout, trust_env=False) as client:
                return client.send(request)
        except httpx.TransportError as error:
            raise unreachable(SERVICE, self.url) from error

    def _call(self, call: Callable[..., Answer], *args: object, **options: object) -> Answer:
        """Call the generated client with a timeout and translate its errors."""
        with self._errors():
            return call(*args, _request_timeout=(CONNECT_SECONDS, READ_SECONDS), **options)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except ApiException as error:
            status = int(error.status or 0)
            raise from_status(SERVICE, status, detail_of(error.body)) from error
        except HTTPError as error:
            raise unreachable(SERVICE, self.url) from error
