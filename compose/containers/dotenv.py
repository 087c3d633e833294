"""Make ``compose/.env`` with strong random secrets: ``python3 -m compose.containers.dotenv``.

Needs nothing but Python's own library. What the file holds already is kept; a secret that a newer
version asks for is added.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from compose.launcher.credentials import fernet_key, random_password, write_private

FOLDER = Path(__file__).resolve().parents[1]
EXAMPLE, TARGET = FOLDER / ".env.example", FOLDER / ".env"
SECRETS: dict[str, Callable[[], str]] = {
    "POSTGRES_PASSWORD": random_password,
    "POSTGRES_MLFLOW_PASSWORD": random_password,
    "POSTGRES_AIRFLOW_PASSWORD": random_password,
    "POSTGRES_CONSOLE_PASSWORD": random_password,
    "POSTGRES_GRAFANA_PASSWORD": random_password,
    "MLFLOW_ADMIN_PASSWORD": random_password,
    "MLFLOW_SERVICE_PASSWORD": random_password,
    "MLFLOW_SECRET_KEY": random_password,
    "AIRFLOW_ADMIN_PASSWORD": random_password,
    "AIRFLOW_OPERATOR_PASSWORD": random_password,
    "AIRFLOW_VIEWER_PASSWORD": random_password,
    "AIRFLOW_FERNET_KEY": fernet_key,
    "AIRFLOW_JWT_SECRET": random_password,
    "AIRFLOW_SECRET_KEY": random_password,
    "GRAFANA_ADMIN_PASSWORD": random_password,
    "GRAFANA_SECRET_KEY": random_password,
    "REDIS_PASSWORD": random_password,
}


def filled(text: str) -> str:
    """Return ``text`` with a value for every secret that has none; lines without are added."""
    for name, make in SECRETS.items():
        line = re.compile(rf"^{name}=(.*)$", re.MULTILINE)
        found = line.search(text)
        if found is None:
            text = f"{text.rstrip()}\n{name}={make()}\n"
        elif not found[1].strip():
            text = f"{text[: found.start()]}{name}={make()}{text[found.end() :]}"
    return text


def main(target: Path = TARGET) -> None:
    """Write the file, or complete it."""
    existed = target.exists()
    before = (target if existed else EXAMPLE).read_text(encoding="utf-8")
    after = filled(before)
    if existed and after == before:
        sys.stdout.write(f"{target} has every secret; nothing was changed.\n")
        return
    write_private(target, after)
    done = "has been completed" if existed else "has been made"
    sys.stdout.write(
        f"{target} {done}. Keep it secret and keep a copy: without it no backup can be used.\n"
        "Sign in at the console as admin with the password behind AIRFLOW_ADMIN_PASSWORD.\n"
    )


if __name__ == "__main__":
    main()
