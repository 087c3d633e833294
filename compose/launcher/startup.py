"""The order in which the stack starts: side by side where possible, with a line for each step."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TextIO

from compose.launcher.credentials import SIGNIN_ACCOUNT
from compose.launcher.health import Dags, Deadline, airflow_is_healthy, answers, sign_in
from compose.launcher.postgres import (
    airflow_versions,
    has_tables,
    mlflow_version,
    stamp_version,
    version_stamp,
)
from compose.launcher.services import Services
from compose.launcher.supervisor import Supervisor


@dataclass
class StartLog:
    """What the operator sees: a line as each step ends, from several threads.

    The first column counts from the start.
    """

    out: TextIO = field(default_factory=lambda: sys.stdout)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Start the clock."""
        self._begin = self.clock()
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Print one line now, also where the output is a pipe.

        A terminal or pipe that was closed must not keep the stack from being ended in order.
        """
        with self._lock, suppress(OSError, ValueError):
            self.out.write(f"{text}\n")
            self.out.flush()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Print ``title`` with its duration once the block has ended well."""
        begin = self.clock()
        yield
        now = self.clock()
        self.say(f"  {now - self._begin:6.1f} s  {title} ({now - begin:.1f} s)")


@dataclass
class Startup:
    """Starts every service and returns once all of them are ready."""

    services: Services
    supervisor: Supervisor
    deadline: Deadline
    log: StartLog

    def run(self) -> None:
        """Start the database, then the others at the same time.

        Raises
        ------
        LaunchError
            A service cannot be started; the waits for the others have been ended.
        InterruptedStartError
            Somebody asked to stop.
        """
        self._start_postgres()
        with ThreadPoolExecutor() as pool:
            parts = (self._start_mlflow, self._start_airflow, self._start_console)
            work = [pool.submit(part) for part in parts]
            done, _ = wait(work, return_when=FIRST_EXCEPTION)
            failures = [error for part in done if (error := part.exception())]
            if failures:
                self.deadline.stopping.set()
        for failure in failures:
            raise failure

    def _start_postgres(self) -> None:
        with self.log.step("PostgreSQL is ready"):
            self.deadline.wait_until(self.supervisor.answers, "the start of the supervisor")
            self._start("postgres")
            self._await("postgres", self.services.postgres.is_ready, "PostgreSQL's answer")
            self.services.postgres.create_databases()

    def _start_mlflow(self) -> None:
        """Upgrade tables of another version; on an empty database the server makes them itself."""
        with (
            self.log.step("MLflow is ready"),
            self.services.postgres.connect("mlflow") as connection,
        ):
            installed = mlflow_version()
            if version_stamp(connection) != installed and has_tables(connection):
                self._run_once("console-detach")
                self._run_once("mlflow-migrate")
            self._start("mlflow")
            health = f"{self.services.mlflow_url}/health"
            self._await("mlflow", lambda: answers(health), "MLflow's answer")
            stamp_version(connection, installed)
        with self.log.step("Console's tables are up to date"):
            self._run_once("console-migrate")

    def _start_airflow(self) -> None:
        begin = datetime.now(UTC)
        self._migrate_airflow()
        address = self.services.airflow_url
        with self.log.step("Airflow is ready"):
            for name in ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor"):
                self._start(name)
            healthy = "Airflow's health"
            self._await("airflow-api-server", lambda: airflow_is_healthy(address), healthy)
            task_api = f"{address}/execution/health"
            self._await("airflow-api-server", lambda: answers(task_api), "Airflow's task API")
        with self.log.step("DAGs are known"):
            password = self.services.credentials.account_password(SIGNIN_ACCOUNT)
            dags = Dags(address, sign_in(address, SIGNIN_ACCOUNT, password), begin)
            self._await("airflow-dag-processor", dags.are_known, "the reading of the DAG files")

    def _migrate_airflow(self) -> None:
        installed = airflow_versions()
        with self.services.postgres.connect("airflow") as connection:
            if version_stamp(connection) != installed:
                with self.log.step("Airflow's tables are up to date"):
                    self._run_once("airflow-migrate")
                    stamp_version(connection, installed)

    def _start_console(self) -> None:
        with self.log.step("Console is ready"):
            self._start("console")
            health = f"{self.services.console_url}/healthz"
            self._await("console", lambda: answers(health), "the console's answer")

    def _start(self, name: str) -> None:
        self.supervisor.start_program(name)

    def _run_once(self, name: str) -> None:
        self._start(name)
        self.deadline.wait_until(lambda: self.supervisor.has_finished(name), f"the end of {name}")

    def _await(self, name: str, ready: Callable[[], bool], what: str) -> None:
        def ready_or_failed() -> bool:
            self.supervisor.check(name)
            return ready()

        self.deadline.wait_until(ready_or_failed, what)
