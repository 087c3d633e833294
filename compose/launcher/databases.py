"""The roles and databases that every stack has, however its PostgreSQL is run."""

from collections.abc import Mapping
from typing import LiteralString

import psycopg
from psycopg import sql

from compose.launcher.layout import REPOSITORY

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
"""Lets the console erase runs that lie in MLflow's bin, and nothing else of MLflow's."""


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
    """Make the databases that are missing; only their owner and who is granted may connect."""
    for database, owner in owners.items():
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [database])
        if found.fetchone() is not None:
            continue
        names = {"database": sql.Identifier(database), "owner": sql.Identifier(owner)}
        connection.execute(sql.SQL("CREATE DATABASE {database} OWNER {owner}").format(**names))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names))


def grant_console(connection: psycopg.Connection) -> None:
    """Give the console its schemas and let it read MLflow's tables; asked of that database."""
    for statement in CONSOLE_GRANTS:
        connection.execute(statement)
    connection.execute(ERASE_RUN.read_bytes())


def version_stamp(connection: psycopg.Connection) -> str:
    """Return the versions that the database's tables were last migrated for."""
    found = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
        "WHERE datname = current_database()"
    ).fetchone()
    return (found and found[0]) or ""


def stamp_version(connection: psycopg.Connection, versions: str) -> None:
    """Note in the database itself what its tables were migrated for."""
    statement = sql.SQL("COMMENT ON DATABASE {} IS {}")
    name = sql.Identifier(connection.info.dbname)
    connection.execute(statement.format(name, sql.Literal(versions)))


def has_tables(connection: psycopg.Connection) -> bool:
    """Tell whether anything was ever created in the database's public schema."""
    found = connection.execute("SELECT FROM pg_tables WHERE schemaname = 'public' LIMIT 1")
    return found.fetchone() is not None
