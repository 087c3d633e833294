"""Secrets: made once, private, and never the same twice."""

import hashlib
import json
import stat
from pathlib import Path

from cryptography.fernet import Fernet

from compose.launcher.credentials import (
    DATABASE_ROLES,
    Credentials,
    issue_signin_link,
    write_private,
)
from compose.launcher.services import Stack


def contents(folder: Path) -> dict[str, str]:
    """Return every file of a folder with its text."""
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_every_secret_is_readable_by_its_owner_only(stack: Stack) -> None:
    """Each file has mode 600."""
    modes = {stat.S_IMODE(file.stat().st_mode) for file in stack.credentials.folder.iterdir()}
    assert modes == {0o600}


def test_second_start_keeps_the_secrets(stack: Stack) -> None:
    """Sessions, tokens and stored connections outlive a restart."""
    before = contents(stack.credentials.folder)
    stack.credentials.create()
    assert contents(stack.credentials.folder) == before


def test_no_two_secrets_are_equal(stack: Stack) -> None:
    """Every password is long and its own."""
    credentials = stack.credentials
    passwords = [credentials.database_password(role) for role in DATABASE_ROLES]
    passwords += json.loads(credentials.accounts.read_text()).values()
    assert len(set(passwords)) == len(passwords)
    assert min(map(len, passwords)) >= 32


def test_fernet_key_is_valid(stack: Stack) -> None:
    """Airflow can encrypt with it."""
    cipher = Fernet((stack.credentials.folder / "airflow_fernet_key").read_text())
    assert cipher.decrypt(cipher.encrypt(b"secret")) == b"secret"


def test_password_file_has_libpq_s_five_fields(stack: Stack) -> None:
    """The role's password is used on every host, port and database."""
    fields = stack.credentials.passfile("mlflow").read_text().strip().split(":")
    assert fields == ["*", "*", "*", "mlflow", stack.credentials.database_password("mlflow")]


def test_private_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """The new file has mode 600, and no temporary file is left."""
    target = tmp_path / "file"
    target.write_text("old")
    target.chmod(0o644)
    write_private(target, "new")
    assert contents(tmp_path) == {"file": "new"}
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_token_of_the_sign_in_link_is_not_stored(stack: Stack) -> None:
    """The console gets its hash and the account; every start makes a new token."""
    file = stack.layout.signin_link
    links = [issue_signin_link(file, stack.credentials, "http://console") for _ in range(2)]
    token = links[1].removeprefix("http://console/signin/once?token=")
    ticket = json.loads(file.read_text())
    assert links[0] != links[1]
    assert token not in file.read_text()
    assert ticket == {
        "token_sha256": hashlib.sha256(token.encode()).hexdigest(),
        "username": "admin",
        "password": Credentials(stack.layout.secrets).account_password("admin"),
    }
