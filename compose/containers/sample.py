"""Fill an empty stack with the sample data and one run: ``python -m compose.containers.sample``.

It does what the embedded stack does on its first start, and nothing at any later one. Then it
sleeps, because ``docker compose up --wait`` takes a container that has ended for one that failed.
"""

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
from pydantic import SecretStr

from compose.launcher.credentials import SIGNIN_ACCOUNT
from compose.launcher.health import Dags, Deadline, sign_in
from compose.launcher.layout import has_been_seeded
from compose.launcher.seed import Seeding
from compose.launcher.settings import SeedSettings
from pipeline.tracking.client import tracking_server


class SampleSettings(SeedSettings):
    """What the container is given besides the settings of the pipeline and of MLflow's client."""

    airflow_url: str = "http://airflow-api-server:8080/airflow"
    airflow_admin_password: SecretStr = SecretStr("")
    sample_dir: Path = Path("/var/lib/sample")


def wait_for_dags(airflow_url: str, password: str) -> None:
    """Return once Airflow knows its DAGs; its first answer to a sign-in may take a while."""
    deadline = Deadline()
    tokens: list[str] = []

    def signed_in() -> bool:
        with suppress(httpx.TransportError):
            tokens.append(sign_in(airflow_url, SIGNIN_ACCOUNT, password))
        return bool(tokens)

    deadline.wait_until(signed_in, "Airflow's answer to a sign-in")
    dags = Dags(airflow_url, tokens[0], since=datetime.min.replace(tzinfo=UTC))
    deadline.wait_until(dags.are_known, "the reading of the DAG files")


def fill() -> None:
    """Continue where the last start was interrupted."""
    settings = SampleSettings()
    if not settings.seed_sample or has_been_seeded(settings.sample_dir):
        return
    password = settings.airflow_admin_password.get_secret_value()
    wait_for_dags(settings.airflow_url, password)
    Seeding(
        folder=settings.sample_dir,
        airflow_url=settings.airflow_url,
        mlflow=tracking_server(),
        rows=settings.seed_rows,
        password=password,
    ).run()


if __name__ == "__main__":
    fill()
    os.execvp("sleep", ("sleep", "infinity"))  # noqa: S606 - fixed words, and no shell is meant
