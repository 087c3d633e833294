"""The console's settings; the only module of the console that reads the environment."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

MEGABYTE = 1_000_000


class ConsoleSettings(BaseSettings):
    """Addresses of the services, folders and limits."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    airflow_url: str = Field(default="http://127.0.0.1:8080", description="Airflow's address.")
    mlflow_tracking_uri: str = Field(
        default="http://127.0.0.1:5000", description="MLflow's address."
    )
    mlflow_tracking_username: str = Field(
        default="", description="Account at an MLflow server that asks for one."
    )
    mlflow_tracking_password: SecretStr = Field(
        default=SecretStr(""), description="Password of that account."
    )
    airflow_public_url: str = Field(
        default="", description="Airflow's address in links, if different."
    )
    mlflow_public_url: str = Field(
        default="", description="MLflow's address in links, if different."
    )
    grafana_url: str = Field(
        default="", description="Grafana's address in links; empty without Grafana."
    )
    database_url: str = Field(
        default="postgresql+psycopg://127.0.0.1:5432/mlflow",
        description="SQLAlchemy address of MLflow's database.",
    )
    database_admin_url: str = Field(
        default="",
        description="Address for a role that may write MLflow's tables; only sample history asks.",
    )
    console_public_url: str = Field(
        default="http://127.0.0.1:8501", description="The console's address in Grafana's links."
    )
    history_seconds: float = Field(
        default=60, gt=0, description="Pause between two recordings of the runs' history."
    )
    fresh_hours: float = Field(
        default=168, gt=0, description="Hours without a successful run until an alert fires."
    )
    wanted_precision: float = Field(
        default=0.5, gt=0, lt=1, description="Precision below which a retraining is suggested."
    )
    retention_days: int | None = Field(
        default=None, gt=0, description="Days until a run may be deleted; unset keeps all."
    )
    retention_purge_days: int | None = Field(
        default=None,
        gt=0,
        description="Days in the trash until a run may be purged; unset keeps all.",
    )
    console_state_dir: Path = Field(
        default=Path(".local/console"), description="Uploads in flight and cached files."
    )
    signin_link_file: Path | None = Field(
        default=None, description="Where the one-time link waits."
    )
    upload_limit_mb: int = Field(default=4096, gt=0, description="Largest upload, in megabytes.")
    cache_limit_mb: int = Field(
        default=4096, gt=0, description="Room for cached files, in megabytes."
    )

    @property
    def mlflow_auth(self) -> tuple[str, str] | None:
        """Name and password for an MLflow server that asks for them."""
        if not self.mlflow_tracking_username:
            return None
        return self.mlflow_tracking_username, self.mlflow_tracking_password.get_secret_value()

    @property
    def airflow_link(self) -> str:
        """Airflow's address as the operator's browser reaches it."""
        return (self.airflow_public_url or self.airflow_url).rstrip("/")

    @property
    def mlflow_link(self) -> str:
        """MLflow's address as the operator's browser reaches it."""
        return (self.mlflow_public_url or self.mlflow_tracking_uri).rstrip("/")

    @property
    def uploads_dir(self) -> Path:
        """Folder of uploads that are not registered yet."""
        return self.console_state_dir / "uploads"

    @property
    def cache_dir(self) -> Path:
        """Folder of files copied from MLflow and of files built for download."""
        return self.console_state_dir / "cache"
