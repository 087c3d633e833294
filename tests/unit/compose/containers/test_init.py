"""Tables are migrated once, in order, and only when something has changed."""

import subprocess
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from compose.containers import airflow_init, mlflow_init

MADE, MIGRATED = "compose.fab", "migrate"


class FakeDatabase:
    """Remembers its stamp and the commands that were run, by their last word."""

    def __init__(self) -> None:
        """It is empty, and nothing was run."""
        self.stamp, self.filled = "", False
        self.commands: list[str] = []

    @contextmanager
    def connect(self, *_: str):
        """Connect to it."""
        yield self

    def run(self, command, **_: object) -> None:
        """Remember, whether a whole command or a module comes."""
        self.commands.append(
            command[1] if command[0] in {"mlflow", "app.database.migrations"} else command[-1]
        )


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> FakeDatabase:
    """A database in the place of the server's."""
    fake = FakeDatabase()
    for module in (airflow_init, mlflow_init):
        monkeypatch.setattr(module, "connect", fake.connect)
        monkeypatch.setattr(module, "version_stamp", lambda made: made.stamp)
        monkeypatch.setattr(module, "stamp_version", lambda made, v: setattr(made, "stamp", v))
    monkeypatch.setattr(mlflow_init, "has_tables", lambda made: made.filled)
    monkeypatch.setattr(airflow_init, "subprocess", SimpleNamespace(run=fake.run))
    monkeypatch.setattr(mlflow_init, "run", lambda module, _: fake.run(module))
    for role in ("MLFLOW", "CONSOLE"):
        monkeypatch.setenv(f"POSTGRES_{role}_PASSWORD", "secret")
    return fake


def test_a_new_airflow_gets_tables_and_accounts(database: FakeDatabase) -> None:
    """And nothing more at the next start."""
    airflow_init.main()
    assert database.commands == [MIGRATED, MADE]
    airflow_init.main()
    assert database.commands == [MIGRATED, MADE]


def test_an_upgraded_airflow_gets_no_accounts(database: FakeDatabase) -> None:
    """One that was removed stays removed."""
    database.stamp = "apache-airflow 3.0.0"
    airflow_init.main()
    assert database.commands == [MIGRATED]


def test_an_interrupted_start_is_done_again(
    database: FakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stamp comes last."""

    def fail(command, **_: object) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(airflow_init, "subprocess", SimpleNamespace(run=fail))
    with pytest.raises(subprocess.CalledProcessError):
        airflow_init.main()
    assert database.stamp == ""


def test_a_new_mlflow_gets_its_tables_before_the_console_s(database: FakeDatabase) -> None:
    """The views build on them."""
    mlflow_init.main()
    assert database.commands == ["experiments", "upgrade"]


def test_an_upgraded_mlflow_is_migrated_without_the_views(database: FakeDatabase) -> None:
    """They come back after it."""
    database.filled, database.stamp = True, "mlflow 3.0.0"
    mlflow_init.main()
    assert database.commands == ["detach", "db", "upgrade"]


def test_the_same_mlflow_is_left_alone(database: FakeDatabase) -> None:
    """The views stay while the services run on."""
    mlflow_init.main()
    database.filled = True
    database.commands.clear()
    mlflow_init.main()
    assert database.commands == ["upgrade"]
