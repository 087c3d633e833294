"""Fill an empty stack with the sample data and one run: ``python -m compose.containers.sample``.

Does as the embedded stack does on its first start, and nothing at any later one. Then it sleeps,
because ``docker compose up --wait`` takes a container that has ended for one that failed.
"""

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from compose.launcher.credentials import SIGNIN_ACCOUNT
from compose.launcher.readiness import Dags, sign_in
from compose.launcher.seed import Seeding
from compose.launcher.waiting import Patience

START_SECONDS = 300.0


class SampleSettings(BaseSettings):
    """What the container is given."""

    airflow_url: str = "http://airflow-api-server:8080/airflow"
    airflow_admin_password: SecretStr = SecretStr("")
    mlflow_tracking_uri: str = "http://mlflow:5000"
    mlflow_tracking_username: str = ""
    mlflow_tracking_password: SecretStr = SecretStr("")
    sample_dir: Path = Path("/var/lib/sample")
    seed_sample: bool = True
    seed_rows: int = Field(default=209_306, ge=100, le=10_000_000)


def token_of_admin(given: SampleSettings, patience: Patience) -> str:
    """Sign in; the first to do so waits until Airflow has built what answers, however slowly."""
    tokens: list[str] = []

    def signed_in() -> bool:
        password = given.airflow_admin_password.get_secret_value()
        with suppress(httpx.TransportError):
            tokens.append(sign_in(given.airflow_url, SIGNIN_ACCOUNT, password))
        return bool(tokens)

    patience.until(signed_in, "Airflow's answer to a sign-in")
    return tokens[0]


def wait_for_dags(given: SampleSettings) -> None:
    """Return once Airflow knows what is to be run."""
    patience = Patience(START_SECONDS)
    token = token_of_admin(given, patience)
    dags = Dags(given.airflow_url, token, since=datetime.min.replace(tzinfo=UTC))
    patience.until(dags.are_known, "the reading of the DAG files")


def fill() -> None:
    """Go on where the last start was interrupted."""
    given = SampleSettings()
    if not given.seed_sample or (given.sample_dir / "done").exists():
        return
    wait_for_dags(given)
    Seeding(
        folder=given.sample_dir,
        airflow_url=given.airflow_url,
        mlflow_url=given.mlflow_tracking_uri,
        rows=given.seed_rows,
        password=given.airflow_admin_password.get_secret_value(),
        mlflow_auth=httpx.BasicAuth(
            given.mlflow_tracking_username,
            given.mlflow_tracking_password.get_secret_value(),
        ),
    ).run()


if __name__ == "__main__":
    fill()
    os.execvp("sleep", ("sleep", "infinity"))  # noqa: S606 - fixed words, and no shell is meant
