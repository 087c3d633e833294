"""Passwords and keys: made on the first start, kept in files that only their owner reads.

Uses only Python's own library, as ``make env`` runs before anything is installed.
"""

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ACCOUNTS = {"admin": "admin", "operator": "op", "viewer": "viewer"}
SIGNIN_ACCOUNT = "admin"
DATABASE_ROLES = ("postgres", "mlflow", "airflow", "console", "grafana_reader")


def random_password() -> str:
    """Return a password of 24 random bytes that needs no quoting anywhere."""
    return secrets.token_urlsafe(24)


def fernet_key() -> str:
    """Return a key for ``cryptography.fernet``: 32 random bytes in URL-safe base 64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def passfile_entry(role: str) -> str:
    """Return a line for libpq: a new password of ``role`` on any server and database."""
    return f"*:*:*:{role}:{random_password()}\n"


def new_accounts() -> str:
    """Return new passwords of Airflow's accounts, as its SimpleAuthManager reads them."""
    return json.dumps({name: random_password() for name in ACCOUNTS})


KEYS: dict[str, Callable[[], str]] = {
    "airflow_fernet_key": fernet_key,
    "airflow_jwt_secret": random_password,
    "airflow_secret_key": random_password,
    "grafana_admin_password": random_password,
    "grafana_secret_key": random_password,
    "mlflow_secret_key": random_password,
}


def write_private(path: Path, text: str) -> None:
    """Replace ``path`` at once by a file of mode 600."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


@dataclass(frozen=True)
class Credentials:
    """The secrets of one stack, each a file in ``folder``."""

    folder: Path

    def create(self) -> None:
        """Make what is missing; what exists is kept, so tokens and sessions outlive restarts."""
        for name, make in KEYS.items():
            self._make(self.folder / name, make)
        for role in DATABASE_ROLES:
            self._make(self.passfile(role), partial(passfile_entry, role))
        self._make(self.accounts, new_accounts)
        # The password alone, as Grafana reads no password file of libpq.
        grafana_password = partial(self.database_password, "grafana_reader")
        self._make(self.folder / "grafana_database_password", grafana_password)

    def _make(self, path: Path, text: Callable[[], str]) -> None:
        if not path.exists():
            write_private(path, text())

    @property
    def accounts(self) -> Path:
        """Airflow's accounts: a JSON object of user names and passwords."""
        return self.folder / "airflow_passwords.json"

    def passfile(self, role: str) -> Path:
        """Return the file from which libpq reads the password of a database role."""
        return self.folder / f"pgpass_{role}"

    def database_password(self, role: str) -> str:
        """Return the password of a database role."""
        return self.passfile(role).read_text().strip().rsplit(":", maxsplit=1)[1]

    def account_password(self, username: str) -> str:
        """Return the password of an Airflow account."""
        return str(json.loads(self.accounts.read_text())[username])


def issue_signin_link(path: Path, credentials: Credentials, address: str) -> str:
    """Write the one-time link's hash for the console and return the link itself."""
    token = secrets.token_urlsafe(32)
    ticket = {
        "token_sha256": hashlib.sha256(token.encode()).hexdigest(),
        "username": SIGNIN_ACCOUNT,
        "password": credentials.account_password(SIGNIN_ACCOUNT),
    }
    write_private(path, json.dumps(ticket))
    return f"{address}/signin/once?token={token}"
