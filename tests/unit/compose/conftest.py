"""A stack that is described but not started, in a folder of the test."""

import json
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from compose.launcher.layout import Layout
from compose.launcher.services import Stack
from compose.launcher.settings import LauncherSettings


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name, which pytest's own may not."""
    with tempfile.TemporaryDirectory(prefix="ac-", dir="/tmp") as folder:
        yield Path(folder) / "state"


@pytest.fixture
def stack(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack with its folders and secrets made."""
    for name in LauncherSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    made = Stack.of(LauncherSettings(state_dir=state_dir))
    made.layout.create()
    made.credentials.create()
    return made


@pytest.fixture
def layout(stack: Stack) -> Layout:
    """The folders of that stack."""
    return stack.layout


class Web:
    """A server with the answers that a test sets by method and path; it records requests."""

    def __init__(self) -> None:
        """Start to listen; requests wait until a thread serves them."""
        self.answers: dict[str, tuple[int, object]] = {}
        self.requests: list[tuple[str, object]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, web: Web, *arguments: object) -> None:
        self.web = web
        super().__init__(*arguments)

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        key = f"{self.command} {self.path.partition('?')[0]}"
        self.web.requests.append((key, json.loads(body) if body else None))
        status, answer = self.web.answers.get(key, (404, {}))
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PATCH = do_GET  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def web() -> Iterator[Web]:
    """A server that answers 404 until a test sets answers."""
    made = Web()
    threading.Thread(target=made.server.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()
