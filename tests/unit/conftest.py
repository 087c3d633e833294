"""What every unit test stands on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.settings import settings


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep local copies of data sets and MLflow's limits to one test."""
    monkeypatch.setenv("PIPELINE_CACHE_DIR", str(tmp_path / "pipeline-cache"))
    for limit in ("MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"):
        monkeypatch.delenv(limit, raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()
