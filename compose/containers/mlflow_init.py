"""Migrate MLflow's tables where its version has changed, and the console's, which build on them.

``python -m compose.containers.mlflow_init`` runs at every start, before MLflow's server. The
console's views would keep MLflow from changing its tables: they are dropped first and made after.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

from compose.containers.server import connect
from compose.launcher.databases import has_tables, stamp_version, version_stamp
from compose.launcher.versions import mlflow_version

URL = "postgresql+psycopg://mlflow@postgres:5432/mlflow"
UPGRADE = ("mlflow", "db", "upgrade", URL)
# Any command that opens the store makes the tables of an empty one; an upgrade needs some to start.
CREATE = ("mlflow", "experiments", "search")
DETACH, ATTACH = ("app.database.migrations", "detach"), ("app.database.migrations", "upgrade")


def run(module: tuple[str, ...], environment: Mapping[str, str]) -> None:
    """Run a module to its end, with the password of the role that it needs."""
    command = (sys.executable, "-m", *module)
    subprocess.run(command, check=True, env={**os.environ, **environment})


def main() -> None:
    """Do what is left to do."""
    as_mlflow = {"PGPASSWORD": os.environ["POSTGRES_MLFLOW_PASSWORD"], "MLFLOW_TRACKING_URI": URL}
    as_console = {"PGPASSWORD": os.environ["POSTGRES_CONSOLE_PASSWORD"]}
    installed = mlflow_version()
    with connect("mlflow", "mlflow", as_mlflow["PGPASSWORD"]) as connection:
        if not has_tables(connection):
            run(CREATE, as_mlflow)
        elif version_stamp(connection) != installed:
            run(DETACH, as_console)
            run(UPGRADE, as_mlflow)
        stamp_version(connection, installed)
    run(ATTACH, as_console)


if __name__ == "__main__":
    main()
