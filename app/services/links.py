"""Addresses of the exact page: in Airflow, in MLflow and of the console's own downloads."""

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

    def anomalies(self, run_id: str, *, top: int | None, only_anomalies: bool) -> str:
        """Return the console's own address that downloads scored rows as CSV."""
        choice = {"rows": "anomalies" if only_anomalies else "all"}
        if top is not None:
            choice["top"] = str(top)
        return f"/download/anomalies/{run_id}?{urlencode(choice)}"
