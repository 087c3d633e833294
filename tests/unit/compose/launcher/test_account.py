"""As whom PostgreSQL runs, with a kernel that is only played."""

import pwd
from pathlib import Path

import pytest

from compose.launcher.account import PASS_THROUGH, Prefix, account_for_root, system_user
from compose.launcher.errors import LaunchError

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


def test_no_right_is_kept_where_none_is_needed() -> None:
    """Where every folder may be entered the account is a plain user."""
    account = account_for_root(USER, NEEDED, open_to_all)
    assert account.prefix == ("setpriv", "--reuid=70", "--regid=71", "--clear-groups")
    assert (account.uid, account.gid) == (70, 71)


def test_the_right_to_pass_through_is_kept_for_a_closed_home() -> None:
    """The folder's mode is left alone and the account reaches what it needs."""
    account = account_for_root(USER, NEEDED, open_with_the_right)
    assert account.prefix[-len(PASS_THROUGH) :] == PASS_THROUGH


def test_a_folder_that_stays_closed_is_named() -> None:
    """The sentence names the outermost folder, the account and the mend."""
    with pytest.raises(LaunchError) as caught:
        account_for_root(USER, NEEDED, closed_to_all)
    assert "as database, who cannot enter /home/closed:" in str(caught.value)
    assert "chmod o+x" in str(caught.value)


def test_an_existing_cluster_keeps_its_owner(tmp_path: Path) -> None:
    """PostgreSQL refuses data of another user, so the owner decides; root never is one."""
    user = system_user(tmp_path)
    owner = tmp_path.stat().st_uid
    assert user.pw_uid == owner if owner else user.pw_name in {"postgres", "nobody"}


def test_a_new_cluster_goes_to_a_system_account(tmp_path: Path) -> None:
    """One of the known accounts is taken, and it is not root's."""
    user = system_user(tmp_path / "absent")
    assert user.pw_name in {"postgres", "nobody"}
    assert user.pw_uid != 0
