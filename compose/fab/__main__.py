"""Make the accounts of a new stack: ``python -m compose.fab``; those that exist are kept."""

import os
import sys

from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
from airflow.utils.providers_configuration_loader import providers_configuration_loaded

from compose.launcher.credentials import ACCOUNTS

PASSWORDS = {name: f"AIRFLOW_{name.upper()}_PASSWORD" for name in ACCOUNTS}


@providers_configuration_loaded
def main() -> None:
    """Add what is missing.

    Raises
    ------
    SystemExit
        FAB refuses an account; its log says why.
    """
    with get_application_builder() as builder:
        accounts = builder.sm
        for name, role in ACCOUNTS.items():
            if accounts.find_user(username=name):
                continue
            kind = accounts.find_role(role.capitalize())
            password = os.environ[PASSWORDS[name]]
            email = f"{name}@anomaly-console.invalid"
            if not accounts.add_user(name, name.capitalize(), "Account", email, kind, password):
                raise SystemExit(f"the account {name} could not be made")
            sys.stdout.write(f"The account {name} was made.\n")


if __name__ == "__main__":
    main()
