"""MLflow's client against a server that answers as told."""

import json
import math
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pipeline.errors import NotFound, Rejected, Unreachable
from pipeline.settings import settings
from pipeline.tracking import artifacts
from pipeline.tracking.client import TrackingServer, tracking_server
from pipeline.tracking.runs import RunKind, RunStatus, get_run

RUN = {
    "info": {
        "run_id": "r1",
        "experiment_id": "2",
        "lifecycle_stage": "active",
        "status": "FINISHED",
        "start_time": 1_700_000_000_000,
        "artifact_uri": "mlflow-artifacts:/2/r1/artifacts",
    },
    "data": {"tags": [{"key": "run_kind", "value": "train"}]},
    "outputs": {"model_outputs": [{"model_id": "m-1", "step": 0}]},
}


class Told(ThreadingHTTPServer):
    """Answers a path with what it was told, in turn, the last again; keeps what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, list[tuple[int, bytes]]] = {}
        self.asked: list[tuple[str, str, bytes, str]] = []

    def tell(self, path: str, body: object, status: int = 200) -> None:
        """Answer with JSON, or bytes as they are, at a path."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.setdefault(path, []).append((status, raw))

    def answer(self, path: str) -> tuple[int, bytes]:
        """Return what is next for a path."""
        told = self.answers.get(path, [(404, b"gone")])
        return told.pop(0) if len(told) > 1 else told[0]


class _Handler(BaseHTTPRequestHandler):
    server: Told

    def _handle(self) -> None:
        sent = self._chunked() if "Transfer-Encoding" in self.headers else self._whole()
        authorization = self.headers.get("Authorization", "")
        self.server.asked.append((self.command, self.path, sent, authorization))
        status, body = self.server.answer(self.path.split("?")[0])
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _whole(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _chunked(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    do_GET = do_POST = do_PUT = do_PATCH = _handle  # noqa: N815 - the names http.server asks for

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[Told]:
    """A server on a free port."""
    with Told() as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def tracking(server: Told, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrackingServer]:
    """The tracking server at that address, with a client that gives up soon."""
    yield from connected(f"http://127.0.0.1:{server.server_port}", monkeypatch)


def connected(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrackingServer]:
    """Yield the server of the environment."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    settings.cache_clear()
    yield tracking_server()
    settings.cache_clear()


def test_run_is_parsed_with_tags_and_models(server: Told, tracking: TrackingServer) -> None:
    """What the product needs of a run is there under one name each."""
    server.tell("/api/2.0/mlflow/runs/get", {"run": RUN})
    run = get_run(tracking, "r1")
    assert (run.run_id, run.kind, run.status) == ("r1", RunKind.TRAIN, RunStatus.FINISHED)
    assert run.started.timestamp() == 1_700_000_000
    assert run.tags == {"run_kind": "train"}
    assert run.model_ids == ("m-1",)


def test_metrics_that_json_lacks_are_read(server: Told, tracking: TrackingServer) -> None:
    """JSON carries NaN and infinity as text."""
    metrics = [
        {"key": key, "value": key, "timestamp": 0, "step": 0} for key in ("NaN", "Infinity", "1.5")
    ]
    server.tell("/api/2.0/mlflow/runs/get", {"run": RUN | {"data": {"metrics": metrics}}})
    found = get_run(tracking, "r1").metrics
    assert math.isnan(found["NaN"])
    assert (found["Infinity"], found["1.5"]) == (math.inf, 1.5)


def test_missing_run_raises_not_found(server: Told, tracking: TrackingServer) -> None:
    """MLflow's sentence is the message."""
    body = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "No such run."}
    server.tell("/api/2.0/mlflow/runs/get", body, 404)
    with pytest.raises(NotFound, match=r"^No such run\.$"):
        get_run(tracking, "r1")


def test_refused_request_gives_the_reason(server: Told, tracking: TrackingServer) -> None:
    """A bad filter is told in MLflow's words, without its error code."""
    body = {"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid clause\nmore"}
    server.tell("/api/2.0/mlflow/runs/search", body, 400)
    with pytest.raises(Rejected, match=r"^Invalid clause$"):
        tracking.client.search_runs(["1"], "nonsense")


@pytest.mark.parametrize("status", [200, 404, 500, 502])
def test_other_program_at_the_address_is_unreachable(
    server: Told, tracking: TrackingServer, status: int
) -> None:
    """A page where there should be JSON names the setting to correct."""
    server.tell("/api/2.0/mlflow/runs/get", b"<html>hello</html>", status)
    with pytest.raises(Unreachable, match="set MLFLOW_TRACKING_URI"):
        get_run(tracking, "r1")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ftp://127.0.0.1", "nonsense"])
def test_missing_server_is_unreachable(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is an address that is none; the client must not fall back to files of its own."""
    with pytest.raises(Unreachable, match="does not answer"):
        get_run(next(connected(url, monkeypatch)), "r1")


def test_hanging_server_is_unreachable_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts connections and never answers is given up after the time limit."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tracking = next(connected(f"http://127.0.0.1:{silent.getsockname()[1]}", monkeypatch))
        begun = time.monotonic()
        for ask in (tracking.version, lambda: get_run(tracking, "r1")):
            with pytest.raises(Unreachable):
                ask()
        assert time.monotonic() - begun < 8


def test_experiment_that_another_process_just_made_is_used(
    server: Told, tracking: TrackingServer
) -> None:
    """Losing the race is no error: that the experiment is there is all that is asked."""
    missing = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Not there."}
    taken = {"error_code": "RESOURCE_ALREADY_EXISTS", "message": "Taken."}
    found = {"experiment": {"experiment_id": "7", "name": "new", "lifecycle_stage": "active"}}
    server.tell("/api/2.0/mlflow/experiments/get-by-name", missing, 404)
    server.tell("/api/2.0/mlflow/experiments/get-by-name", found)
    server.tell("/api/2.0/mlflow/experiments/create", taken, 400)
    assert tracking.ensure_experiment("new") == "7"


def test_account_of_the_environment_is_sent(
    server: Told, tracking: TrackingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every request; without an account there is no header at all."""
    server.tell("/api/2.0/mlflow/runs/get", {"run": RUN})
    server.tell("/version", b"3.17.2")
    get_run(tracking, "r1")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "a")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "b")
    get_run(tracking, "r1")
    assert tracking.version() == "3.17.2"
    assert [header for *_, header in server.asked] == ["", "Basic YTpi", "Basic YTpi"]


