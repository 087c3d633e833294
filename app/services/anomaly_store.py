"""Where the scored rows of each run are kept on the console's disk."""

from pathlib import Path

from app.clients.mlflow import MlflowClient
from app.services import names, scored_store
from app.services.disk_cache import DiskCache
from app.services.links import Links
from app.services.run_model import parse_run
from app.services.scored_rows import ScoredRows


class StoredRuns:
    """Scored files of runs, fetched once, and the databases made of them.

    Parameters
    ----------
    files
        Where scored files and files built for download are kept on the console's disk.
    """

    def __init__(self, mlflow: MlflowClient, files: DiskCache, links: Links) -> None:
        self._mlflow = mlflow
        self._files = files
        self._links = links

    def scored_path(self, run_id: str) -> Path:
        """Return where the run's scored rows lie on the console's disk; the first call fetches."""
        return self._files.get(
            f"{run_id}-scored.parquet",
            lambda target: self._mlflow.download(run_id, names.SCORED_PARQUET, target),
        )

    def score_threshold(self, run_id: str) -> float:
        """Return the raw score below which the run flagged its rows; kept beside them."""

        def ask(target: Path) -> None:
            target.write_text(repr(parse_run(self._mlflow.run(run_id), "").score_threshold))

        return float(self._files.get(f"{run_id}-threshold.txt", ask).read_text())

    def rows_of(self, run_id: str) -> ScoredRows:
        """Return the run's scored rows to be questioned; the first call fetches and prepares."""

        def make(target: Path) -> None:
            scored_store.make(self.scored_path(run_id), target)

        return ScoredRows(self._files.get(f"{run_id}-scored.duckdb", make))
