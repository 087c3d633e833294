"""The order in which the stack comes up: what can go side by side does."""

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime

from compose.launcher import readiness
from compose.launcher.progress import Progress
from compose.launcher.services import Services
from compose.launcher.supervisor import Supervisor
from compose.launcher.versions import airflow_versions, mlflow_version
from compose.launcher.waiting import Patience


@dataclass
class BringUp:
    """Starts every service and returns once all of them are ready."""

    services: Services
    supervisor: Supervisor
    patience: Patience
    progress: Progress

    def __call__(self) -> None:
        """Start the database, then the others at the same time.

        Raises
        ------
        LaunchError
            A service cannot be started; the waits for the others have been ended.
        InterruptedStartError
            Somebody asked to stop.
        """
        self._postgres()
        with ThreadPoolExecutor() as pool:
            work = [pool.submit(part) for part in (self._mlflow, self._airflow, self._console)]
            done, _ = wait(work, return_when=FIRST_EXCEPTION)
            failures = [error for part in done if (error := part.exception())]
            if failures:
                self.patience.stopping.set()
        for failure in failures:
            raise failure

    def _postgres(self) -> None:
        with self.progress.step("PostgreSQL is ready"):
            self.patience.until(self.supervisor.answers, "the start of the supervisor")
            self._start("postgres")
            self._await("postgres", self.services.postgres.is_ready, "PostgreSQL's answer")
            self.services.postgres.create_databases()

    def _mlflow(self) -> None:
        with self.progress.step("MLflow is ready"):
            stamped = self._migrate_mlflow()
            self._start("mlflow")
            health = f"{self.services.mlflow_url}/health"
            self._await("mlflow", lambda: readiness.answers(health), "MLflow's answer")
            self.services.postgres.stamp_version("mlflow", stamped)
        with self.progress.step("Console's tables are up to date"):
            self._run_once("console-migrate")

    def _migrate_mlflow(self) -> str:
        """Upgrade tables of another version; on an empty database the server makes them itself."""
        postgres = self.services.postgres
        installed = mlflow_version()
        if postgres.version_stamp("mlflow") != installed and postgres.has_tables("mlflow"):
            self._run_once("console-detach")
            self._run_once("mlflow-migrate")
        return installed

    def _airflow(self) -> None:
        begin = datetime.now(UTC)
        self._migrate_airflow()
        address = self.services.airflow_url
        with self.progress.step("Airflow is ready"):
            for name in ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor"):
                self._start(name)
            self._await(
                "airflow-api-server",
                lambda: readiness.airflow_is_healthy(address),
                "Airflow's health",
            )
            warm = f"{address}/execution/health"
            self._await("airflow-api-server", lambda: readiness.answers(warm), "Airflow's task API")
        with self.progress.step("DAGs are known"):
            self._await_dags(begin)

    def _migrate_airflow(self) -> None:
        postgres = self.services.postgres
        installed = airflow_versions()
        if postgres.version_stamp("airflow") != installed:
            with self.progress.step("Airflow's tables are up to date"):
                self._run_once("airflow-migrate")
                postgres.stamp_version("airflow", installed)

    def _await_dags(self, begin: datetime) -> None:
        password = self.services.credentials.account_password("admin")
        token = readiness.sign_in(self.services.airflow_url, "admin", password)
        dags = readiness.Dags(self.services.airflow_url, token, begin)
        self._await("airflow-dag-processor", dags.are_known, "the reading of the DAG files")

    def _console(self) -> None:
        with self.progress.step("Console is ready"):
            self._start("console")
            health = f"{self.services.console_url}/healthz"
            self._await("console", lambda: readiness.answers(health), "the console's answer")

    def _start(self, name: str) -> None:
        self.supervisor.start_program(name)

    def _run_once(self, name: str) -> None:
        self._start(name)
        self.patience.until(lambda: self.supervisor.has_finished(name), f"the end of {name}")

    def _await(self, name: str, ready: Callable[[], bool], what: str) -> None:
        def ready_or_failed() -> bool:
            self.supervisor.check(name)
            return ready()

        self.patience.until(ready_or_failed, what)
