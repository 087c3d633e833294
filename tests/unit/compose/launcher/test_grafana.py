"""Grafana as the launcher starts it, played by a script."""

import re
from pathlib import Path

import pytest

from compose.launcher import grafana
from compose.launcher.child import environment_of
from compose.launcher.layout import REPOSITORY
from compose.launcher.stack import Stack


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Grafana laid out as its archive is, on the path."""
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
    """A port that nobody will use is not asked for, and the console shows no dead link."""
    names = {program.name for program in stack.services.programs()}
    assert "grafana" not in names
    assert stack.services.grafana_url == ""
    assert "GRAFANA_PORT" not in stack.settings.ports


def test_where_it_is_installed_it_is_a_program_of_the_stack(installed: Path, stack: Stack) -> None:
    """With its own files, on loopback, and linked from the console."""
    programs = {program.name: program for program in stack.services.programs()}
    assert programs["grafana"].command[1:] == ("server", f"--homepath={installed}")
    assert programs["grafana"].environment["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
    assert programs["console"].environment["GRAFANA_URL"] == "http://127.0.0.1:3000"
    assert stack.settings.ports["GRAFANA_PORT"] == 3000


def test_an_executable_without_its_files_is_not_started(installed: Path, stack: Stack) -> None:
    """Half an installation is none."""
    (installed / "conf" / "defaults.ini").unlink()
    found = grafana.find_home()
    assert found in {None, grafana.PACKAGED}
    assert stack.services.grafana_url == ("" if found is None else "http://127.0.0.1:3000")


@pytest.mark.usefixtures("installed")
def test_every_variable_of_the_provisioning_files_is_set(stack: Stack) -> None:
    """Grafana replaces a missing variable by nothing, and then refuses the file."""
    programs = {program.name: program for program in stack.services.programs()}
    environment = environment_of(programs["grafana"])
    for file in (REPOSITORY / "grafana" / "provisioning").rglob("*.yaml"):
        for name in re.findall(r"[:/ ]\$\{?([A-Z_]+)", file.read_text()):
            assert environment[name], f"{file.name} reads {name}"
    assert environment["GRAFANA_DB_PASSWORD"] == stack.credentials.database_password(
        "grafana_reader"
    )
    assert Path(environment["GRAFANA_DASHBOARDS"], "anomaly-detection.json").exists()