def test_uploaded_files_keep_their_paths(
    server: Told, tracking: TrackingServer, tmp_path: Path
) -> None:
    """Folders survive, a large file is sent whole, and an empty file is a file."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.bin").write_bytes(b"x" * 3_000_000)
    (tmp_path / "empty").write_bytes(b"")
    base = "/api/2.0/mlflow-artifacts/artifacts/2/r1/artifacts"
    server.tell(f"{base}/sub/a.bin", {})
    server.tell(f"{base}/empty", {})
    tracking.files("mlflow-artifacts:/2/r1/artifacts").log_artifacts(str(tmp_path))
    assert {(way, path, len(sent)) for way, path, sent, _ in server.asked} == {
        ("PUT", f"{base}/empty", 0),
        ("PUT", f"{base}/sub/a.bin", 3_000_000),
    }


def test_missing_file_raises_not_found(
    server: Told, tracking: TrackingServer, tmp_path: Path
) -> None:
    """The client says only that a download failed; the listing says why. Nothing is left behind."""
    server.tell("/api/2.0/mlflow-artifacts/artifacts", {"files": [{"path": "b", "is_dir": False}]})
    with pytest.raises(NotFound, match="no file a"):
        artifacts.download(tracking, "mlflow-artifacts:/2/r1/artifacts", "a", tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_broken_download_of_a_listed_file_is_unreachable(
    server: Told, tracking: TrackingServer, tmp_path: Path
) -> None:
    """A file that is there and does not arrive is trouble with the server."""
    server.tell("/api/2.0/mlflow-artifacts/artifacts", {"files": [{"path": "a", "is_dir": False}]})
    with pytest.raises(Unreachable):
        artifacts.download(tracking, "mlflow-artifacts:/2/r1/artifacts", "a", tmp_path / "a")


def test_server_without_artifact_proxy_is_rejected(tracking: TrackingServer) -> None:
    """Files in a folder of the server are out of a worker's reach."""
    with pytest.raises(Rejected, match="--serve-artifacts"):
        tracking.files("/srv/mlruns/2/r1/artifacts")
