"""The pipeline's settings."""

from pathlib import Path

import pytest

from pipeline.settings import PipelineSettings


def test_defaults_suit_one_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without any variable set, the address is local and the cache is the account's own."""
    for name in ("MLFLOW_TRACKING_URI", "PIPELINE_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    settings = PipelineSettings()
    assert settings.mlflow_tracking_uri == "http://127.0.0.1:5000"
    assert settings.pipeline_cache_dir == tmp_path / "anomaly-console"


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the setting's name takes its place."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere:1")
    assert PipelineSettings().mlflow_tracking_uri == "http://elsewhere:1"
