"""Init jobs: databases, tables and accounts, in this order, at every start of the containers.

``python -m compose.containers.init databases|airflow|mlflow|mlflow-account``. What exists is kept;
a password that was changed in ``.env`` is set. libpq reads ``PGHOST`` and ``PGPASSWORD`` itself.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

import httpx
import psycopg

from compose.launcher.health import CLIENT
from compose.launcher.postgres import (
    DATABASES,
    SUPERUSER,
    airflow_versions,
    create_databases,
    create_role,
    grant_console,
    has_tables,
    mlflow_version,
    stamp_version,
    version_stamp,
)

SERVICE_DATABASES = {**DATABASES, "mlflow_accounts": "mlflow"}
"""Every database with its owner; MLflow's accounts lie apart, where only MLflow reads them."""
ROLE_PASSWORDS = {
    "mlflow": "POSTGRES_MLFLOW_PASSWORD",
    "airflow": "POSTGRES_AIRFLOW_PASSWORD",
    "console": "POSTGRES_CONSOLE_PASSWORD",
    "grafana_reader": "POSTGRES_GRAFANA_PASSWORD",
}
MLFLOW_STORE = "postgresql+psycopg://mlflow@postgres:5432/mlflow"
# MLflow's administrator, and the account that console and tasks use.
ADMINISTRATOR, SERVICE_ACCOUNT = "admin", "anomaly-console"


def connect(role: str, database: str, password: str | None = None) -> psycopg.Connection:
    """Return a connection whose statements are each a transaction of their own.

    Without ``password``, libpq takes that of the environment.
    """
    return psycopg.connect(user=role, dbname=database, password=password, autocommit=True)


def run(*module: str, environment: Mapping[str, str] | None = None) -> None:
    """Run a module to its end, with further variables."""
    command = (sys.executable, "-m", *module)
    subprocess.run(command, check=True, env={**os.environ, **(environment or {})})


def init_databases() -> None:
    """Make the roles, databases and grants that are missing, as PostgreSQL's superuser."""
    with connect(SUPERUSER, "postgres") as connection:
        for role, variable in ROLE_PASSWORDS.items():
            create_role(connection, role, os.environ[variable])
        create_databases(connection, SERVICE_DATABASES)
    with connect(SUPERUSER, "mlflow") as connection:
        grant_console(connection)


def init_airflow() -> None:
    """Migrate Airflow's tables where a package has changed; make the accounts of a new stack.

    Accounts that somebody has removed are not made again.
    """
    installed = airflow_versions()
    with connect("airflow", "airflow") as connection:
        stamp = version_stamp(connection)
        if stamp != installed:
            run("airflow", "db", "migrate")
        if not stamp:
            run("compose.fab")
        stamp_version(connection, installed)


def init_mlflow() -> None:
    """Migrate MLflow's tables where its version has changed, then the console's.

    The console's views build on MLflow's tables and would keep MLflow from changing them: they are
    dropped first and made after.
    """
    password = os.environ["POSTGRES_MLFLOW_PASSWORD"]
    as_mlflow = {"PGPASSWORD": password, "MLFLOW_TRACKING_URI": MLFLOW_STORE}
    as_console = {"PGPASSWORD": os.environ["POSTGRES_CONSOLE_PASSWORD"]}
    installed = mlflow_version()
    with connect("mlflow", "mlflow", password) as connection:
        if not has_tables(connection):
            # Any command that opens the store makes its tables; an upgrade needs some to start.
            run("mlflow", "experiments", "search", environment=as_mlflow)
        elif version_stamp(connection) != installed:
            run("app.database.migrations", "detach", environment=as_console)
            run("mlflow", "db", "upgrade", MLFLOW_STORE, environment=as_mlflow)
        stamp_version(connection, installed)
    run("app.database.migrations", "upgrade", environment=as_console)


def init_mlflow_account() -> None:
    """Make the account that console and tasks use at MLflow, once MLflow answers."""
    url = os.environ["MLFLOW_TRACKING_URI"]
    administrator = (ADMINISTRATOR, os.environ["MLFLOW_ADMIN_PASSWORD"])
    password = os.environ["MLFLOW_SERVICE_PASSWORD"]
    sys.stdout.write(f"{create_account(url, administrator, SERVICE_ACCOUNT, password)}\n")


def create_account(url: str, administrator: tuple[str, str], username: str, password: str) -> str:
    """Make an account, or set its password where it exists; return a sentence about it."""
    users = f"{url}/api/2.0/mlflow/users"
    account = {"username": username, "password": password}
    made = CLIENT.post(f"{users}/create", json=account, auth=administrator)
    if made.is_success:
        return f"The account {username} was made."
    if made.json().get("error_code") != "RESOURCE_ALREADY_EXISTS":
        made.raise_for_status()
    probe = CLIENT.get(f"{users}/get", params={"username": username}, auth=(username, password))
    if probe.status_code == httpx.codes.UNAUTHORIZED:
        answer = CLIENT.patch(f"{users}/update-password", json=account, auth=administrator)
        answer.raise_for_status()
        return f"The account {username} got a new password."
    return f"The account {username} is there."


JOBS = {
    "databases": init_databases,
    "airflow": init_airflow,
    "mlflow": init_mlflow,
    "mlflow-account": init_mlflow_account,
}

if __name__ == "__main__":
    JOBS[sys.argv[1]]()
