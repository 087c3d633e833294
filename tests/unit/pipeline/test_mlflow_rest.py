"""The REST client against a server that answers as told."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pipeline.errors import NotFound, TrackingError, Unreachable
from pipeline.mlflow_rest import MlflowRest
from pipeline.mlflow_rest.client import _number
from pipeline.settings import PipelineSettings

RUN = {
    "info": {
        "run_id": "r1",
        "experiment_id": "2",
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
def rest(server: Told) -> MlflowRest:
    """The client of that server."""
    return client(f"http://127.0.0.1:{server.server_port}")


def client(url: str, **others: str) -> MlflowRest:
    """Return a client that gives up soon."""
    return MlflowRest(
        PipelineSettings(
            mlflow_tracking_uri=url,
            mlflow_http_request_timeout=2,
            mlflow_http_request_max_retries=0,
            **others,
        )
    )


def test_a_run_is_read_with_tags_and_models(server: Told, rest: MlflowRest) -> None:
    """What the steps need of a run is there under one name each."""
    server.tell("/api/2.0/mlflow/runs/get", {"run": RUN})
    run = rest.run("r1")
    assert (run.run_id, run.status, run.started_ms) == ("r1", "FINISHED", 1_700_000_000_000)
    assert run.tags == {"run_kind": "train"}
    assert run.model_ids == ("m-1",)


def test_what_is_missing_is_not_found(server: Told, rest: MlflowRest) -> None:
    """MLflow's word for missing becomes the pipeline's, with MLflow's sentence."""
    body = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "No such run."}
    server.tell("/api/2.0/mlflow/runs/get", body, 404)
    with pytest.raises(NotFound, match="No such run"):
        rest.run("r1")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"message": "No, thanks."}'])
def test_any_refusal_is_a_sentence(server: Told, rest: MlflowRest, body: bytes) -> None:
    """Also one that is not written as MLflow writes it."""
    server.tell("/api/2.0/mlflow/runs/get", body, 500)
    with pytest.raises(TrackingError, match=r"MLflow refused the request: (500|No, thanks)"):
        rest.run("r1")


def test_another_program_at_the_address_is_told(server: Told, rest: MlflowRest) -> None:
    """A page where there should be JSON names the setting to mend."""
    server.tell("/api/2.0/mlflow/runs/get", b"<html>hello</html>")
    with pytest.raises(TrackingError, match="set MLFLOW_TRACKING_URI"):
        rest.run("r1")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ftp://127.0.0.1", "nonsense"])
def test_no_server_is_unreachable(url: str) -> None:
    """So is an address that is none."""
    with pytest.raises(Unreachable, match="does not answer"):
        client(url).run("r1")


def test_an_experiment_that_another_process_just_made_is_used(
    server: Told, rest: MlflowRest
) -> None:
    """Losing the race is no error: that the experiment is there is all that is asked."""
    missing = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Not there."}
    taken = {"error_code": "RESOURCE_ALREADY_EXISTS", "message": "Taken."}
    server.tell("/api/2.0/mlflow/experiments/get-by-name", missing, 404)
    server.tell("/api/2.0/mlflow/experiments/get-by-name", {"experiment": {"experiment_id": "7"}})
    server.tell("/api/2.0/mlflow/experiments/create", taken, 400)
    assert rest.experiment_id("new") == "7"


def test_name_and_password_are_sent(server: Told) -> None:
    """A server that asks for an account gets the one of the environment."""
    server.tell("/api/2.0/mlflow/runs/get", {"run": RUN})
    url = f"http://127.0.0.1:{server.server_port}"
    named = client(url, mlflow_tracking_username="a", mlflow_tracking_password="b")
    named.run("r1")
    assert server.asked[-1][3] == "Basic YTpi"


def test_files_go_up_under_their_own_paths(server: Told, rest: MlflowRest, tmp_path: Path) -> None:
    """Folders and odd names survive, and an empty file is a file."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a b#.txt").write_bytes(b"x" * 3_000_000)
    (tmp_path / "empty").write_bytes(b"")
    base = "/api/2.0/mlflow-artifacts/artifacts/2/r1/artifacts"
    server.tell(f"{base}/sub/a%20b%23.txt", {})
    server.tell(f"{base}/empty", {})
    rest.artifacts.upload("mlflow-artifacts:/2/r1/artifacts", tmp_path)
    assert [(way, path, len(sent)) for way, path, sent, _ in server.asked] == [
        ("PUT", f"{base}/empty", 0),
        ("PUT", f"{base}/sub/a%20b%23.txt", 3_000_000),
    ]


def test_a_server_without_a_proxy_is_told(rest: MlflowRest, tmp_path: Path) -> None:
    """Files in a folder of the server are out of a worker's reach."""
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(TrackingError, match="--serve-artifacts"):
        rest.artifacts.upload("/srv/mlruns/2/r1/artifacts", tmp_path)


def test_numbers_that_json_lacks_are_written_in_words() -> None:
    """As protocol buffers write them."""
    odd = [float("nan"), float("inf"), float("-inf"), 0.5]
    assert [_number(value) for value in odd] == ["NaN", "Infinity", "-Infinity", 0.5]


@pytest.mark.parametrize(
    ("answer", "status"), [({}, 200), ({"error_code": "RESOURCE_ALREADY_EXISTS"}, 400)]
)
def test_a_model_is_there_before_its_version(
    server: Told, rest: MlflowRest, answer: dict[str, str], status: int
) -> None:
    """With accounts MLflow denies a version of a model that is not there, as it has no owner."""
    server.tell("/api/2.0/mlflow/registered-models/create", answer, status)
    server.tell("/api/2.0/mlflow/model-versions/create", {})
    rest.register("traffic", "r1", "m-1")
    assert [path.split("/mlflow/")[1] for _, path, *_ in server.asked] == [
        "registered-models/create",
        "model-versions/create",
    ]
