"""The parts of a stack, and its programs besides PostgreSQL with their configuration."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Self

from compose.launcher.credentials import ACCOUNTS, Credentials
from compose.launcher.layout import REPOSITORY, Layout
from compose.launcher.postgres import Postgres
from compose.launcher.processes import Program
from compose.launcher.settings import LauncherSettings
from compose.launcher.supervisor import Supervisor

NO_TELEMETRY = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
}
# SPT_NOENV: a title that overwrites the environment in memory would hide whose process it is.
# The last two: libraries that start no threads at their import leave the scheduler safe to fork.
EVERYWHERE = {
    "PYTHONPATH": str(REPOSITORY),
    "PYTHONUNBUFFERED": "1",
    "SPT_NOENV": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}

# Variables and the files in the folder of secrets that hold their values.
AIRFLOW_KEY_FILES = {
    "AIRFLOW__CORE__FERNET_KEY": "airflow_fernet_key",
    "AIRFLOW__API__SECRET_KEY": "airflow_secret_key",
    "AIRFLOW__API_AUTH__JWT_SECRET": "airflow_jwt_secret",
}
AIRFLOW_OPTIONS = {
    "CORE__EXECUTOR": "LocalExecutor",
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # needs no name service
    "CORE__MP_START_METHOD": "fork",
    "USAGE_DATA_COLLECTION__ENABLED": "False",
    # Fast answers to a click, and dead processes found within seconds.
    "API__WORKERS": "1",
    "CORE__PARALLELISM": "4",
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

GRAFANA_KEY_FILES = {
    "GF_SECURITY_ADMIN_PASSWORD": "grafana_admin_password",
    "GF_SECURITY_SECRET_KEY": "grafana_secret_key",
    "GRAFANA_DB_PASSWORD": "grafana_database_password",
}
GRAFANA_PACKAGE = Path("/usr/share/grafana")
# Nothing that calls out, nothing to install, no sign-up.
GRAFANA_OPTIONS = {
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_NEWS_NEWS_FEED_ENABLED": "false",
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
    "GF_SECURITY_DISABLE_GRAVATAR": "true",
    "GF_USERS_ALLOW_SIGN_UP": "false",
}


def python(*module: str) -> tuple[str, ...]:
    """Return the command that runs a module with its arguments."""
    return (sys.executable, "-m", *module)


def find_grafana() -> Path | None:
    """Return the folder of Grafana's own files, or nothing where Grafana is not installed."""
    executable = shutil.which("grafana")
    if executable is None:
        return None
    candidates = (Path(executable).resolve().parents[1], GRAFANA_PACKAGE)
    return next((home for home in candidates if (home / "conf" / "defaults.ini").exists()), None)


