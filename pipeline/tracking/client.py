"""MLflow's client for the configured server, with its exceptions translated in one place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial, wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from mlflow import MlflowClient
from mlflow.environment_variables import (
    MLFLOW_HTTP_REQUEST_MAX_RETRIES,
    MLFLOW_HTTP_REQUEST_TIMEOUT,
)
from mlflow.exceptions import MlflowException, RestException
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request
from requests import RequestException

from pipeline.errors import MLFLOW, NotFound, Rejected, ServiceError, Unreachable
from pipeline.settings import settings

if TYPE_CHECKING:
    from pipeline.settings import PipelineSettings

NOT_FOUND, SERVER_FAULT = 404, 500
SCHEMES = ("http://", "https://")
PROXIED = "mlflow-artifacts:/"

T = TypeVar("T")
Repositories = Callable[[str], ArtifactRepository]


class TrackingServer:
    """An MLflow server; every request raises ``Unreachable``, ``NotFound`` or ``Rejected``.

    Parameters
    ----------
    url
        Address of the server.
    client, repositories
        Only for tests: MLflow's client, and its artifact repositories by their URI.

    Attributes
    ----------
    client
        MLflow's own client; threads may share it.
    """

    def __init__(
        self, url: str, client: MlflowClient | None = None, repositories: Repositories | None = None
    ) -> None:
        self.url = url.rstrip("/")
        if not self.url.startswith(SCHEMES):
            raise self._unreachable()
        self.client = self.translating(client or MlflowClient(self.url))
        self._repositories = repositories or partial(get_artifact_repository, tracking_uri=self.url)
        self._experiments: dict[str, str] = {}

    def experiment_id(self, name: str) -> str:
        """Return the id of an experiment, which never changes; raises NotFound."""
        if name not in self._experiments:
            found = self.client.get_experiment_by_name(name)
            if found is None:
                raise NotFound(MLFLOW, f"MLflow has no experiment {name}")
            self._experiments[name] = found.experiment_id
        return self._experiments[name]

    def ensure_experiment(self, name: str) -> str:
        """Return the id of an experiment, made if needed; of two who make it at once one does."""
        try:
            return self.experiment_id(name)
        except NotFound:
            with suppress(Rejected):
                self.client.create_experiment(name)
            return self.experiment_id(name)

    def files(self, uri: str) -> ArtifactRepository:
        """Return the files at ``uri``, the artifact location of a run or a model.

        Raises
        ------
        Rejected
            The server does not pass files on, and workers elsewhere could not reach its store.
        """
        if not uri.startswith(PROXIED):
            raise Rejected(
                MLFLOW,
                f"MLflow keeps its files at {uri}, where only the server may reach them; start it "
                "with --serve-artifacts and --artifacts-destination",
            )
        return self.translating(self._repositories(uri))

    def version(self) -> str:
        """Return MLflow's version; the server answers this without its database."""
        try:
            answer = http_request(get_default_host_creds(self.url), "/version", "GET")
        except MlflowException as error:
            raise self.translated(error) from error
        return str(answer.text).strip()

    def translating(self, target: T) -> T:
        """Wrap an object or module of MLflow so that its calls raise errors of the pipeline."""
        return cast("T", _Translating(target, self))

    def translated(self, error: Exception) -> ServiceError:
        """Return the error that stands for an exception of MLflow's client."""
        if isinstance(error, RestException):
            reason = str(error.json.get("message") or error.message)
            return self._of_status(error.get_http_status_code(), reason)
        if isinstance(error, RequestException) and error.response is not None:
            return self._of_status(error.response.status_code, str(error))
        # Without an answer in JSON it was another program that answered at this address.
        if isinstance(error, MlflowException) and not error.message.startswith("API request"):
            return self._of_status(error.get_http_status_code(), error.message)
        return self._unreachable()

    def _of_status(self, status: int, reason: str) -> ServiceError:
        sentence = reason.strip().split("\n", 1)[0]
        if status >= SERVER_FAULT:
            return Unreachable(MLFLOW, f"MLflow failed with status {status}: {sentence}")
        return (NotFound if status == NOT_FOUND else Rejected)(MLFLOW, sentence)

    def _unreachable(self) -> Unreachable:
        return Unreachable(
            MLFLOW,
            f"MLflow does not answer at {self.url}; start it, or set MLFLOW_TRACKING_URI to where "
            "it runs.",
        )


class _Translating:
    """Forwards every call to an object of MLflow and translates the exceptions."""

    def __init__(self, target: object, server: TrackingServer) -> None:
        self._target = target
        self._server = server

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the object has
        method = getattr(self._target, name)

        @wraps(method)
        def call(*args: object, **kwargs: object) -> object:
            try:
                return method(*args, **kwargs)
            except (MlflowException, RequestException) as error:
                raise self._server.translated(error) from error

        return call


def tracking_server() -> TrackingServer:
    """Return the server of the settings."""
    return connect(settings())


@lru_cache(maxsize=1)
def connect(options: PipelineSettings) -> TrackingServer:
    """Return the server of these settings; their limits hold for the whole process.

    MLflow reads them from its own variables at each request.
    """
    MLFLOW_HTTP_REQUEST_TIMEOUT.set(options.mlflow_http_request_timeout)
    MLFLOW_HTTP_REQUEST_MAX_RETRIES.set(options.mlflow_http_request_max_retries)
    return TrackingServer(options.mlflow_tracking_uri)
