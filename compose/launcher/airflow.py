"""Airflow's configuration: every setting of it that is not a default, in one place."""

from collections.abc import Mapping

from compose.launcher.credentials import ACCOUNTS, Credentials
from compose.launcher.layout import REPOSITORY, Layout

PARALLEL_TASKS = 4

KEY_FILES = {
    "AIRFLOW__CORE__FERNET_KEY": "airflow_fernet_key",
    "AIRFLOW__API__SECRET_KEY": "airflow_secret_key",
    "AIRFLOW__API_AUTH__JWT_SECRET": "airflow_jwt_secret",
}

# What makes a click answer fast, and what finds a dead process within seconds.
PACE = {
    "API__WORKERS": "1",
    "CORE__PARALLELISM": str(PARALLEL_TASKS),
    "DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",  # a file that changes is read at once
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.25",
    "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    "SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
    "SCHEDULER__JOB_HEARTBEAT_SEC": "3",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "WORKERS__EXECUTION_API_TIMEOUT": "30",
}

# Nothing of a demo, nothing that calls out, no name service needed.
CONDUCT = {
    "CORE__EXECUTOR": "LocalExecutor",
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "CORE__HOSTNAME_CALLABLE": "socket.gethostname",
    "CORE__MP_START_METHOD": "fork",
    "USAGE_DATA_COLLECTION__ENABLED": "False",
}


def environment(
    layout: Layout, credentials: Credentials, *, database_url: str, address: str
) -> dict[str, str]:
    """Return the variables that configure every Airflow process of the stack."""
    places = {
        "CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{n}:{role}" for n, role in ACCOUNTS.items()),
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(credentials.accounts),
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "API__BASE_URL": address,
        "DATABASE__SQL_ALCHEMY_CONN": database_url,
        "DATABASE__SQL_ALCHEMY_CONN_ASYNC": database_url,
        "LOGGING__BASE_LOG_FOLDER": str(layout.logs / "airflow"),
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(layout.logs / "dag-files"),
    }
    options = {f"AIRFLOW__{name}": value for name, value in (PACE | CONDUCT | places).items()}
    return {"AIRFLOW_HOME": str(layout.airflow), **options}


def key_files(credentials: Credentials) -> Mapping[str, str]:
    """Return the files from which Airflow's keys are read, by variable."""
    return {name: str(credentials.folder / file) for name, file in KEY_FILES.items()}


def forget_own_configuration(layout: Layout) -> None:
    """Keep Airflow from writing a file of defaults with keys of its own: ours is all there is."""
    (layout.airflow / "airflow.cfg").touch(mode=0o600)
