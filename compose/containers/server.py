"""PostgreSQL as the containers reach it; libpq reads ``PGHOST`` and ``PGPASSWORD`` itself."""

import psycopg

SERVICE_DATABASES = {"mlflow": "mlflow", "mlflow_accounts": "mlflow", "airflow": "airflow"}
"""Every database with its owner; MLflow's accounts lie apart, where only MLflow reads them."""


def connect(role: str, database: str, password: str | None = None) -> psycopg.Connection:
    """Return a connection whose statements are each a transaction of their own.

    Without ``password``, libpq takes that of the environment.
    """
    return psycopg.connect(user=role, dbname=database, password=password, autocommit=True)
