"""The console's settings, as the environment gives them."""

import pytest
from pydantic import ValidationError

from app.settings import ConsoleSettings


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Nothing set but what a test sets."""
    for name in (*ConsoleSettings.model_fields, "mlflow_tracking_uri"):
        monkeypatch.delenv(name.upper(), raising=False)


def test_every_setting_has_a_default_for_one_machine():
    """Without any variable the console looks on this machine only."""
    settings = ConsoleSettings()
    assert settings.airflow_url == settings.airflow_link == "http://127.0.0.1:8080"
    assert settings.mlflow_link == "http://127.0.0.1:5000"
    assert settings.signin_link_file is None


def test_links_may_lead_elsewhere_than_requests(monkeypatch):
    """Behind a proxy the browser uses another address than the console."""
    monkeypatch.setenv("AIRFLOW_PUBLIC_URL", "https://airflow.example/")
    monkeypatch.setenv("MLFLOW_PUBLIC_URL", "https://mlflow.example/")
    settings = ConsoleSettings()
    assert settings.airflow_link == "https://airflow.example"
    assert settings.mlflow_link == "https://mlflow.example"
    assert settings.airflow_url == "http://127.0.0.1:8080"


def test_folders_lie_in_the_state_folder(monkeypatch, tmp_path):
    """One variable moves them all."""
    monkeypatch.setenv("CONSOLE_STATE_DIR", str(tmp_path))
    settings = ConsoleSettings()
    assert settings.uploads_dir.parent == settings.cache_dir.parent == tmp_path


@pytest.mark.parametrize("limit", ["0", "-1", "much"])
def test_a_limit_that_makes_no_sense_is_refused(monkeypatch, limit):
    """At the start, by name, and not at the first upload."""
    monkeypatch.setenv("UPLOAD_LIMIT_MB", limit)
    with pytest.raises(ValidationError, match="upload_limit_mb"):
        ConsoleSettings()


def test_every_setting_is_described():
    """The System page and the README show the descriptions."""
    assert all(field.description for field in ConsoleSettings.model_fields.values())
