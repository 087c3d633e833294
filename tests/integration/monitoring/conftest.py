"""PostgreSQL with MLflow's tables, and with a generated year in it."""

from collections.abc import Iterator
from itertools import count

import pytest

from app.database.migrations.upgrade import upgrade
from tests.past import SETTINGS, fill
from tests.servers.postgres import PostgresServer, TestDatabase, upgrade_mlflow

NUMBERS = count()


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """One server for all tests; each test works in a database of its own."""
    with PostgresServer() as running:
        yield running


@pytest.fixture(scope="session")
def mlflow_tables(server: PostgresServer) -> str:
    """Name of a database in which a real ``mlflow db upgrade`` has made the tables."""
    database = server.create("mlflow_tables")
    done = upgrade_mlflow(database)
    assert done.returncode == 0, done.stderr
    return database.name


@pytest.fixture
def database(server: PostgresServer, mlflow_tables: str) -> TestDatabase:
    """A database with MLflow's tables, empty, and nothing of ours yet."""
    return server.create(f"test_{next(NUMBERS)}", mlflow_tables)


@pytest.fixture
def migrated(database: TestDatabase) -> TestDatabase:
    """The same with our tables and views."""
    upgrade(database.engine("console"), SETTINGS)
    return database


@pytest.fixture(scope="session")
def year(server: PostgresServer, mlflow_tables: str) -> TestDatabase:
    """A database with a generated year, recorded; to be read only."""
    database = server.create("year", mlflow_tables)
    upgrade(database.engine("console"), SETTINGS)
    fill(database)
    return database
