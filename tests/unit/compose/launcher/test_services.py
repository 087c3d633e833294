"""The programs of a stack as they are described, before any of them runs."""

import json
from pathlib import Path

import pytest

from compose.launcher.layout import REPOSITORY
from compose.launcher.programs import Program
from compose.launcher.stack import Stack


@pytest.fixture
def programs(stack: Stack) -> dict[str, Program]:
    """Every program but PostgreSQL, by name."""
    return {program.name: program for program in stack.services.programs()}


def secrets_of(folder: Path) -> list[str]:
    """Return every password and key of a stack."""
    accounts = json.loads((folder / "airflow_passwords.json").read_text()).values()
    files = [file.read_text().strip() for file in folder.iterdir() if file.suffix != ".json"]
    return [*accounts, *(text.rsplit(":", maxsplit=1)[-1] for text in files)]


def test_no_description_holds_a_secret(stack: Stack, programs: dict[str, Program]) -> None:
    """Command lines are seen by everybody and descriptions are files: secrets are neither."""
    described = [str(program) for program in programs.values()]
    found = [s for s in secrets_of(stack.credentials.folder) for text in described if s in text]
    assert found == []


def test_servers_are_told_to_listen_on_loopback_only(programs: dict[str, Program]) -> None:
    """Nobody on the network reaches a service."""
    for name in ("mlflow", "airflow-api-server"):
        command = programs[name].command
        assert command[command.index("--host") + 1] == "127.0.0.1"
    assert programs["console"].environment["STREAMLIT_SERVER_ADDRESS"] == "127.0.0.1"


def test_the_console_is_told_where_everything_is(
    stack: Stack, programs: dict[str, Program]
) -> None:
    """Its settings are all given, and its role is not the one that owns MLflow's tables."""
    environment = programs["console"].environment
    assert environment["AIRFLOW_URL"] == stack.services.airflow_url
    assert environment["MLFLOW_TRACKING_URI"] == stack.services.mlflow_url
    assert environment["CONSOLE_PUBLIC_URL"] == stack.services.console_url
    assert environment["DATABASE_URL"].startswith("postgresql+psycopg://console@/mlflow?")
    assert environment["SIGNIN_LINK_FILE"] == str(stack.layout.signin_link)
    assert environment["CONSOLE_STATE_DIR"] == str(stack.layout.console)


def test_nothing_calls_home(programs: dict[str, Program]) -> None:
    """Usage statistics of every product are off in every process."""
    for program in programs.values():
        assert program.environment["DO_NOT_TRACK"] == "true"
        assert program.environment["MLFLOW_DISABLE_TELEMETRY"] == "true"
        assert program.environment["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] == "false"
    airflow = programs["airflow-scheduler"].environment
    assert airflow["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "False"


def test_airflow_reads_the_checkout_s_dags_and_names_its_own_address(
    stack: Stack, programs: dict[str, Program]
) -> None:
    """Tasks import the pipeline, reach the API, and links lead to the right port."""
    environment = programs["airflow-scheduler"].environment
    assert environment["AIRFLOW__CORE__DAGS_FOLDER"] == str(REPOSITORY / "dags")
    assert environment["PYTHONPATH"] == str(REPOSITORY)
    assert environment["AIRFLOW__API__BASE_URL"] == stack.services.airflow_url
    assert environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == (
        "admin:admin,operator:op,viewer:viewer"
    )


def test_airflow_s_processes_share_keys_and_configuration(programs: dict[str, Program]) -> None:
    """A token of the API server is good for a task of the scheduler."""
    names = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-migrate")
    assert len({str(programs[name].secret_files) for name in names}) == 1
    assert len({str(programs[name].environment) for name in names}) == 1
    assert len(programs["airflow-scheduler"].secret_files) == 3


def test_the_scheduler_imports_before_it_forks(programs: dict[str, Program]) -> None:
    """The pipeline is among the modules that come before the program itself."""
    command = programs["airflow-scheduler"].command
    preloaded = command[command.index("compose.launcher.preload") + 1 : command.index("--")]
    assert "pipeline.steps" in preloaded


def test_everything_waits_for_the_database(stack: Stack, programs: dict[str, Program]) -> None:
    """A program that is started again while PostgreSQL is down waits instead of failing."""
    waits = {program.await_command for program in programs.values()}
    assert waits == {stack.postgres.is_ready_command}