@dataclass(frozen=True)
class Stack:
    """The parts of one stack, its addresses and its programs."""

    settings: LauncherSettings
    layout: Layout
    credentials: Credentials
    postgres: Postgres
    supervisor: Supervisor

    @classmethod
    def of(cls, settings: LauncherSettings) -> Self:
        """Put a stack together; nothing is read, written or started yet."""
        layout = Layout(settings.state_dir)
        credentials = Credentials(layout.secrets)
        postgres = Postgres(layout, credentials, settings.postgres_port)
        return cls(settings, layout, credentials, postgres, Supervisor(layout))

    @property
    def console_url(self) -> str:
        """Where the console answers."""
        return f"http://127.0.0.1:{self.settings.console_port}"

    @property
    def airflow_url(self) -> str:
        """Where Airflow answers."""
        return f"http://127.0.0.1:{self.settings.airflow_port}"

    @property
    def mlflow_url(self) -> str:
        """Where the MLflow server answers."""
        return f"http://127.0.0.1:{self.settings.mlflow_port}"

    @property
    def grafana_url(self) -> str:
        """Where Grafana answers; empty where it is not installed."""
        return f"http://127.0.0.1:{self.settings.grafana_port}" if find_grafana() else ""

    def programs(self) -> Iterator[Program]:
        """Yield every program but PostgreSQL; each waits until PostgreSQL is ready."""
        parts = (self._mlflow(), self._airflow(), self._console(), self._grafana(), self._sample())
        for program in chain.from_iterable(parts):
            yield replace(
                program,
                environment={**EVERYWHERE, **NO_TELEMETRY, **program.environment},
                await_command=self.postgres.is_ready_command,
            )

    def _mlflow(self) -> Iterator[Program]:
        url = self.postgres.url("mlflow", "mlflow")
        where = ("--host", "127.0.0.1", "--port", str(self.settings.mlflow_port), "--workers", "1")
        store = ("--backend-store-uri", url)
        proxy = ("--serve-artifacts", "--artifacts-destination", self.layout.artifacts.as_uri())
        yield Program(
            "mlflow",
            "MLflow",
            python("mlflow", "server", *where, *store, *proxy),
            environment={"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            secret_files=self._files({"MLFLOW_FLASK_SERVER_SECRET_KEY": "mlflow_secret_key"}),
            address=self.mlflow_url,
        )
        migrate = python("mlflow", "db", "upgrade", url)
        yield Program("mlflow-migrate", "MLflow's tables", migrate, once=True)

    def _airflow(self) -> Iterator[Program]:
        port = str(self.settings.airflow_port)
        api_server = python("airflow", "api-server", "--host", "127.0.0.1", "--port", port)
        scheduler = python("compose.preload", "--", "airflow", "scheduler", "--skip-serve-logs")
        dag_processor = python("airflow", "dag-processor")
        migrate = python("airflow", "db", "migrate")
        program = partial(
            Program,
            environment=self._airflow_environment(),
            secret_files=self._files(AIRFLOW_KEY_FILES),
        )
        yield program("airflow-api-server", "Airflow API", api_server, address=self.airflow_url)
        yield program("airflow-scheduler", "Airflow scheduler", scheduler)
        yield program("airflow-dag-processor", "Airflow DAG processor", dag_processor)
        yield program("airflow-migrate", "Airflow's tables", migrate, once=True)

    def _airflow_environment(self) -> dict[str, str]:
        database_url = self.postgres.url("airflow", "airflow")
        logs = self.layout.logs
        places = {
            "CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
            "CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(
                f"{n}:{role}" for n, role in ACCOUNTS.items()
            ),
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.credentials.accounts),
            "CORE__EXECUTION_API_SERVER_URL": f"{self.airflow_url}/execution/",
            "API__BASE_URL": self.airflow_url,
            "DATABASE__SQL_ALCHEMY_CONN": database_url,
            "DATABASE__SQL_ALCHEMY_CONN_ASYNC": database_url,
            "LOGGING__BASE_LOG_FOLDER": str(logs / "airflow"),
            "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(logs / "dag-files"),
        }
        options = {f"AIRFLOW__{name}": v for name, v in (AIRFLOW_OPTIONS | places).items()}
        return {
            **options,
            **self._task_environment(),
            "AIRFLOW_HOME": str(self.layout.airflow),
            "TRAINING_SCHEDULE": self.settings.training_schedule,
        }

    def _console(self) -> Iterator[Program]:
        environment = {
            **self._task_environment(),
            "CONSOLE_PUBLIC_URL": self.console_url,
            "AIRFLOW_URL": self.airflow_url,
            "GRAFANA_URL": self.grafana_url,
            "DATABASE_URL": self.postgres.url("console", "mlflow"),
            "CONSOLE_STATE_DIR": str(self.layout.console),
            "SIGNIN_LINK_FILE": str(self.layout.signin_link),
            "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
            "STREAMLIT_SERVER_PORT": str(self.settings.console_port),
            "STREAMLIT_SERVER_HEADLESS": "true",
        }
        program = partial(Program, environment=environment)
        server = python("streamlit", "run", "app/server.py")
        yield program("console", "Console", server, address=self.console_url)
        for name, command in {"console-migrate": "upgrade", "console-detach": "detach"}.items():
            yield program(
                name, "Console's tables", python("app.database.migrations", command), once=True
            )

    def _grafana(self) -> Iterator[Program]:
        home = find_grafana()
        if home is None:
            return
        yield Program(
            "grafana",
            "Grafana",
            (str(shutil.which("grafana")), "server", f"--homepath={home}"),
            environment=self._grafana_environment(),
            secret_files=self._files(GRAFANA_KEY_FILES),
            address=self.grafana_url,
        )

    def _grafana_environment(self) -> dict[str, str]:
        return {
            **GRAFANA_OPTIONS,
            "GF_SERVER_HTTP_ADDR": "127.0.0.1",
            "GF_SERVER_HTTP_PORT": str(self.settings.grafana_port),
            "GF_PATHS_DATA": str(self.layout.grafana),
            "GF_PATHS_LOGS": str(self.layout.logs / "grafana"),
            "GF_PATHS_PROVISIONING": str(REPOSITORY / "grafana" / "provisioning"),
            # Read by the provisioning files.
            "GRAFANA_DB_URL": self.postgres.address,
            "GRAFANA_DB_SSLMODE": "disable",
            "GRAFANA_DASHBOARDS": str(REPOSITORY / "grafana" / "dashboards"),
            "CONSOLE_URL": self.console_url,
            "ALERT_RECEIVER": self.settings.alert_receiver,
            "ALERT_EMAIL": self.settings.alert_email,
            "ALERT_WEBHOOK_URL": self.settings.alert_webhook_url,
        }

    def _sample(self) -> Iterator[Program]:
        places = (str(self.layout.root), self.airflow_url)
        seed = python("compose.launcher.seed", *places, str(self.settings.seed_rows))
        environment = self._task_environment()
        yield Program("sample", "Sample data", seed, environment=environment, once=True)

    def _task_environment(self) -> dict[str, str]:
        return {
            "MLFLOW_TRACKING_URI": self.mlflow_url,
            "PIPELINE_CACHE_DIR": str(self.layout.cache),
        }

    def _files(self, key_files: Mapping[str, str]) -> dict[str, str]:
        return {name: str(self.credentials.folder / file) for name, file in key_files.items()}
