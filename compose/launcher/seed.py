"""Fill an empty store with the sample data set and one run of the training DAG on it.

Started by the supervisor as ``python -m compose.launcher.seed STATE_DIR AIRFLOW ROWS``
after the stack is ready. If interrupted, it continues at the next start: each step leaves a marker
file or has the same result when repeated.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from compose.launcher.credentials import SIGNIN_ACCOUNT, Credentials
from compose.launcher.health import CLIENT, sign_in
from compose.launcher.layout import SEEDED, Layout
from pipeline.orchestration import TRAIN_DAG
from pipeline.tracking.client import TrackingServer, tracking_server
from pipeline.tracking.names import DATASET_EXPERIMENT, EXPERIMENT
from pipeline.tracking.runs import search_runs

RUN_ID = "sample-first-run"
CSV = "traffic_accidents_sample.csv"
BEGUN = "begun"


def run_pipeline(*arguments: str) -> str:
    """Run a command of the pipeline and return its result; what else it says goes to the log."""
    command = (sys.executable, "-m", "pipeline", *arguments)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@dataclass(frozen=True)
class Seeding:
    """The way from an empty store to a run on the sample data."""

    folder: Path  # of the sample data and the marker files
    airflow_url: str
    mlflow: TrackingServer
    rows: int
    password: str = field(repr=False)  # of Airflow's account that triggers the run
    pipeline: Callable[..., str] = run_pipeline

    def run(self) -> None:
        """Do what is left to do; a store that somebody else has filled is left alone."""
        begun = self.folder / BEGUN
        if begun.exists() or self._store_is_empty():
            begun.touch()
            registered = self.pipeline("register", str(self._generate()))
            self._trigger(dataset=registered.split()[-1])
        (self.folder / SEEDED).touch()

    def _store_is_empty(self) -> bool:
        experiments = (DATASET_EXPERIMENT, EXPERIMENT)
        return not search_runs(self.mlflow, limit=1, experiments=experiments).runs

    def _generate(self) -> Path:
        """Write the data once; half a file never has the final name."""
        ready = self.folder / "data"
        if not ready.exists():
            fresh = self.folder / "data.new"
            fresh.mkdir(exist_ok=True)
            self.pipeline("sample", str(fresh / CSV), "--rows", str(self.rows))
            fresh.rename(ready)
        return ready / CSV

    def _trigger(self, dataset: str) -> None:
        """Trigger the one run; Airflow answers 409 where it was triggered already."""
        token = sign_in(self.airflow_url, SIGNIN_ACCOUNT, self.password)
        answer = CLIENT.post(
            f"{self.airflow_url}/api/v2/dags/{TRAIN_DAG}/dagRuns",
            headers={"Authorization": f"Bearer {token}"},
            json={"dag_run_id": RUN_ID, "logical_date": None, "conf": {"dataset": dataset}},
        )
        if answer.status_code != httpx.codes.CONFLICT:
            answer.raise_for_status()
        sys.stdout.write(f"{TRAIN_DAG}: run {RUN_ID} on data set {dataset}\n")


if __name__ == "__main__":
    state_dir, airflow_url, rows = sys.argv[1:]
    layout = Layout(Path(state_dir))
    password = Credentials(layout.secrets).account_password(SIGNIN_ACCOUNT)
    Seeding(layout.sample, airflow_url, tracking_server(), int(rows), password).run()
