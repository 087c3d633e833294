"""Passwords and keys: made on the first start, kept in files that only their owner reads.

Uses only Python's own library, as ``make env`` runs before anything is installed.
"""

import base64
import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

ACCOUNTS = {"admin": "admin", "operator": "op", "viewer": "viewer"}
SIGNIN_ACCOUNT = "admin"
DATABASE_ROLES = ("postgres", "mlflow", "airflow", "console", "grafana_reader")
KEYS = (
    "airflow_jwt_secret",
    "airflow_secret_key",
    "grafana_admin_password",
    "grafana_secret_key",
    "mlflow_secret_key",
)


def random_password() -> str:
    """Return a password of 24 random bytes that needs no quoting anywhere."""
    return secrets.token_urlsafe(24)


def fernet_key() -> str:
    """Return a key for ``cryptography.fernet``: 32 random bytes in URL-safe base 64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


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
        for name in KEYS:
            self._add(self.folder / name, random_password())
        self._add(self.folder / "airflow_fernet_key", fernet_key())
        for role in DATABASE_ROLES:  # for libpq: the role's password on any server and database
            self._add(self.passfile(role), f"*:*:*:{role}:{random_password()}\n")
        self._add(self.accounts, json.dumps({name: random_password() for name in ACCOUNTS}))
        # Grafana reads no password file of libpq.
        grafana_password = self.database_password("grafana_reader")
        self._add(self.folder / "grafana_database_password", grafana_password)

    def _add(self, path: Path, text: str) -> None:
        if not path.exists():
            write_private(path, text)

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
