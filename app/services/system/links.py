"""Addresses of pages in Airflow and MLflow, and of the console's own downloads."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Links:
    """Builds addresses that the operator's browser can open.

    Attributes
    ----------
    airflow, mlflow
        Where the browser reaches them.
    """

    airflow: str
    mlflow: str

    def run(self, experiment_id: str, run_id: str) -> str:
        """Return a run's page in MLflow."""
        return f"{self.mlflow}/#/experiments/{experiment_id}/runs/{run_id}"

    def job(self, dag_id: str, dag_run_id: str) -> str:
        """Return a DAG run's page in Airflow."""
        return f"{self.airflow}/dags/{dag_id}/runs/{quote(dag_run_id, safe='')}"

    def task(self, dag_id: str, dag_run_id: str, task_id: str) -> str:
        """Return a task's page in Airflow."""
        return f"{self.job(dag_id, dag_run_id)}/tasks/{quote(task_id, safe='')}"

    def artifact(self, run_id: str, path: str) -> str:
        """Return the console's own address that downloads a file of a run."""
        return f"/download/run/{run_id}/{quote(path)}"

    def scored_rows(self, run_id: str, choice: Sequence[tuple[str, str]]) -> str:
        """Return the console's own address that downloads chosen rows of a scored run."""
        return f"/download/anomalies/{run_id}?{urlencode(choice)}"

    def record(self, run_id: str, row: int) -> str:
        """Return the console's own address that downloads one row as JSON."""
        return f"/download/anomalies/{run_id}/rows/{row}"
