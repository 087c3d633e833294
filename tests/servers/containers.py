"""The stack in containers, under a project name, ports and secrets of its own."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from compose.containers.dotenv import main as make_secrets
from tests.servers.compose_files import COMPOSE
from tests.servers.stack import Account, free_ports, short_folder

LOCAL = ("compose.yml", "compose.override.yml")
SCALED = (*LOCAL, "compose.scale.yml")
BEHIND_TLS = ("compose.yml", "compose.tls.yml")
START_SECONDS = 900
SEED_ROWS = 2_000
NEED = "containers need a Docker engine with Compose v2, and"


def why_not() -> str:
    """Say why no container can be started here, or nothing."""
    if shutil.which("docker") is None:
        return f"{NEED} there is no `docker` command on this machine"
    for command, lack in (
        (("docker", "compose", "version"), "docker has no Compose v2"),
        (("docker", "info"), "no Docker engine answers"),
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{NEED} {lack}: {(done.stderr.strip().splitlines() or ['no reason given'])[0]}"
    return ""


@dataclass
class ContainerStack:
    """One project; looks to the browser's tests like the embedded stack.

    ``files`` are the compose files in use, so that an overlay can be put on a stack that runs.
    """

    files: tuple[str, ...] = LOCAL
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Choose ports and make secrets; nothing is started yet."""
        self.folder = short_folder()
        self.env_file = self.folder / "env"
        make_secrets(self.env_file)
        console, airflow, mlflow, grafana, self.tls_port = free_ports(5)
        self.console_url = f"http://127.0.0.1:{console}"
        self.airflow_url = f"http://127.0.0.1:{airflow}/airflow"
        self.mlflow_url = f"http://127.0.0.1:{mlflow}"
        self.grafana_url = f"http://127.0.0.1:{grafana}"
        self.environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": f"ac-test-{os.getpid()}",
            "CONSOLE_PORT": str(console),
            "AIRFLOW_PORT": str(airflow),
            "MLFLOW_PORT": str(mlflow),
            "GRAFANA_PORT": str(grafana),
            "SEED_ROWS": str(SEED_ROWS),
            "HISTORY_SECONDS": "2",
            **self.settings,
        }

    @property
    def secrets(self) -> dict[str, str]:
        """Every secret by its name."""
        return dict(re.findall(r"^([A-Z]\w+)=(.*)$", self.env_file.read_text(), re.MULTILINE))

    def account(self, username: str) -> Account:
        """Return ``admin``, ``operator`` or ``viewer`` with its password."""
        return Account(username, self.secrets[f"AIRFLOW_{username.upper()}_PASSWORD"])

    def command(self, *arguments: str) -> tuple[str, ...]:
        """Return a command of Compose on this project."""
        chosen = [word for file in self.files for word in ("--file", str(COMPOSE / file))]
        return ("docker", "compose", "--env-file", str(self.env_file), *chosen, *arguments)

    def compose(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command of Compose to its end; a failure shows what it said."""
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            check=False,
            text=True,
            **({"capture_output": True, "timeout": START_SECONDS} | options),
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}\n{self.logs()}"
        return done

    def up(self, files: Iterable[str] | None = None) -> None:
        """Start what the files describe and return once all of it is well."""
        self.files = tuple(files or self.files)
        self.compose("up", "--wait", "--build", "--remove-orphans")

    def down(self, *options: str) -> None:
        """End everything."""
        self.compose("--profile", "*", "down", "--remove-orphans", *options)

    def stream(self, job: str, **channels: IO[bytes]) -> None:
        """Run a job whose input or output is a file."""
        run = self.command("run", "--rm", "--no-TTY", job)
        subprocess.run(run, env=self.environment, check=True, timeout=START_SECONDS, **channels)

    def inside(self, service: str, *command: str, index: int = 1) -> str:
        """Run a command in a container and return what it says."""
        place = ("--no-TTY", f"--index={index}", service)
        return self.compose("exec", *place, *command).stdout

    def logs(self) -> str:
        """Return the end of what every container has said."""
        tail = self.command("logs", "--no-color", "--tail=15")
        done = subprocess.run(
            tail, env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout[-20_000:]

    def remove(self) -> None:
        """End everything and leave nothing behind but the images."""
        self.down("--volumes")
        shutil.rmtree(self.folder, ignore_errors=True)

    def file(self, name: str) -> Path:
        """Return a path for a file that goes with the stack."""
        return self.folder / name
