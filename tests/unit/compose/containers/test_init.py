"""Init jobs: tables are migrated once, in order, only after a change; accounts are kept."""

import subprocess
from contextlib import contextmanager

import httpx
import pytest

from compose.containers import init

MIGRATED, ACCOUNTS = "airflow db migrate", "compose.fab"


class FakeDatabase:
    """Remembers its stamp, whether it has tables, and the modules that were run."""

    def __init__(self) -> None:
        """Start empty."""
        self.stamp, self.has_tables = "", False
        self.modules: list[str] = []

    @contextmanager
    def connect(self, *_: str):
        """Connect to it."""
        yield self

    def run(self, *module: str, **_: object) -> None:
        """Remember a module with its first arguments."""
        self.modules.append(" ".join(module[:3]))


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> FakeDatabase:
    """A fake in place of the server's database."""
    fake = FakeDatabase()
    monkeypatch.setattr(init, "connect", fake.connect)
    monkeypatch.setattr(init, "run", fake.run)
    monkeypatch.setattr(init, "version_stamp", lambda database: database.stamp)
    monkeypatch.setattr(init, "stamp_version", lambda database, v: setattr(database, "stamp", v))
    monkeypatch.setattr(init, "has_tables", lambda database: database.has_tables)
    for role in ("MLFLOW", "CONSOLE"):
        monkeypatch.setenv(f"POSTGRES_{role}_PASSWORD", "secret")
    return fake


def test_new_airflow_gets_tables_and_accounts(database: FakeDatabase) -> None:
    """The next start does nothing more."""
    init.init_airflow()
    assert database.modules == [MIGRATED, ACCOUNTS]
    init.init_airflow()
    assert database.modules == [MIGRATED, ACCOUNTS]


def test_upgraded_airflow_gets_no_accounts(database: FakeDatabase) -> None:
    """An account that was removed stays removed."""
    database.stamp = "apache-airflow 3.0.0"
    init.init_airflow()
    assert database.modules == [MIGRATED]


def test_interrupted_migration_is_repeated(
    database: FakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stamp comes last."""

    def fail(*module: str) -> None:
        raise subprocess.CalledProcessError(1, module)

    monkeypatch.setattr(init, "run", fail)
    with pytest.raises(subprocess.CalledProcessError):
        init.init_airflow()
    assert database.stamp == ""


def test_new_mlflow_gets_its_tables_before_the_console(database: FakeDatabase) -> None:
    """The console's views build on them."""
    init.init_mlflow()
    assert database.modules == ["mlflow experiments search", "app.database.migrations upgrade"]


def test_upgraded_mlflow_is_migrated_without_the_views(database: FakeDatabase) -> None:
    """They are dropped first and made after."""
    database.has_tables, database.stamp = True, "mlflow 3.0.0"
    init.init_mlflow()
    assert database.modules == [
        "app.database.migrations detach",
        "mlflow db upgrade",
        "app.database.migrations upgrade",
    ]


def test_unchanged_mlflow_is_not_migrated(database: FakeDatabase) -> None:
    """The views stay in use."""
    init.init_mlflow()
    database.has_tables = True
    database.modules.clear()
    init.init_mlflow()
    assert database.modules == ["app.database.migrations upgrade"]


USERS = "/api/2.0/mlflow/users"
EXISTS = (400, {"error_code": "RESOURCE_ALREADY_EXISTS"})


def create(web) -> str:
    """Make the account."""
    return init.create_account(web.url, ("admin", "strong"), "console", "secret")


def test_new_server_gets_the_account(web) -> None:
    """The administrator makes it."""
    web.answers[f"POST {USERS}/create"] = (200, {})
    assert "was made" in create(web)
    assert web.requests == [
        (f"POST {USERS}/create", {"username": "console", "password": "secret"}),
    ]


def test_account_with_that_password_is_left_alone(web) -> None:
    """It exists at every later start."""
    web.answers[f"POST {USERS}/create"] = EXISTS
    web.answers[f"GET {USERS}/get"] = (200, {})
    assert "is there" in create(web)


def test_changed_password_is_set(web) -> None:
    """A password changed in ``.env`` is changed on the server."""
    web.answers[f"POST {USERS}/create"] = EXISTS
    web.answers[f"GET {USERS}/get"] = (401, {})
    web.answers[f"PATCH {USERS}/update-password"] = (200, {})
    assert "new password" in create(web)
    assert web.requests[-1] == (
        f"PATCH {USERS}/update-password",
        {"username": "console", "password": "secret"},
    )


def test_refusal_is_an_error(web) -> None:
    """The container fails, and nothing that depends on it starts."""
    web.answers[f"POST {USERS}/create"] = (401, {})
    with pytest.raises(httpx.HTTPStatusError):
        create(web)
