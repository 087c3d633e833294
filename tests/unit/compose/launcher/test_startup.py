"""The order of the start, with fake services, and the lines that the operator sees."""

import io
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from types import SimpleNamespace

import pytest

from compose.launcher.errors import InterruptedStartError, LaunchError
from compose.launcher.health import Deadline
from compose.launcher.postgres import airflow_versions
from compose.launcher.startup import StartLog, Startup
from pipeline.orchestration import SCORE_DAG, TRAIN_DAG


def test_step_shows_when_it_ended_and_how_long_it_took() -> None:
    """The first number counts from the start, the second is the step's own."""
    seconds = iter([0.0, 1.0, 3.5])
    out = io.StringIO()
    with StartLog(out, lambda: next(seconds)).step("MLflow is ready"):
        pass
    assert out.getvalue() == "     3.5 s  MLflow is ready (2.5 s)\n"


def test_failed_step_is_not_shown_as_done() -> None:
    """An error inside the step prints nothing and is passed on."""
    out = io.StringIO()
    with pytest.raises(ValueError, match="no"), StartLog(out).step("Airflow is ready"):
        raise ValueError("no")
    assert out.getvalue() == ""


def test_closed_terminal_does_not_keep_the_stack_from_ending() -> None:
    """Writing to a closed terminal or pipe is not an error."""
    out = io.StringIO()
    out.close()
    StartLog(out).say("Everything has been stopped.")
    assert out.closed


@dataclass
class FakeSupervisor:
    """Starts nothing, but remembers the names; the program ``failing`` fails."""

    failing: str = ""
    started: list[str] = field(default_factory=list)

    def answers(self) -> bool:
        """It does."""
        return True

    def start_program(self, name: str) -> None:
        """Remember the program."""
        self.started.append(name)

    def check(self, name: str) -> None:
        """Report the failing program."""
        if name == self.failing:
            raise LaunchError(f"{name} could not be started")

    def has_finished(self, name: str) -> bool:
        """One-time programs end at once, unless they fail."""
        self.check(name)
        return True


@dataclass
class FakeDatabase:
    """A connection to one database: ``stamps`` of all; one with a stamp has tables."""

    name: str
    stamps: dict[str, str]

    def version_stamp(self) -> str:
        """Return the recorded versions."""
        return self.stamps.get(self.name, "")

    def stamp_version(self, versions: str) -> None:
        """Record the versions."""
        self.stamps[self.name] = versions

    def has_tables(self) -> bool:
        """Tell whether the database was ever used."""
        return self.name in self.stamps


@dataclass
class FakePostgres:
    """A server that is ready and remembers the stamps of its databases."""

    stamps: dict[str, str] = field(default_factory=dict)

    def is_ready(self) -> bool:
        """It is."""
        return True

    def create_databases(self) -> None:
        """They exist."""

    @contextmanager
    def connect(self, database: str):
        """Connect to one database."""
        yield FakeDatabase(database, self.stamps)


@pytest.fixture
def startup(web, stack, monkeypatch: pytest.MonkeyPatch) -> Startup:
    """The start of a stack whose services are all healthy, on an empty database."""
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    healthy = {part: {"status": "healthy"} for part in ("metadatabase", "scheduler")}
    web.answers = {
        "GET /health": (200, "OK"),
        "GET /healthz": (200, {"status": "ok"}),
        "GET /execution/health": (200, {}),
        "GET /api/v2/monitor/health": (200, {**healthy, "dag_processor": {"status": "healthy"}}),
        "POST /auth/token": (201, {"access_token": "token"}),
        "GET /api/v2/importErrors": (200, {"import_errors": []}),
        "GET /api/v2/dags": (
            200,
            {"dags": [{"dag_id": d, "last_parsed_time": later} for d in (TRAIN_DAG, SCORE_DAG)]},
        ),
    }
    fake = SimpleNamespace(
        console_url=web.url,
        airflow_url=web.url,
        mlflow_url=web.url,
        postgres=FakePostgres(),
        supervisor=FakeSupervisor(),
        credentials=stack.credentials,
    )
    for name in ("version_stamp", "stamp_version", "has_tables"):
        monkeypatch.setattr(f"compose.launcher.startup.{name}", getattr(FakeDatabase, name))
    return Startup(fake, Deadline(30), StartLog(io.StringIO()))


def test_empty_databases_are_filled(startup) -> None:
    """Airflow's migration and MLflow's server make tables; the console's come after MLflow's."""
    startup.run()
    started = startup.stack.supervisor.started
    assert started[0] == "postgres"
    assert started.index("airflow-migrate") < started.index("airflow-api-server")
    assert started.index("mlflow") < started.index("console-migrate")
    assert "mlflow-migrate" not in started
    assert startup.stack.postgres.stamps == {
        "airflow": airflow_versions(),
        "mlflow": f"mlflow {version('mlflow')}",
    }


def test_second_start_migrates_neither_airflow_nor_mlflow(startup) -> None:
    """The stamps in the databases name the installed versions."""
    startup.run()
    startup.stack.supervisor.started.clear()
    startup.run()
    migrations = {"airflow-migrate", "mlflow-migrate", "console-detach"}
    assert migrations.isdisjoint(startup.stack.supervisor.started)


def test_another_version_of_mlflow_upgrades_its_tables_first(startup) -> None:
    """The console's views, which would be in the way, are dropped before."""
    startup.stack.postgres.stamps["mlflow"] = "mlflow 1.0"
    startup.run()
    expected = ["console-detach", "mlflow-migrate", "mlflow", "console-migrate"]
    assert [name for name in startup.stack.supervisor.started if name in expected] == expected


def test_failed_service_ends_the_start(startup) -> None:
    """Its error is raised, and the waits for the others end."""
    startup.stack.supervisor.failing = "mlflow"
    with pytest.raises(LaunchError, match=r"^mlflow could not be started$"):
        startup.run()
    assert "mlflow" not in startup.stack.postgres.stamps


def test_failed_migration_is_not_stamped(startup) -> None:
    """Without a stamp the next start migrates again."""
    startup.stack.supervisor.failing = "airflow-migrate"
    with pytest.raises(LaunchError, match=r"^airflow-migrate could not be started$"):
        startup.run()
    assert "airflow" not in startup.stack.postgres.stamps
    assert "airflow-scheduler" not in startup.stack.supervisor.started


def test_start_can_be_interrupted(startup, web) -> None:
    """Ctrl-C during the start ends it at once."""
    del web.answers["GET /health"]
    startup.deadline.stopping.set()
    with pytest.raises(InterruptedStartError):
        startup.run()


def test_airflow_stamp_names_every_package_with_tables() -> None:
    """An upgrade of a provider alone migrates too."""
    assert f"apache-airflow-core {version('apache-airflow-core')}" in airflow_versions()
    assert "apache-airflow-providers-standard" in airflow_versions()
