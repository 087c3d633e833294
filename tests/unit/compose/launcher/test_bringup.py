"""What is started in which order, with services that are only played."""

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from types import SimpleNamespace

import pytest

from compose.launcher.bringup import BringUp
from compose.launcher.errors import InterruptedStartError, LaunchError
from compose.launcher.progress import Progress
from compose.launcher.readiness import DETECTION, SCORING
from compose.launcher.versions import airflow_versions
from compose.launcher.waiting import Patience


@dataclass
class FakeSupervisor:
    """Starts nothing, remembers what it was asked to start, fails what it was told to."""

    failing: str = ""
    started: list[str] = field(default_factory=list)

    def answers(self) -> bool:
        """It is there."""
        return True

    def start_program(self, name: str) -> None:
        """Remember."""
        self.started.append(name)

    def check(self, name: str) -> None:
        """Report the program that was to fail."""
        if name == self.failing:
            raise LaunchError(f"{name} could not be started")

    def has_finished(self, name: str) -> bool:
        """Errands end at once, unless they were to fail."""
        self.check(name)
        return True


@dataclass
class FakePostgres:
    """Remembers stamps; its tables are those of the stamps."""

    stamps: dict[str, str] = field(default_factory=dict)

    def is_ready(self) -> bool:
        """It is there."""
        return True

    def create_databases(self) -> None:
        """They are there."""

    def version_stamp(self, database: str) -> str:
        """Return what was stamped."""
        return self.stamps.get(database, "")

    def stamp_version(self, database: str, versions: str) -> None:
        """Remember."""
        self.stamps[database] = versions

    def has_tables(self, database: str) -> bool:
        """Tell whether the database was ever used."""
        return database in self.stamps


@pytest.fixture
def up(web, stack) -> BringUp:
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
            {"dags": [{"dag_id": d, "last_parsed_time": later} for d in (DETECTION, SCORING)]},
        ),
    }
    services = SimpleNamespace(
        console_url=web.url,
        airflow_url=web.url,
        mlflow_url=web.url,
        postgres=FakePostgres(),
        credentials=stack.credentials,
    )
    return BringUp(services, FakeSupervisor(), Patience(30), Progress(io.StringIO()))


def test_an_empty_database_is_filled_by_airflow_s_migration_and_mlflow_s_server(up) -> None:
    """MLflow's server makes its own tables; the console's come after them."""
    up()
    started = up.supervisor.started
    assert started[0] == "postgres"
    assert started.index("airflow-migrate") < started.index("airflow-api-server")
    assert started.index("mlflow") < started.index("console-migrate")
    assert "mlflow-migrate" not in started
    assert up.services.postgres.stamps == {
        "airflow": airflow_versions(),
        "mlflow": f"mlflow {version('mlflow')}",
    }


def test_a_second_start_migrates_neither_airflow_nor_mlflow(up) -> None:
    """The stamps in the databases say that the installed versions were there before."""
    up()
    up.supervisor.started.clear()
    up()
    assert {"airflow-migrate", "mlflow-migrate", "console-detach"}.isdisjoint(up.supervisor.started)


def test_another_version_of_mlflow_upgrades_its_tables_first(up) -> None:
    """The console's views, which would be in the way, are put aside for that."""
    up.services.postgres.stamps["mlflow"] = "mlflow 1.0"
    up()
    expected = ["console-detach", "mlflow-migrate", "mlflow", "console-migrate"]
    assert [name for name in up.supervisor.started if name in expected] == expected


def test_a_service_that_fails_ends_the_start(up) -> None:
    """Its error is the one that is told, and the waits for the others end."""
    up.supervisor.failing = "mlflow"
    with pytest.raises(LaunchError, match=r"^mlflow could not be started$"):
        up()
    assert "mlflow" not in up.services.postgres.stamps


def test_a_migration_that_fails_is_tried_again_at_the_next_start(up) -> None:
    """Without a stamp nothing counts as migrated."""
    up.supervisor.failing = "airflow-migrate"
    with pytest.raises(LaunchError, match=r"^airflow-migrate could not be started$"):
        up()
    assert "airflow" not in up.services.postgres.stamps
    assert "airflow-scheduler" not in up.supervisor.started


def test_a_start_is_interrupted(up, web) -> None:
    """Who presses Ctrl-C during the start does not wait for its end."""
    del web.answers["GET /health"]
    up.patience.stopping.set()
    with pytest.raises(InterruptedStartError):
        up()


def test_the_stamp_names_every_package_with_tables_in_airflow_s_database() -> None:
    """An upgrade of a provider alone migrates too."""
    assert f"apache-airflow-core {version('apache-airflow-core')}" in airflow_versions()
    assert "apache-airflow-providers-standard" in airflow_versions()
