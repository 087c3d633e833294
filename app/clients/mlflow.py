"""MLflow's REST API as the console uses it; plain HTTP spares the import of MLflow itself."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from app.clients.errors import NotFound, Rejected, Unreachable, from_status, unreachable

SERVICE = "MLflow"
API = "/api/2.0/mlflow"
TIMEOUT = httpx.Timeout(8.0, connect=2.0)
CHUNK_BYTES = 1 << 20
ACTIVE, DELETED, ALL = "ACTIVE_ONLY", "DELETED_ONLY", "ALL"
"""Which runs a search looks at: those in use, those in the bin, or both."""

Json = dict[str, Any]


def detail_of(answer: httpx.Response) -> str:
    """Read the sentence out of an error answer."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    return str(body.get("message", "")) if isinstance(body, dict) else ""


class MlflowClient:
    """One method is one request and one return; every call ends within seconds.

    Parameters
    ----------
    url
        Address of the tracking server.
    auth
        Name and password for a server that asks for them.
    transport
        Only for tests: answers instead of the network.
    """

    def __init__(
        self,
        url: str,
        auth: tuple[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        # MLflow lies beside the console: a proxy meant for the internet must not come between.
        self._http = httpx.Client(
            base_url=self.url, auth=auth, timeout=TIMEOUT, transport=transport, trust_env=False
        )

    def health(self) -> None:
        """Return when the server answers; raises Unreachable when it does not."""
        self._get("/health")

    def version(self) -> str:
        """Return MLflow's version."""
        return self._get("/version").text.strip()

    def experiment_id(self, name: str) -> str:
        """Return an experiment's id; raises NotFound when there is none of that name."""
        found = self._get(f"{API}/experiments/get-by-name", experiment_name=name).json()
        return str(found["experiment"]["experiment_id"])

    def search_experiments(self, limit: int = 10) -> list[Json]:
        """Return some experiments; needs the server's database, unlike ``health``."""
        found = self._post(f"{API}/experiments/search", {"max_results": limit}).json()
        experiments: list[Json] = found.get("experiments", [])
        return experiments

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        where: str = "",
        order_by: Sequence[str] = ("attributes.start_time DESC",),
        limit: int = 25,
        page_token: str = "",
        *,
        view: str = ACTIVE,
    ) -> tuple[list[Json], str]:
        """Return one page of runs and the token of the next; the token is empty at the end."""
        body = {
            "experiment_ids": list(experiment_ids),
            "filter": where,
            "order_by": list(order_by),
            "max_results": limit,
            "run_view_type": view,
        }
        if page_token:
            body["page_token"] = page_token
        answer = self._post(f"{API}/runs/search", body).json()
        return answer.get("runs", []), answer.get("next_page_token", "")

    def run(self, run_id: str) -> Json:
        """Return one run with its ``info``, ``data`` and ``inputs``."""
        run: Json = self._get(f"{API}/runs/get", run_id=run_id).json()["run"]
        return run

    def artifacts(self, run_id: str, path: str = "") -> list[Json]:
        """Return the files and folders of one folder of a run."""
        answer = self._get(f"{API}/artifacts/list", run_id=run_id, path=path).json()
        files: list[Json] = answer.get("files", [])
        return files

    def download(self, run_id: str, path: str, target: Path) -> None:
        """Write an artifact to ``target``."""
        with target.open("wb") as file:
            for chunk in self.stream(run_id, path):
                file.write(chunk)

    def stream(self, run_id: str, path: str) -> Iterator[bytes]:
        """Yield an artifact in pieces."""
        query = {"run_uuid": run_id, "path": path}
        with self._streamed("/get-artifact", query) as answer:
            yield from answer.iter_bytes(CHUNK_BYTES)

    def download_model_file(self, model_id: str, path: str, target: Path) -> None:
        """Write a file of a logged model to ``target``."""
        endpoint = f"/ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files"
        with (
            self._streamed(endpoint, {"artifact_file_path": path}) as answer,
            target.open("wb") as file,
        ):
            for chunk in answer.iter_bytes(CHUNK_BYTES):
                file.write(chunk)

    def version_by_alias(self, model: str, alias: str) -> Json:
        """Return the version of a registered model that ``alias`` names; raises NotFound."""
        try:
            answer = self._get(f"{API}/registered-models/alias", name=model, alias=alias).json()
        except Rejected as error:  # MLflow calls an unknown alias a bad parameter
            raise NotFound(SERVICE, error.message) from error
        version: Json = answer["model_version"]
        return version

    def point_alias(self, model: str, alias: str, version: int) -> None:
        """Let ``alias`` name a version of a registered model, whatever it named before."""
        body = {"name": model, "alias": alias, "version": str(version)}
        self._post(f"{API}/registered-models/alias", body)

    def drop_alias(self, model: str, alias: str) -> None:
        """Let ``alias`` name nothing."""
        with self._errors():
            body = {"name": model, "alias": alias}
            self._raise_for(
                self._http.request("DELETE", f"{API}/registered-models/alias", json=body)
            )

    def versions_of(self, run_id: str) -> list[Json]:
        """Return the versions of registered models that came of a run."""
        where = f"run_id='{run_id}'"
        found = self._get(f"{API}/model-versions/search", filter=where, max_results="100").json()
        versions: list[Json] = found.get("model_versions", [])
        return versions

    def set_tag(self, run_id: str, key: str, value: str) -> None:
        """Tag a run that is not in the bin."""
        self._post(f"{API}/runs/set-tag", {"run_id": run_id, "key": key, "value": value})

    @contextmanager
    def _streamed(self, endpoint: str, query: Mapping[str, str]) -> Iterator[httpx.Response]:
        with self._errors(), self._http.stream("GET", endpoint, params=query) as answer:
            if answer.is_error:
                answer.read()
            self._raise_for(answer)
            yield answer

    def _get(self, endpoint: str, /, **query: str) -> httpx.Response:
        with self._errors():
            return self._raise_for(self._http.get(endpoint, params=query))

    def _post(self, endpoint: str, body: Mapping[str, Any]) -> httpx.Response:
        with self._errors():
            return self._raise_for(self._http.post(endpoint, json=body))

    def _raise_for(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_error:
            raise from_status(SERVICE, answer.status_code, detail_of(answer))
        return answer

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise unreachable(SERVICE, self.url) from error
        except httpx.DecodingError as error:
            raise Unreachable(SERVICE, "MLflow gave an answer that cannot be read.") from error
