"""Migrate Airflow's tables where a package has changed, and make the accounts of a new stack.

``python -m compose.containers.airflow_init`` runs at every start, before Airflow's services.
"""

import subprocess
import sys

from compose.containers.server import connect
from compose.launcher.databases import stamp_version, version_stamp
from compose.launcher.versions import airflow_versions

MIGRATE = (sys.executable, "-m", "airflow", "db", "migrate")
MAKE_ACCOUNTS = (sys.executable, "-m", "compose.fab")


def main() -> None:
    """Do what is left to do; accounts that somebody has removed are not made again."""
    installed = airflow_versions()
    with connect("airflow", "airflow") as connection:
        stamp = version_stamp(connection)
        if stamp != installed:
            subprocess.run(MIGRATE, check=True)
        if not stamp:
            subprocess.run(MAKE_ACCOUNTS, check=True)
        stamp_version(connection, installed)


if __name__ == "__main__":
    main()
