"""The one place where the pipeline reads its environment."""

import os
from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


def _user_cache() -> Path:
    """Follow the XDG base directory specification, so that each account has a cache of its own."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "anomaly-console"


class PipelineSettings(BaseSettings):
    """Addresses and limits, each with a default that suits one machine."""

    mlflow_tracking_uri: str = Field(
        default="http://127.0.0.1:5000",
        description="MLflow tracking server that holds data and models.",
    )
    mlflow_http_request_timeout: int = Field(
        default=10, ge=1, description="Seconds that one request to MLflow may take."
    )
    mlflow_http_request_max_retries: int = Field(
        default=1, ge=0, description="Times that a failed request to MLflow is tried again."
    )
    pipeline_cache_dir: Path = Field(
        default_factory=_user_cache, description="Folder for local copies of data sets."
    )
    pipeline_cache_limit_mb: int = Field(
        default=4096,
        ge=1,
        description="Size in MB above which the oldest local copies are removed.",
    )

    def apply_to_mlflow(self) -> None:
        """Hand the limits to the MLflow client, which reads them from the environment only.

        Its own defaults hold a caller for four minutes when the server is down, and print
        progress bars and links into the output of a command. It also reports its use to its
        makers unless told not to.
        """
        os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = str(self.mlflow_http_request_timeout)
        os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = str(self.mlflow_http_request_max_retries)
        os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
        os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"


@cache
def settings() -> PipelineSettings:
    """Read the environment once per process; tests call ``settings.cache_clear()``."""
    return PipelineSettings()
