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
from compose.launcher.services import Stack


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

    stack: Stack
    deadline: Deadline
    log: StartLog

    def run(self) -> None:
        """Start the database, then the others at the same time.

        The first failure ends the waits for the others and is raised.
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
        postgres = self.stack.postgres
        with self.log.step("PostgreSQL is ready"):
            self.deadline.wait_until(self.stack.supervisor.answers, "the start of the supervisor")
            self._start("postgres", postgres.is_ready, "PostgreSQL's answer")
            postgres.create_databases()

    def _start_mlflow(self) -> None:
        """Upgrade tables of another version; on an empty database the server makes them itself."""
        health = f"{self.stack.mlflow_url}/health"
        installed = mlflow_version()
        with self.log.step("MLflow is ready"), self.stack.postgres.connect("mlflow") as connection:
            if version_stamp(connection) != installed and has_tables(connection):
                self._run_once("console-detach")
                self._run_once("mlflow-migrate")
            self._start("mlflow", lambda: answers(health), "MLflow's answer")
            stamp_version(connection, installed)
        with self.log.step("Console's tables are up to date"):
            self._run_once("console-migrate")

    def _start_airflow(self) -> None:
        begin = datetime.now(UTC)
        self._migrate_airflow()
        url, supervisor = self.stack.airflow_url, self.stack.supervisor

        def is_ready() -> bool:  # the API for tasks, too, which is built with its first request
            return airflow_is_healthy(url) and answers(f"{url}/execution/health")

        with self.log.step("Airflow is ready"):
            for name in ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor"):
                supervisor.start_program(name)
            self._await("airflow-api-server", is_ready, "Airflow's health")
        with self.log.step("DAGs are known"):
            password = self.stack.credentials.account_password(SIGNIN_ACCOUNT)
            dags = Dags(url, sign_in(url, SIGNIN_ACCOUNT, password), begin)
            self._await("airflow-dag-processor", dags.are_known, "the reading of the DAG files")

    def _migrate_airflow(self) -> None:
        installed = airflow_versions()
        with self.stack.postgres.connect("airflow") as connection:
            if version_stamp(connection) != installed:
                with self.log.step("Airflow's tables are up to date"):
                    self._run_once("airflow-migrate")
                    stamp_version(connection, installed)

    def _start_console(self) -> None:
        health = f"{self.stack.console_url}/healthz"
        with self.log.step("Console is ready"):
            self._start("console", lambda: answers(health), "the console's answer")

    def _start(self, name: str, is_ready: Callable[[], bool], what: str) -> None:
        """Start a service and wait until it is ready."""
        self.stack.supervisor.start_program(name)
        self._await(name, is_ready, what)

    def _await(self, name: str, is_ready: Callable[[], bool], what: str) -> None:
        def ready_or_failed() -> bool:
            self.stack.supervisor.check(name)
            return is_ready()

        self.deadline.wait_until(ready_or_failed, what)

    def _run_once(self, name: str) -> None:
        """Run a program to its end."""
        supervisor = self.stack.supervisor
        supervisor.start_program(name)
        self.deadline.wait_until(lambda: supervisor.has_finished(name), f"the end of {name}")
