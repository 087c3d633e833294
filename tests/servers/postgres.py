"""A PostgreSQL server of its own for the tests that need no more of the stack than that."""

import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from compose.launcher.credentials import Credentials
from compose.launcher.layout import Layout
from compose.launcher.postgres import CONSOLE_GRANTS, ERASE_RUN, Postgres
from tests.servers.stack import short_folder

START_SECONDS = 30
NOT_FOR_KEEPS = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


@dataclass(frozen=True)
class TestDatabase:
    """One database, seen by different roles."""

    __test__ = False

    server: Postgres
    name: str

    def url(self, role: str) -> str:
        """Return the address for a role: postgres, mlflow, console or grafana_reader."""
        return self.server.url(role, self.name)

    def engine(self, role: str) -> Engine:
        """Return an engine that leaves no connection open behind."""
        return create_engine(self.url(role), poolclass=NullPool)

    def run(self, role: str, statement: str, **values: object) -> list[tuple[object, ...]]:
        """Run one statement as a role, and return its rows."""
        with self.engine(role).begin() as connection:
            result = connection.execute(text(statement), values)
            return [tuple(row) for row in result] if result.returns_rows else []


class PostgresServer:
    """The launcher's PostgreSQL with its roles, in a short folder of its own."""

    def __enter__(self) -> Self:
        """Start it."""
        self._folder = short_folder()
        layout = Layout(self._folder)
        layout.create()
        credentials = Credentials(layout.secrets)
        credentials.create()
        self.postgres = Postgres(layout, credentials, None)
        account = self.postgres.account()
        self.postgres.create_cluster(account)
        log = (self._folder / "postgres.log").open("wb")
        command = (*self.postgres.program(account).command, *NOT_FOR_KEEPS)
        self._process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log)
        self._await(self._folder / "postgres.log")
        self.postgres.create_databases()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it at once, as nothing is kept, and remove its folder."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(START_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _await(self, log: Path) -> None:
        for _ in range(START_SECONDS * 10):
            if self.postgres.is_ready():
                return
            assert self._process.poll() is None, log.read_text()
            time.sleep(0.1)
        raise AssertionError(log.read_text())

    def create(self, name: str, template: str = "template1") -> TestDatabase:
        """Make a database with the schemas and rights that the launcher gives the real one."""
        admin = TestDatabase(self.postgres, "postgres").engine("postgres")
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{name}" OWNER mlflow TEMPLATE "{template}"'))
            connection.execute(text(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC'))
        made = TestDatabase(self.postgres, name)
        for statement in CONSOLE_GRANTS:
            made.run("postgres", statement.replace("DATABASE mlflow", f'DATABASE "{name}"'))
        made.run("postgres", ERASE_RUN.read_text(encoding="utf-8"))
        return made


def upgrade_mlflow(database: TestDatabase) -> subprocess.CompletedProcess[str]:
    """Run ``mlflow db upgrade`` as an operator would."""
    command = (sys.executable, "-m", "mlflow", "db", "upgrade", database.url("mlflow"))
    return subprocess.run(command, check=False, capture_output=True, text=True)
