"""As whom PostgreSQL runs: it refuses root, so root hands it to a system account.

The account may not be able to enter the folders above ``STATE_DIR`` or above the installed
binaries (a checkout in a home of mode 700, say). Their modes are not ours to change. Where the
kernel lets us, PostgreSQL then keeps one right of root, to pass through folders and read
(``CAP_DAC_READ_SEARCH``); it still writes in its own folder only, and of the database's roles none
but its superuser, whose password root keeps, could use the right.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from compose.launcher.errors import LaunchError

CANDIDATES = ("postgres", "nobody")
# The secure bit makes access(2), which PostgreSQL asks before it opens, count the right as well.
PASS_THROUGH = (
    "--securebits=+no_setuid_fixup",
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=-all,+dac_read_search",
)

Prefix = tuple[str, ...]
Reaches = Callable[[Prefix, Path], bool]


@dataclass(frozen=True)
class Account:
    """A user to run as, and the words that come before a command to become that user."""

    uid: int
    gid: int
    prefix: Prefix = ()

    def own(self, path: Path) -> None:
        """Give ``path`` to the account."""
        os.chown(path, self.uid, self.gid)


def reaches(prefix: Prefix, path: Path) -> bool:
    """Let the kernel answer, so that access lists and security modules count too."""
    attempt = (*prefix, "test", "-x", str(path))
    return subprocess.run(attempt, check=False, capture_output=True, cwd="/").returncode == 0


def choose_account(data: Path, needed: tuple[Path, ...]) -> Account:
    """Return the account that can run PostgreSQL on ``data`` and reaches all that is ``needed``.

    Parameters
    ----------
    data
        The database cluster; where it exists already, its owner is kept.
    needed
        Executables and folders that the account must reach.

    Raises
    ------
    LaunchError
        As root: there is no such account, or it cannot reach a folder.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if not shutil.which("setpriv"):
        raise LaunchError(
            "PostgreSQL does not run as root, and the command setpriv, which starts it as another "
            "user, is missing: install util-linux or run as an ordinary user"
        )
    return account_for_root(system_user(data), needed)


def system_user(data: Path) -> pwd.struct_passwd:
    """Return the owner of an existing cluster, or else the first candidate that exists."""
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid)
    known = {user.pw_name: user for user in pwd.getpwall()}
    for name in CANDIDATES:
        if name in known:
            return known[name]
    raise LaunchError(
        f"PostgreSQL does not run as root, and none of the users {', '.join(CANDIDATES)} exists: "
        "make one of them or run as an ordinary user"
    )


def account_for_root(
    user: pwd.struct_passwd, needed: tuple[Path, ...], reaches: Reaches = reaches
) -> Account:
    """Return how root becomes ``user``, with the right to pass through folders if need be."""
    plain = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    for prefix in (plain, (*plain, *PASS_THROUGH)):
        if all(reaches(prefix, path) for path in needed):
            return Account(user.pw_uid, user.pw_gid, prefix)
    outermost_first = (step for path in needed for step in (*reversed(path.parents), path))
    closed = next(path for path in outermost_first if not reaches(plain, path))
    raise LaunchError(
        f"PostgreSQL does not run as root but as {user.pw_name}, who cannot enter {closed}: move "
        "the checkout or STATE_DIR to a folder that others may pass through (chmod o+x), or run "
        "as an ordinary user"
    )
