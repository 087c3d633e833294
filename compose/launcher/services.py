"""The programs of the stack and the addresses they answer on."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compose.launcher import airflow, grafana
from compose.launcher.credentials import Credentials
from compose.launcher.layout import REPOSITORY, Layout
from compose.launcher.postgres import Postgres
from compose.launcher.programs import Program
from compose.launcher.settings import LauncherSettings

QUIET = {
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
CONSOLE_ENTRY = "app/server.py"
# What the tasks import, so that a forked task has it already.
PRELOADED = ("pipeline.steps", "pipeline.report", "skops.io")


@dataclass(frozen=True)
class Services:
    """Everything needed to describe the programs of one stack."""

    settings: LauncherSettings
    layout: Layout
    credentials: Credentials
    postgres: Postgres

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

    def programs(self) -> Iterator[Program]:
        """Yield every program but PostgreSQL."""
        yield from self._mlflow()
        yield from self._airflow()
        yield from self._console()
        yield from self._grafana()
        yield self._sample()

    def _mlflow(self) -> Iterator[Program]:
        url = self.postgres.url("mlflow", "mlflow")
        where = ("--host", "127.0.0.1", "--port", str(self.settings.mlflow_port), "--workers", "1")
        store = ("--backend-store-uri", url)
        proxy = ("--serve-artifacts", "--artifacts-destination", self.layout.artifacts.as_uri())
        yield self._python(
            "mlflow",
            "MLflow",
            ("mlflow", "server", *where, *store, *proxy),
            environment={"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            secret_files={
                "MLFLOW_FLASK_SERVER_SECRET_KEY": str(self.credentials.folder / "mlflow_secret_key")
            },
            address=self.mlflow_url,
        )
        yield self._python(
            "mlflow-migrate", "MLflow's tables", ("mlflow", "db", "upgrade", url), once=True
        )

    def _airflow(self) -> Iterator[Program]:
        port = str(self.settings.airflow_port)
        api = ("airflow", "api-server", "--host", "127.0.0.1", "--port", port)
        preload = ("compose.launcher.preload", *PRELOADED, "--")
        scheduler = (*preload, "airflow", "scheduler", "--skip-serve-logs")
        yield self._airflow_program(
            "airflow-api-server", "Airflow API", api, address=self.airflow_url
        )
        yield self._airflow_program("airflow-scheduler", "Airflow scheduler", scheduler)
        yield self._airflow_program(
            "airflow-dag-processor", "Airflow DAG processor", ("airflow", "dag-processor")
        )
        yield self._airflow_program(
            "airflow-migrate", "Airflow's tables", ("airflow", "db", "migrate"), once=True
        )

    def _airflow_program(
        self,
        name: str,
        title: str,
        module: tuple[str, ...],
        *,
        address: str = "",
        once: bool = False,
    ) -> Program:
        configuration = airflow.environment(
            self.layout,
            self.credentials,
            database_url=self.postgres.url("airflow", "airflow"),
            address=self.airflow_url,
        )
        return self._python(
            name,
            title,
            module,
            environment={
                **configuration,
                **self._for_tasks(),
                "TRAINING_SCHEDULE": self.settings.training_schedule,
            },
            secret_files=airflow.key_files(self.credentials),
            address=address,
            once=once,
        )

    def _for_tasks(self) -> dict[str, str]:
        return {
            "MLFLOW_TRACKING_URI": self.mlflow_url,
            "PIPELINE_CACHE_DIR": str(self.layout.cache),
        }

    def _console(self) -> Iterator[Program]:
        places = {
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
        environment = {**places, **self._for_tasks()}
        page = ("streamlit", "run", "app/server.py")
        yield self._python(
            "console", "Console", page, environment=environment, address=self.console_url
        )
        for name, command in {"console-migrate": "upgrade", "console-detach": "detach"}.items():
            yield self._python(
                name,
                "Console's tables",
                ("app.database.migrations", command),
                environment=environment,
                once=True,
            )

    @property
    def grafana_url(self) -> str:
        """Where Grafana answers; empty where it is not installed."""
        installed = grafana.find_home() is not None
        return f"http://127.0.0.1:{self.settings.grafana_port}" if installed else ""

    def _grafana(self) -> Iterator[Program]:
        home = grafana.find_home()
        if home is None:
            return
        yield Program(
            name="grafana",
            title="Grafana",
            command=grafana.command(home),
            environment=grafana.environment(
                self.settings,
                self.layout,
                database=self.postgres.address,
                console_url=self.console_url,
            ),
            secret_files=grafana.secret_files(self.credentials),
            await_command=self.postgres.is_ready_command,
            address=self.grafana_url,
        )

    def _sample(self) -> Program:
        return self._python(
            "sample",
            "Sample data",
            (
                "compose.launcher.seed",
                str(self.layout.root),
                self.airflow_url,
                self.mlflow_url,
                str(self.settings.seed_rows),
            ),
            environment=self._for_tasks(),
            once=True,
        )

    def _python(
        self,
        name: str,
        title: str,
        module: tuple[str, ...],
        *,
        environment: Mapping[str, str] | None = None,
        secret_files: Mapping[str, str] | None = None,
        address: str = "",
        once: bool = False,
    ) -> Program:
        return Program(
            name=name,
            title=title,
            command=(sys.executable, "-m", *module),
            environment={**EVERYWHERE, **QUIET, **(environment or {})},
            secret_files=secret_files or {},
            await_command=self.postgres.is_ready_command,
            address=address,
            once=once,
        )
