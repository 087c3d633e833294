"""HTTP with MLflow's failures in the pipeline's own words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpcore  # noqa: F401 - httpx does so at its first client, that is in each forked task anew
import httpx

from pipeline.errors import NotFound, TrackingError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.settings import PipelineSettings

MISSING = "RESOURCE_DOES_NOT_EXIST"
ARTIFACT_SECONDS = 120.0
"""How long the server may take to store a file in, say, an object store behind it."""


class Refused(TrackingError):  # noqa: N818 - an answer, not a fault
    """The server understood and said no; ``code`` is MLflow's word for why."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(f"MLflow refused the request: {message}")
        self.code = code


class Transport:
    """One server; threads may share it.

    Every method raises ``Unreachable`` when no answer comes in time, ``NotFound`` for what is not
    there and ``Refused`` for anything else that the server does not do.
    """

    def __init__(self, settings: PipelineSettings) -> None:
        self.url = settings.mlflow_tracking_uri.rstrip("/")
        seconds = float(settings.mlflow_http_request_timeout)
        self._artifact_timeout = httpx.Timeout(ARTIFACT_SECONDS, connect=seconds)
        self._http = httpx.Client(
            base_url=self.url,
            timeout=seconds,
            auth=settings.mlflow_auth,
            transport=httpx.HTTPTransport(
                # Certificates that plain HTTP never asks for take a tenth of a second to read.
                verify=self.url.startswith("https:"),
                # Tried again is what never reached the server; anything else might be done twice.
                retries=settings.mlflow_http_request_max_retries,
            ),
        )

    def get(self, endpoint: str, **query: str) -> dict[str, Any]:
        """Ask."""
        return self._answer("GET", endpoint, params=query)

    def post(self, endpoint: str, **body: object) -> dict[str, Any]:
        """Tell."""
        return self._answer("POST", endpoint, json=body)

    def patch(self, endpoint: str, **body: object) -> dict[str, Any]:
        """Change."""
        return self._answer("PATCH", endpoint, json=body)

    def put(self, endpoint: str, content: Iterator[bytes]) -> None:
        """Send a file in pieces."""
        with self._errors():
            answer = self._http.put(endpoint, content=content, timeout=self._artifact_timeout)
            _raise_for(answer)

    @contextmanager
    def stream(self, endpoint: str) -> Iterator[httpx.Response]:
        """Receive a file in pieces."""
        timeout = self._artifact_timeout
        with self._errors(), self._http.stream("GET", endpoint, timeout=timeout) as answer:
            if answer.is_error:
                answer.read()
            _raise_for(answer)
            yield answer

    def _answer(self, method: str, endpoint: str, **sent: Any) -> dict[str, Any]:  # noqa: ANN401
        with self._errors():
            answer = self._http.request(method, endpoint, **sent)
            _raise_for(answer)
            try:
                body: dict[str, Any] = answer.json()
            except ValueError as error:
                raise TrackingError(
                    f"{self.url} answers, but not as MLflow does; set MLFLOW_TRACKING_URI to "
                    "where MLflow runs"
                ) from error
            return body

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (httpx.TransportError, httpx.DecodingError, httpx.UnsupportedProtocol) as error:
            raise Unreachable(
                f"MLflow at {self.url} does not answer; start it, or set MLFLOW_TRACKING_URI to "
                "where it runs"
            ) from error


def _raise_for(answer: httpx.Response) -> None:
    if not answer.is_error:
        return
    code, message = _told(answer)
    if code == MISSING:
        raise NotFound(f"MLflow refused the request: {message}")
    raise Refused(message, code)


def _told(answer: httpx.Response) -> tuple[str, str]:
    """Return the code and the sentence of an error answer."""
    plain = f"{answer.status_code} {answer.reason_phrase} for {answer.request.url.path}"
    try:
        body = answer.json()
    except ValueError:
        return "", plain
    if not isinstance(body, dict):
        return "", plain
    return str(body.get("error_code", "")), str(body.get("message", plain))
