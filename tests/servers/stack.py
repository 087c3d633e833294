"""A real stack on free ports in a folder of its own, for integration and end-to-end tests."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
READY = "Console ready: "
START_SECONDS = 320
STOP_SECONDS = 90
# Tests that are interrupted leave no stack behind, however they end.
ENDS_WITH_US = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()


@dataclass(frozen=True)
class Account:
    """One of the stack's Airflow accounts."""

    username: str
    password: str


def free_ports(count: int) -> list[int]:
    """Return ports on which nothing listens; all are held open until the last is found."""
    sockets = [socket.socket() for _ in range(count)]
    for listener in sockets:
        listener.bind(("127.0.0.1", 0))
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


def short_folder() -> Path:
    """Make a folder whose path leaves room for a socket's name and that others may enter."""
    folder = Path(tempfile.mkdtemp(prefix="ac-", dir="/tmp"))
    folder.chmod(0o755)
    return folder


@dataclass
class Stack:
    """One run of ``python -m compose.launcher run``.

    ``with Stack() as stack:`` starts, stops and removes it. ``settings`` are further variables for
    the launcher; ``folder`` given, it is left in place, so that a second stack can take it over.
    ``prefix`` comes before the command, to run it as somebody else.
    """

    settings: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
    prefix: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Choose the folder and the ports."""
        self._own_folder = self.folder is None
        self.state_dir = self.folder or short_folder()
        console, airflow, mlflow = free_ports(3)
        ports = {"CONSOLE_PORT": console, "AIRFLOW_PORT": airflow, "MLFLOW_PORT": mlflow}
        self.environment = {
            **os.environ,
            **{name: str(port) for name, port in ports.items()},
            "STATE_DIR": str(self.state_dir),
            "SEED_SAMPLE": "false",
            "HISTORY_SECONDS": "2",
            **self.settings,
        }
        self.output: deque[str] = deque()
        self.process: subprocess.Popen[str] | None = None
        self._ready = threading.Event()

    @property
    def console_url(self) -> str:
        """Where the console answers."""
        return f"http://127.0.0.1:{self.environment['CONSOLE_PORT']}"

    @property
    def airflow_url(self) -> str:
        """Where Airflow answers."""
        return f"http://127.0.0.1:{self.environment['AIRFLOW_PORT']}"

    @property
    def mlflow_url(self) -> str:
        """Where the MLflow server answers."""
        return f"http://127.0.0.1:{self.environment['MLFLOW_PORT']}"

    @property
    def env(self) -> dict[str, str]:
        """The variables that the launcher gives the console: addresses, DATABASE_URL, folders."""
        program = json.loads((self.state_dir / "run" / "console.json").read_text())
        environment: dict[str, str] = program["environment"]
        return environment

    def account(self, username: str) -> Account:
        """Return ``admin``, ``operator`` or ``viewer`` with the password of this stack."""
        file = self.state_dir / "secrets" / "airflow_passwords.json"
        return Account(username, json.loads(file.read_text())[username])

    @property
    def signin_link(self) -> str:
        """The one-time link that the last start printed."""
        links = [word for line in self.output for word in line.split() if "/signin/once?" in word]
        return links[-1]

    def _launcher(self, name: str, how: tuple[str, ...] = ()) -> tuple[str, ...]:
        return (*self.prefix, *how, sys.executable, "-m", "compose.launcher", name)

    def command(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run one of the launcher's commands to its end, as from another shell."""
        return subprocess.run(
            self._launcher(name),
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=STOP_SECONDS,
            check=False,
        )

    def begin(self) -> None:
        """Start the launcher without waiting for what comes of it."""
        self._ready.clear()
        self.process = subprocess.Popen(
            self._launcher("run", ENDS_WITH_US),
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()

    def start(self) -> Self:
        """Start and return once the console is ready.

        Raises
        ------
        RuntimeError
            The launcher ended or took too long; the message holds what it printed.
        """
        self.begin()
        if not self._ready.wait(START_SECONDS) or not self.is_running:
            self.stop()
            raise RuntimeError("the stack did not start:\n" + "".join(self.output))
        return self

    @property
    def is_running(self) -> bool:
        """Tell whether the launcher lives."""
        return self.process is not None and self.process.poll() is None

    def _read(self, process: "subprocess.Popen[str]") -> None:
        """Keep the output; its end means that the launcher ended, which ends the wait as well."""
        for line in process.stdout or ():
            self.output.append(line)
            if line.startswith(READY):
                self._ready.set()
        process.wait()
        self._ready.set()

    def stop(self) -> int:
        """Ask the launcher to stop everything and return its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(STOP_SECONDS)
        self.process = None
        return code

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop, and remove what was made."""
        self.stop()
        if self._own_folder:
            shutil.rmtree(self.state_dir, ignore_errors=True)
