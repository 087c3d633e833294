"""The Airflow client against a small HTTP server that answers as Airflow was seen to answer."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.clients import airflow
from app.clients.airflow import AirflowClient, detail_of
from app.clients.errors import Conflict, Unauthorized
from pipeline.errors import NotFound, Rejected, Unreachable
from tests.servers.stack import free_ports

RUN = {
    "dag_display_name": "d",
    "dag_id": "d",
    "dag_run_id": "train__1",
    "dag_versions": [],
    "run_after": "2026-11-23T12:00:00Z",
    "run_type": "manual",
    "state": "queued",
}


class Server(ThreadingHTTPServer):
    """Answers by method and path; remembers what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.asked, self.delay = {}, [], 0.0


class Handler(BaseHTTPRequestHandler):
    """Gives the canned answer."""

    def _answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.split("?")[0]
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        time.sleep(self.server.delay)
        status, answer = self.server.answers.get((self.command, path), (404, {"detail": "no"}))
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - the names http.server calls

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def server():
    """An empty server on a free port."""
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def client(server):
    """A client with a token on the server."""
    return AirflowClient(f"http://127.0.0.1:{server.server_port}/", "the-token")


def test_a_login_returns_the_token(server, client):
    """Name and password travel in the body, never in the address."""
    server.answers["POST", "/auth/token"] = 201, {"access_token": "fresh"}
    assert client.login("operator", "secret") == "fresh"
    _, path, _, body = server.asked[0]
    assert path == "/auth/token"
    assert json.loads(body) == {"username": "operator", "password": "secret"}


def test_a_wrong_password_is_called_that(server, client):
    """A refused login is not mistaken for a session that has ended."""
    server.answers["POST", "/auth/token"] = 401, {"detail": "Invalid credentials"}
    with pytest.raises(Unauthorized, match="do not match"):
        client.login("operator", "wrong")


def test_a_trigger_sends_the_id_and_the_params(server, client):
    """The run id is chosen here, so that the same click twice is one run."""
    server.answers["POST", "/api/v2/dags/d/dagRuns"] = 200, RUN
    assert client.trigger("d", "train__1", {"n_estimators": 10}).dag_run_id == "train__1"
    _, _, headers, body = server.asked[0]
    assert headers["Authorization"] == "Bearer the-token"
    sent = json.loads(body)
    assert sent["dag_run_id"] == "train__1"
    assert sent["conf"] == {"n_estimators": 10}
    assert sent["logical_date"] is None


@pytest.mark.parametrize(
    ("status", "detail", "kind"),
    [(409, {"reason": "Unique constraint"}, Conflict), (400, "2001 is too large\n\n", Rejected)],
)
def test_a_refused_trigger_tells_why(server, client, status, detail, kind):
    """A run that exists and a param out of bounds are told apart."""
    server.answers["POST", "/api/v2/dags/d/dagRuns"] = status, {"detail": detail}
    with pytest.raises(kind):
        client.trigger("d", "train__1", {})


def test_an_unknown_dag_is_not_found(client):
    """A 404 is raised as what it is."""
    with pytest.raises(NotFound):
        client.dag("nowhere")


def test_a_server_that_is_down_is_known_at_once():
    """A refused connection is not tried again and again."""
    (port,) = free_ports(1)
    begin = time.monotonic()
    for ask in (AirflowClient(f"http://127.0.0.1:{port}").health, lambda: login(port)):
        with pytest.raises(Unreachable):
            ask()
    assert time.monotonic() - begin < 2


def login(port):
    """Log in at a port on which nothing listens."""
    return AirflowClient(f"http://127.0.0.1:{port}").login("operator", "secret")


def test_a_server_that_hangs_is_given_up_within_seconds(server, client, monkeypatch):
    """A read that takes too long ends as a service that does not answer."""
    monkeypatch.setattr(airflow, "READ_SECONDS", 0.2)
    server.delay = 1.0
    begin = time.monotonic()
    with pytest.raises(Unreachable):
        client.version()
    assert time.monotonic() - begin < 2


def test_the_log_of_an_unknown_task_is_not_found(client):
    """A raw answer is checked for its status like any other."""
    with pytest.raises(NotFound):
        client.log("d", "r", "t", 1)


def test_the_newest_runs_of_given_states_are_asked_for(server, client):
    """Order, limit and states are Airflow's work, not ours."""
    server.answers["GET", "/api/v2/dags/~/dagRuns"] = 200, {"dag_runs": [RUN], "total_entries": 1}
    assert [run.dag_run_id for run in client.runs(limit=3, states=("failed",))] == ["train__1"]
    path = server.asked[0][1]
    for wanted in ("order_by=-run_after", "limit=3", "state=failed"):
        assert wanted in path


def test_a_log_comes_in_parts(server, client):
    """The token of one part asks for the next."""
    path = "/api/v2/dags/d/dagRuns/r/taskInstances/t/logs/1"
    event = {"event": "fitting", "timestamp": "2026-11-23T12:00:00Z", "level": "info"}
    server.answers["GET", path] = 200, {"content": [event], "continuation_token": "next"}
    part = client.log("d", "r", "t", 1)
    assert part.events == [event]
    assert part.token == "next"
    client.log("d", "r", "t", 1, part.token)
    assert "token=next" in server.asked[1][1]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{"detail": "no such DAG"}', "no such DAG"),
        ('{"detail": [{"msg": "too small"}, {"msg": "too large"}]}', "too small; too large"),
        ('{"detail": {"reason": "exists", "statement": "INSERT"}}', "exists"),
        ("Bad Gateway", "Bad Gateway"),
        (None, ""),
    ],
)
def test_the_sentence_is_found_in_every_form_of_error(body, sentence):
    """FastAPI answers with a text, a list of broken rules or an object; proxies with plain text."""
    assert detail_of(body) == sentence
