"""An MLflow server of its own for what needs no more of the stack than that."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from tests.servers.stack import free_ports

START_SECONDS = 240
STOP_SECONDS = 30


class MlflowServer:
    """``mlflow server`` with an artifact proxy; ``with MlflowServer(folder) as server`` runs it.

    Parameters
    ----------
    folder
        Where artifacts and the log go.
    backend
        SQLAlchemy's address of its database; a file in ``folder`` if there is none.
    """

    def __init__(self, folder: Path, backend: str = "") -> None:
        self._folder = folder
        self._backend = backend or f"sqlite:///{folder / 'mlflow.db'}"
        (port,) = free_ports(1)
        self._port = port
        self.url = f"http://127.0.0.1:{port}"

    def __enter__(self) -> Self:
        """Start it and wait until it answers."""
        self._log = (self._folder / "server.log").open("wb")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"),
                *("--port", str(self._port), "--workers", "1"),
                *("--backend-store-uri", self._backend, "--serve-artifacts"),
                *("--artifacts-destination", str(self._folder / "artifacts")),
            ],
            env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "server.log").read_text()
            assert time.monotonic() < deadline, "MLflow did not start in time"
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        """End it with its workers."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(STOP_SECONDS)
        self._log.close()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:  # noqa: S310
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False
