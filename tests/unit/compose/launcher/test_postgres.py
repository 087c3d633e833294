"""Addresses, commands and user of the embedded database; the integration tests run the server."""

import os
import pwd
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from compose.launcher.errors import LaunchError
from compose.launcher.postgres import (
    PASS_THROUGH,
    Account,
    Prefix,
    account_for_root,
    find_binaries,
    system_user,
)
from compose.launcher.services import Stack

ACCOUNT = Account(70, 71, ("become", "--user"))


def test_executables_of_the_wheel_are_used() -> None:
    """No PostgreSQL of the system is needed."""
    for name in ("postgres", "initdb", "pg_isready"):
        assert os.access(find_binaries() / name, os.X_OK)


def test_url_holds_no_password(stack: Stack) -> None:
    """It names the file in which libpq finds the password, and survives SQLAlchemy."""
    url = make_url(stack.postgres.url("console", "mlflow"))
    assert url.password is None
    assert (url.username, url.database) == ("console", "mlflow")
    assert url.query["host"] == str(stack.layout.postgres)
    assert url.query["passfile"] == str(stack.credentials.passfile("console"))


def test_there_is_no_port_by_default(stack: Stack) -> None:
    """The server answers on its socket alone unless a port is set."""
    command = stack.postgres.program(ACCOUNT).command
    assert "listen_addresses=" in command
    asked = replace(stack.postgres, port=6543).program(ACCOUNT)
    assert "listen_addresses=127.0.0.1" in asked.command
    assert "port=6543" in asked.command
    assert asked.address == "127.0.0.1:6543"


def test_server_is_stopped_by_a_fast_shutdown(stack: Stack) -> None:
    """SIGTERM would wait for clients; also when its parent dies it gets SIGINT."""
    program = stack.postgres.program(ACCOUNT)
    assert program.stop_signal == "INT"
    assert program.command[:3] == ("become", "--user", "--pdeathsig=INT")


def test_stale_pid_file_is_removed(stack: Stack) -> None:
    """A number that belongs to another program now would keep PostgreSQL from starting."""
    stack.layout.postgres_data.mkdir(parents=True)
    file = stack.layout.postgres_data / "postmaster.pid"
    file.write_text(f"{os.getpid()}\n/somewhere\n")
    stack.postgres.remove_stale_pid_file()
    assert not file.exists()
    stack.postgres.remove_stale_pid_file()


USER = pwd.struct_passwd(("database", "x", 70, 71, "", "/", "/bin/sh"))
NEEDED = (Path("/home/closed/.venv/bin/postgres"), Path("/home/closed/.local"))


def open_to_all(_prefix: Prefix, _path: Path) -> bool:
    """Let anybody in."""
    return True


def closed_to_all(_prefix: Prefix, path: Path) -> bool:
    """Let nobody into the home, whatever rights it has."""
    return not path.is_relative_to("/home/closed")


def open_with_the_right(prefix: Prefix, path: Path) -> bool:
    """Let in whoever has the right to pass through folders."""
    return set(PASS_THROUGH) <= set(prefix) or closed_to_all(prefix, path)


def test_account_keeps_no_right_where_none_is_needed() -> None:
    """Where every folder may be entered, the account is a plain user."""
    account = account_for_root(USER, NEEDED, open_to_all)
    assert account.prefix == ("setpriv", "--reuid=70", "--regid=71", "--clear-groups")
    assert (account.uid, account.gid) == (70, 71)


def test_account_keeps_the_right_to_pass_through_a_closed_home() -> None:
    """The folder's mode is left alone and the account reaches what it needs."""
    account = account_for_root(USER, NEEDED, open_with_the_right)
    assert account.prefix[-len(PASS_THROUGH) :] == PASS_THROUGH


def test_folder_that_stays_closed_is_named() -> None:
    """The sentence names the outermost folder, the account and the fix."""
    with pytest.raises(LaunchError) as caught:
        account_for_root(USER, NEEDED, closed_to_all)
    assert "as database, who cannot enter /home/closed:" in str(caught.value)
    assert "chmod o+x" in str(caught.value)


def test_existing_cluster_keeps_its_owner(tmp_path: Path) -> None:
    """PostgreSQL refuses data of another user, so the owner decides; root never is one."""
    user = system_user(tmp_path)
    owner = tmp_path.stat().st_uid
    assert user.pw_uid == owner if owner else user.pw_name in {"postgres", "nobody"}


def test_new_cluster_belongs_to_a_system_account(tmp_path: Path) -> None:
    """It is one of the known accounts, and not root."""
    user = system_user(tmp_path / "absent")
    assert user.pw_name in {"postgres", "nobody"}
    assert user.pw_uid != 0
