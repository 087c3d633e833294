"""What is installed that has tables in a database; they are migrated when it changes."""

from importlib.metadata import distributions, version

AIRFLOW_PACKAGES = "apache-airflow"


def airflow_versions() -> str:
    """Return the installed packages whose tables live in Airflow's database, with versions."""
    names = {package.name: package.version for package in distributions()}
    parts = sorted(f"{n} {v}" for n, v in names.items() if n.startswith(AIRFLOW_PACKAGES))
    return ", ".join(parts)


def mlflow_version() -> str:
    """Return the installed MLflow with its version."""
    return f"mlflow {version('mlflow')}"
