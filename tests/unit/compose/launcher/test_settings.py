"""The launcher's settings and the sentences about wrong values."""

from pathlib import Path

import pytest

from compose.launcher.errors import SettingsError
from compose.launcher.settings import LauncherSettings, inherited_environment, read_settings


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start every test from an environment without settings."""
    for name in LauncherSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_every_setting_has_a_default() -> None:
    """An empty environment gives the documented ports and PostgreSQL on a socket only."""
    settings = read_settings()
    expected = {"CONSOLE_PORT": 8501, "AIRFLOW_PORT": 8080, "MLFLOW_PORT": 5000}
    assert settings.ports == expected
    assert settings.seed_sample
    assert settings.seed_rows == 209_306


def test_relative_folder_becomes_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes with another working folder find the same ``STATE_DIR``."""
    monkeypatch.setenv("STATE_DIR", "some/where")
    assert read_settings().state_dir == Path.cwd() / "some" / "where"


def test_postgresql_s_port_is_among_the_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """A set ``POSTGRES_PORT`` is checked like the others; an empty one is unset."""
    monkeypatch.setenv("POSTGRES_PORT", "")
    assert "POSTGRES_PORT" not in read_settings().ports
    monkeypatch.setenv("POSTGRES_PORT", "5433")
    assert read_settings().ports["POSTGRES_PORT"] == 5433


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONSOLE_PORT", "many"),
        ("AIRFLOW_PORT", "0"),
        ("MLFLOW_PORT", "65536"),
        ("SEED_SAMPLE", "perhaps"),
        ("SEED_ROWS", "99"),
        ("TRAINING_SCHEDULE", "sometimes"),
        ("TRAINING_SCHEDULE", "61 * * * *"),
        ("TRAINING_SCHEDULE", "* * * * * *"),
    ],
)
def test_wrong_value_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The sentence names the setting and the value."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert str(caught.value).startswith(f"{name}: ")
    assert repr(value) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_each_wrong_value_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """All errors are reported at once."""
    monkeypatch.setenv("CONSOLE_PORT", "x")
    monkeypatch.setenv("MLFLOW_PORT", "y")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert len(str(caught.value).splitlines()) == 2


def test_two_services_cannot_share_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names both settings and the port."""
    monkeypatch.setenv("CONSOLE_PORT", "5000")
    with pytest.raises(SettingsError, match=r"^CONSOLE_PORT and MLFLOW_PORT must differ, both are"):
        read_settings()


def test_children_write_byte_code_and_bypass_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that slow down every start or send local requests to a proxy are not inherited."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "intranet")
    environment = inherited_environment()
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["no_proxy"] == environment["NO_PROXY"] == "intranet,127.0.0.1,localhost,::1"
