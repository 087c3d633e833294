"""Where everything lies below ``STATE_DIR``."""

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Layout:
    """The folders and files of one stack; ``root`` is its ``STATE_DIR``."""

    root: Path

    @property
    def run(self) -> Path:
        """What is known of the running stack: lock, program files, supervisor's files."""
        return self.root / "run"

    @property
    def secrets(self) -> Path:
        """Passwords and keys, one file each."""
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        """One log file a process, and Airflow's logs of tasks."""
        return self.root / "logs"

    @property
    def airflow(self) -> Path:
        """Airflow's home."""
        return self.root / "airflow"

    @property
    def artifacts(self) -> Path:
        """Artifacts that the MLflow server keeps."""
        return self.root / "mlflow" / "artifacts"

    @property
    def grafana(self) -> Path:
        """Grafana's own data, where it is installed."""
        return self.root / "grafana"

    @property
    def console(self) -> Path:
        """The console's uploads, caches and the one-time link."""
        return self.root / "console"

    @property
    def cache(self) -> Path:
        """Local copies of data sets that the pipeline keeps."""
        return self.root / "cache"

    @property
    def sample(self) -> Path:
        """The generated sample data and how far its registration got."""
        return self.root / "sample"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's own folder: its data and its socket."""
        return self.root / "postgres"

    @property
    def postgres_data(self) -> Path:
        """The database cluster."""
        return self.postgres / "data"

    @property
    def signin_link(self) -> Path:
        """The hash of the one-time sign-in token."""
        return self.console / "signin_link.json"

    @property
    def supervisor_socket(self) -> Path:
        """Where the supervisor answers."""
        return self.run / "supervisor.sock"

    @property
    def supervisor_configuration(self) -> Path:
        """What the supervisor runs; its path on a command line tells whose supervisor that is."""
        return self.run / "supervisord.conf"

    @property
    def lock(self) -> Path:
        """Held by the launcher while it lives."""
        return self.run / "launcher.json"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Folders that hold state and are closed to other users."""
        return (
            self.run,
            self.secrets,
            self.logs,
            self.airflow,
            self.artifacts,
            self.console,
            self.cache,
            self.sample,
        )

    def log_of(self, program: str) -> Path:
        """Return the log file of a program."""
        return self.logs / f"{program}.log"

    def postgres_socket(self, port: int) -> Path:
        """Return the socket that PostgreSQL makes in its folder."""
        return self.postgres / f".s.PGSQL.{port}"

    def create(self) -> None:
        """Make the folders that are missing; other users may pass through ``STATE_DIR`` only."""
        if not self.root.exists():
            self.root.mkdir(parents=True)
            self.root.chmod(0o711)
        for folder in self.folders:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
