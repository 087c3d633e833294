"""The one place where the pipeline reads its environment."""

import os
from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _user_cache() -> Path:
    """Follow the XDG base directory specification, so that each account has a cache of its own."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "anomaly-console"


class PipelineSettings(BaseSettings):
    """Addresses and limits, each with a default that suits one machine."""

    model_config = SettingsConfigDict(frozen=True)

    mlflow_tracking_uri: str = Field(
        default="http://127.0.0.1:5000",
        description="MLflow tracking server that holds data and models.",
    )
    mlflow_http_request_timeout: int = Field(
        default=10, ge=1, description="Seconds that one request to MLflow may take."
    )
    mlflow_http_request_max_retries: int = Field(
        default=1,
        ge=0,
        description="Times that a request which did not reach MLflow is tried again.",
    )
    dask_scheduler_address: str = Field(
        default="", description="Dask scheduler whose workers score; none, and this machine does."
    )
    pipeline_cache_dir: Path = Field(
        default_factory=_user_cache, description="Folder for local copies of data sets."
    )
    pipeline_cache_limit_mb: int = Field(
        default=4096,
        ge=1,
        description="Size in MB above which the oldest local copies are removed.",
    )


@cache
def settings() -> PipelineSettings:
    """Read the environment once per process; tests call ``settings.cache_clear()``."""
    return PipelineSettings()
