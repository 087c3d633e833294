"""Make the roles, databases and grants that are missing.

``python -m compose.containers.database_init`` runs at every start, as PostgreSQL's superuser,
before anything else. What exists is kept; a password that was changed in ``.env`` is set.
"""

import os

from compose.containers.server import SERVICE_DATABASES, connect
from compose.launcher.databases import SUPERUSER, create_databases, create_role, grant_console

PASSWORDS = {
    "mlflow": "POSTGRES_MLFLOW_PASSWORD",
    "airflow": "POSTGRES_AIRFLOW_PASSWORD",
    "console": "POSTGRES_CONSOLE_PASSWORD",
    "grafana_reader": "POSTGRES_GRAFANA_PASSWORD",
}


def main() -> None:
    """Bring the server up to date."""
    with connect(SUPERUSER, "postgres") as connection:
        for role, variable in PASSWORDS.items():
            create_role(connection, role, os.environ[variable])
        create_databases(connection, SERVICE_DATABASES)
    with connect(SUPERUSER, "mlflow") as connection:
        grant_console(connection)


if __name__ == "__main__":
    main()
