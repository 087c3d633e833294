"""The launcher's settings; the only module of the launcher that reads the environment."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from compose.launcher.errors import SettingsError
from pipeline.orchestration import NO_SCHEDULE, check_schedule

Port = Annotated[int, Field(ge=1, le=65535)]

NOT_FOR_CHILDREN = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONSTARTUP")
LOOPBACK = "127.0.0.1,localhost,::1"


class SeedSettings(BaseSettings):
    """Whether an empty store is filled with sample data, in either kind of stack."""

    seed_sample: bool = Field(
        default=True, description="Fill an empty store with the sample data and one run."
    )
    seed_rows: int = Field(
        default=209_306, ge=100, le=10_000_000, description="Rows of the sample data."
    )


class LauncherSettings(SeedSettings):
    """Ports, the folder that holds all state, and the settings passed on to the services."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    console_port: Port = Field(default=8501, description="Port of the console.")
    airflow_port: Port = Field(default=8080, description="Port of Airflow's API and pages.")
    mlflow_port: Port = Field(default=5000, description="Port of the MLflow server.")
    postgres_port: Port | None = Field(
        default=None,
        description="Port of PostgreSQL on 127.0.0.1; unset: it answers on a unix socket only.",
    )
    state_dir: Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())] = Field(
        default=Path(".local"),
        validate_default=True,
        description="Folder of databases, artifacts, secrets and logs.",
    )
    training_schedule: Annotated[str, AfterValidator(check_schedule)] = Field(
        default=NO_SCHEDULE,
        description="When the model is retrained by itself: cron, or on_upload.",
    )
    grafana_port: Port = Field(
        default=3000, description="Port of Grafana, which is started where it is installed."
    )
    alert_receiver: Literal["email", "webhook", "email and webhook"] = Field(
        default="email", description="Where Grafana's alerts go."
    )
    alert_email: str = Field(
        default="nobody@localhost",
        min_length=3,
        description="Addresses for alerts, separated by semicolons; needs Grafana's GF_SMTP_*.",
    )
    alert_webhook_url: str = Field(
        default="http://127.0.0.1:9/unset",
        min_length=8,
        description="Address that alerts are posted to.",
    )

    @property
    def ports(self) -> dict[str, int]:
        """The ports that the stack will listen on, by the name of their setting."""
        named = {name.upper(): getattr(self, name) for name in type(self).model_fields}
        ports = {name: port for name, port in named.items() if name.endswith("_PORT") and port}
        if shutil.which("grafana") is None:
            del ports["GRAFANA_PORT"]
        return ports

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        taken: dict[int, str] = {}
        for name, port in self.ports.items():
            if port in taken:
                raise ValueError(f"{taken[port]} and {name} must differ, both are {port}")
            taken[port] = name
        return self


def read_settings() -> LauncherSettings:
    """Read the environment; ``SettingsError`` has a line for each value that cannot be used."""
    try:
        return LauncherSettings()
    except ValidationError as error:
        raise SettingsError("\n".join(_sentences(error))) from None


def _sentences(error: ValidationError) -> Iterator[str]:
    for found in error.errors():
        rule = found["msg"].removeprefix("Value error, ")
        where = str(found["loc"][0]).upper() if found["loc"] else ""
        yield f"{where}: {rule}, got {found['input']!r}" if where else rule


def inherited_environment() -> dict[str, str]:
    """Return what the processes of the stack inherit from the caller's environment.

    They write byte-code, as without it each start takes two to three times as long, and reach each
    other directly even where a proxy is configured.
    """
    kept = {name: value for name, value in os.environ.items() if name not in NOT_FOR_CHILDREN}
    excluded = [kept[name] for name in ("no_proxy", "NO_PROXY") if kept.get(name)]
    no_proxy = ",".join([*excluded[:1], LOOPBACK])
    return {**kept, "no_proxy": no_proxy, "NO_PROXY": no_proxy}
