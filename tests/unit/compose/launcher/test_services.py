"""The programs of a stack as they are described, before any of them runs."""

import json
import re
from pathlib import Path

import pytest

from compose.launcher.layout import REPOSITORY
from compose.launcher.processes import Program
from compose.launcher.services import GRAFANA_PACKAGE, Stack, find_grafana
from compose.preload import PRELOADED


@pytest.fixture
def programs(stack: Stack) -> dict[str, Program]:
    """Every program but PostgreSQL, by name."""
    return {program.name: program for program in stack.programs()}


def secrets_of(folder: Path) -> list[str]:
    """Return every password and key of a stack."""
    accounts = json.loads((folder / "airflow_passwords.json").read_text()).values()
    files = [file.read_text().strip() for file in folder.iterdir() if file.suffix != ".json"]
    return [*accounts, *(text.rsplit(":", maxsplit=1)[-1] for text in files)]


def test_no_program_file_holds_a_secret(stack: Stack, programs: dict[str, Program]) -> None:
    """Everybody sees command lines, and descriptions are files."""
    described = [str(program) for program in programs.values()]
    found = [s for s in secrets_of(stack.credentials.folder) for text in described if s in text]
    assert found == []


def test_servers_listen_on_loopback_only(programs: dict[str, Program]) -> None:
    """No service can be reached from the network."""
    for name in ("mlflow", "airflow-api-server"):
        command = programs[name].command
        assert command[command.index("--host") + 1] == "127.0.0.1"
    assert programs["console"].environment["STREAMLIT_SERVER_ADDRESS"] == "127.0.0.1"


def test_console_gets_the_addresses_of_all_services(
    stack: Stack, programs: dict[str, Program]
) -> None:
    """Its database role is not the one that owns MLflow's tables."""
    environment = programs["console"].environment
    assert environment["AIRFLOW_URL"] == stack.airflow_url
    assert environment["MLFLOW_TRACKING_URI"] == stack.mlflow_url
    assert environment["CONSOLE_PUBLIC_URL"] == stack.console_url
    assert environment["DATABASE_URL"].startswith("postgresql+psycopg://console@/mlflow?")
    assert environment["SIGNIN_LINK_FILE"] == str(stack.layout.signin_link)
    assert environment["CONSOLE_STATE_DIR"] == str(stack.layout.console)


def test_telemetry_is_off(programs: dict[str, Program]) -> None:
    """Usage statistics of every product are off in every process."""
    for program in programs.values():
        assert program.environment["DO_NOT_TRACK"] == "true"
        assert program.environment["MLFLOW_DISABLE_TELEMETRY"] == "true"
        assert program.environment["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] == "false"
    airflow = programs["airflow-scheduler"].environment
    assert airflow["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "False"


def test_airflow_reads_the_repository_s_dags_and_knows_its_own_address(
    stack: Stack, programs: dict[str, Program]
) -> None:
    """Tasks import the pipeline, reach the API, and links lead to the right port."""
    environment = programs["airflow-scheduler"].environment
    assert environment["AIRFLOW__CORE__DAGS_FOLDER"] == str(REPOSITORY / "dags")
    assert environment["PYTHONPATH"] == str(REPOSITORY)
    assert environment["AIRFLOW__API__BASE_URL"] == stack.airflow_url
    assert environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == (
        "admin:admin,operator:op,viewer:viewer"
    )


def test_airflow_s_processes_share_keys_and_configuration(programs: dict[str, Program]) -> None:
    """A token of the API server is good for a task of the scheduler."""
    names = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-migrate")
    assert len({str(programs[name].secret_files) for name in names}) == 1
    assert len({str(programs[name].environment) for name in names}) == 1
    assert len(programs["airflow-scheduler"].secret_files) == 3


def test_scheduler_imports_what_tasks_need_before_it_forks(programs: dict[str, Program]) -> None:
    """The preloader gets no modules of its own, so it imports those of every task."""
    command = programs["airflow-scheduler"].command
    assert command[2:6] == ("compose.preload", "--", "airflow", "scheduler")
    assert "pipeline.steps" in PRELOADED


def test_every_program_waits_for_the_database(stack: Stack, programs: dict[str, Program]) -> None:
    """A program that is started again while PostgreSQL is down waits instead of failing."""
    waits = {program.await_command for program in programs.values()}
    assert waits == {stack.postgres.is_ready_command}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fake Grafana on the path, laid out as in its archive."""
    home = tmp_path / "grafana-13"
    (home / "conf").mkdir(parents=True)
    (home / "conf" / "defaults.ini").touch()
    executable = home / "bin" / "grafana"
    executable.parent.mkdir()
    executable.write_text("#!/bin/sh\n")
    executable.chmod(0o755)
    monkeypatch.setenv("PATH", f"{executable.parent}:/usr/bin:/bin")
    return home


@pytest.fixture
def missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path without Grafana."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("missing")
def test_without_grafana_nothing_is_started_or_linked(stack: Stack) -> None:
    """Its port is not checked, and the console shows no dead link."""
    names = {program.name for program in stack.programs()}
    assert "grafana" not in names
    assert stack.grafana_url == ""
    assert "GRAFANA_PORT" not in stack.settings.ports


def test_installed_grafana_is_a_program_of_the_stack(installed: Path, stack: Stack) -> None:
    """It runs with its own files, on loopback, and is linked from the console."""
    programs = {program.name: program for program in stack.programs()}
    assert programs["grafana"].command[1:] == ("server", f"--homepath={installed}")
    assert programs["grafana"].environment["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
    assert programs["console"].environment["GRAFANA_URL"] == "http://127.0.0.1:3000"
    assert stack.settings.ports["GRAFANA_PORT"] == 3000


def test_incomplete_grafana_is_not_started(installed: Path, stack: Stack) -> None:
    """An executable without its files does not count."""
    (installed / "conf" / "defaults.ini").unlink()
    found = find_grafana()
    assert found in {None, GRAFANA_PACKAGE}
    assert stack.grafana_url == ("" if found is None else "http://127.0.0.1:3000")


@pytest.mark.usefixtures("installed")
def test_every_variable_of_the_provisioning_files_is_set(stack: Stack) -> None:
    """Grafana replaces a missing variable by an empty text and then rejects the file."""
    programs = {program.name: program for program in stack.programs()}
    environment = programs["grafana"].full_environment()
    for file in (REPOSITORY / "grafana" / "provisioning").rglob("*.yaml"):
        for name in re.findall(r"[:/ ]\$\{?([A-Z_]+)", file.read_text()):
            assert environment[name], f"{file.name} reads {name}"
    assert environment["GRAFANA_DB_PASSWORD"] == stack.credentials.database_password(
        "grafana_reader"
    )
    assert Path(environment["GRAFANA_DASHBOARDS"], "anomaly-detection.json").exists()
