"""Folders and files below ``STATE_DIR``."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SEEDED = "done"


def has_been_seeded(sample_folder: Path) -> bool:
    """Tell whether the sample data was registered and its run triggered, now or before."""
    return (sample_folder / SEEDED).exists()


class Layout:
    """The folders and files of one stack; ``root`` is its ``STATE_DIR``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.secrets = root / "secrets"  # passwords and keys, one file each
        self.logs = root / "logs"  # one log file per process, and Airflow's task logs
        self.airflow = root / "airflow"  # Airflow's home
        self.artifacts = root / "mlflow" / "artifacts"
        self.grafana = root / "grafana"
        self.console = root / "console"  # uploads and caches
        self.signin_link = self.console / "signin_link.json"  # hash of the one-time sign-in token
        self.cache = root / "cache"  # the pipeline's local copies of data sets
        self.sample = root / "sample"  # the sample data and the progress of its registration

        self.postgres = root / "postgres"  # the database cluster and its socket
        self.postgres_data = self.postgres / "data"

        self.run = root / "run"  # files of the running stack
        self.lock = self.run / "launcher.json"  # locked by the launcher while it lives
        self.supervisor_socket = self.run / "supervisor.sock"
        # On the supervisor's command line, where it identifies the stack.
        self.supervisor_configuration = self.run / "supervisord.conf"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Folders that are closed to other users."""
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

    def create(self) -> None:
        """Make the folders that are missing; other users may pass through ``STATE_DIR`` only."""
        if not self.root.exists():
            self.root.mkdir(parents=True)
            self.root.chmod(0o711)
        for folder in self.folders:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
