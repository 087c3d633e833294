"""Make ``compose/.env`` with strong random secrets: ``python3 -m compose.containers.dotenv``.

Uses only Python's own library. What the file holds already is kept; a secret that a newer version
needs is added.
"""

import re
import sys
from pathlib import Path

from compose.launcher.credentials import fernet_key, random_password, write_private

FOLDER = Path(__file__).resolve().parents[1]
EXAMPLE, TARGET = FOLDER / ".env.example", FOLDER / ".env"
PASSWORDS = (
    "POSTGRES_PASSWORD",
    "POSTGRES_MLFLOW_PASSWORD",
    "POSTGRES_AIRFLOW_PASSWORD",
    "POSTGRES_CONSOLE_PASSWORD",
    "POSTGRES_GRAFANA_PASSWORD",
    "MLFLOW_ADMIN_PASSWORD",
    "MLFLOW_SERVICE_PASSWORD",
    "MLFLOW_SECRET_KEY",
    "AIRFLOW_ADMIN_PASSWORD",
    "AIRFLOW_OPERATOR_PASSWORD",
    "AIRFLOW_VIEWER_PASSWORD",
    "AIRFLOW_JWT_SECRET",
    "AIRFLOW_SECRET_KEY",
    "GRAFANA_ADMIN_PASSWORD",
    "GRAFANA_SECRET_KEY",
    "REDIS_PASSWORD",
)
SECRETS = {**dict.fromkeys(PASSWORDS, random_password), "AIRFLOW_FERNET_KEY": fernet_key}


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
