"""The base stack: its first run, an operator's work, who may do what, a restart, a backup."""

import re
import subprocess
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from compose.launcher.seed import RUN_ID
from tests.e2e.operator import Operator
from tests.e2e.test_journey import Accidents, read, retrain, score
from tests.servers.airflow import AirflowApi
from tests.servers.compose_files import COMPOSE
from tests.servers.containers import ContainerStack

DIRECT = httpx.Client(timeout=60, trust_env=False)


def test_a_missing_secret_stops_the_start_with_its_name(tmp_path: Path) -> None:
    """Nothing is started with an empty or a default password."""
    (tmp_path / "env").touch()
    command = ("docker", "compose", "--env-file", str(tmp_path / "env"), "config", "--quiet")
    done = subprocess.run(command, cwd=COMPOSE, capture_output=True, text=True, check=False)
    assert done.returncode
    assert re.search(r"variable \w+_(PASSWORD|KEY|SECRET) is missing", done.stderr)
    assert "run make env" in done.stderr


def test_the_first_start_leaves_a_finished_run(airflow: AirflowApi) -> None:
    """On the sample data, as the embedded stack's does."""
    airflow.finished(RUN_ID)


def test_an_operator_s_journey(operator: Operator, accidents: Accidents, tmp_path: Path) -> None:
    """Upload, both parameters, trigger, watch, inspect, score another file, take it away."""
    retrain(operator, operator.upload_data_set(accidents(1500, 1)), "50", "0.05")
    operator.press("Explore anomalies")
    operator.heading("Anomalies")
    expect(operator.page.get_by_test_id("stMetricValue").first).to_have_text("5.00 %")
    score(operator, operator.upload_data_set(accidents(1000, 2)))
    assert len(read(operator.download("Download the scored CSV", tmp_path))) == 1000


def test_who_did_it_is_on_record(airflow: AirflowApi) -> None:
    """By name, not by the number that FAB's own tokens hold."""
    runs = airflow.get("/dags/~/dagRuns")["dag_runs"]
    assert {run["triggering_user_name"] for run in runs} == {"admin", "operator"}


def test_a_viewer_may_not_trigger(stack: ContainerStack) -> None:
    """Airflow refuses whatever the console shows."""
    account = stack.account("viewer")
    viewer = AirflowApi(stack.airflow_url, account.username, account.password)
    assert viewer.get("/dags/~/dagRuns")["total_entries"] >= 1
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        viewer.trigger({})


def test_nobody_comes_in_without_an_account(stack: ContainerStack) -> None:
    """MLflow, Airflow and the console ask; PostgreSQL cannot even be reached."""
    search = f"{stack.mlflow_url}/api/2.0/mlflow/experiments/search"
    assert DIRECT.post(search, json={"max_results": 1}).status_code == 401
    assert DIRECT.get(f"{stack.airflow_url}/api/v2/dags").status_code == 401
    assert DIRECT.get(f"{stack.console_url}/").status_code == 401
    published = stack.compose("ps", "--format", "{{.Service}} {{.Ports}}").stdout
    assert "127.0.0.1" in published
    assert not [line for line in published.splitlines() if "postgres" in line and "->" in line]
    assert "0.0.0.0:" not in published


def test_nobody_is_root_and_nothing_of_an_image_can_be_changed(stack: ContainerStack) -> None:
    """Asked of the containers themselves."""
    for service in stack.compose("ps", "--services").stdout.split():
        assert stack.inside(service, "id", "-u").strip() != "0", service
        probe = stack.command("exec", "--no-TTY", service, "touch", "/usr/probe")
        done = subprocess.run(probe, env=stack.environment, capture_output=True, check=False)
        assert done.returncode, service


def test_a_role_reads_no_more_than_it_needs(stack: ContainerStack) -> None:
    """The console no accounts of MLflow, Grafana no table of MLflow."""

    def ask(role: str, variable: str, database: str, query: str) -> str:
        address = f"postgresql://{role}:{stack.secrets[variable]}@127.0.0.1/{database}"
        command = stack.command("exec", "--no-TTY", "postgres", "psql", address, "-c", query)
        done = subprocess.run(
            command, env=stack.environment, capture_output=True, text=True, check=False
        )
        return done.stderr

    console, grafana = "POSTGRES_CONSOLE_PASSWORD", "POSTGRES_GRAFANA_PASSWORD"
    assert "permission denied" in ask("console", console, "mlflow_accounts", "SELECT 1")
    assert "permission denied" in ask("console", console, "airflow", "SELECT 1")
    assert "permission denied" in ask("console", console, "mlflow", "DELETE FROM runs")
    assert "permission denied" in ask("grafana_reader", grafana, "mlflow", "SELECT * FROM runs")
    view = "SELECT * FROM monitoring.runs"
    assert ask("grafana_reader", grafana, "mlflow", view) == ""


def test_passwords_are_hashed(stack: ContainerStack) -> None:
    """Airflow's and MLflow's databases hold none in the clear."""
    dump = stack.compose("run", "--rm", "--no-TTY", "--entrypoint", "sh", "backup", "-c", DUMP)
    assert "operator" in dump.stdout
    accounts = [name for name in stack.secrets if re.match(r"(AIRFLOW|MLFLOW)_\w+_PASSWORD", name)]
    assert [name for name in accounts if stack.secrets[name] in dump.stdout] == []


DUMP = """
bin=$(python -c 'from compose.launcher.postgres import find_binaries; print(find_binaries())')
for name in airflow mlflow_accounts; do $bin/pg_dump --username=postgres $name; done
"""


def test_grafana_gets_its_files(stack: ContainerStack) -> None:
    """It answers, and the folders that it is told of hold something."""
    assert DIRECT.get(f"{stack.grafana_url}/api/health").is_success
    for folder in ("provisioning/datasources", "provisioning/alerting", "dashboards"):
        assert stack.inside("grafana", "ls", f"/etc/grafana/{folder}").strip()


def data_sets(stack: ContainerStack) -> set[str]:
    """Return the runs that MLflow holds, as the account of console and tasks."""
    account = ("anomaly-console", stack.secrets["MLFLOW_SERVICE_PASSWORD"])
    api = f"{stack.mlflow_url}/api/2.0/mlflow"
    found = DIRECT.post(f"{api}/experiments/search", json={"max_results": 50}, auth=account)
    numbers = [each["experiment_id"] for each in found.raise_for_status().json()["experiments"]]
    query = {"experiment_ids": numbers, "max_results": 500}
    runs = DIRECT.post(f"{api}/runs/search", json=query, auth=account).raise_for_status().json()
    return {run["info"]["run_id"] for run in runs["runs"]}


def sees_the_run(operator: Operator) -> None:
    """Find the sample's first run with its rows, which are an artifact."""
    operator.open("anomalies")
    operator.heading("Anomalies")
    expect(operator.page.get_by_test_id("stDataFrame").first).to_be_visible()


def test_a_restart_loses_nothing(stack: ContainerStack, operator: Operator) -> None:
    """Containers are made anew, volumes and sessions stay; the sample is not made again."""
    before = data_sets(stack)
    stack.down()
    stack.up()
    assert data_sets(stack) == before
    sees_the_run(operator)


def test_a_backup_fills_an_empty_stack(stack: ContainerStack, operator: Operator) -> None:
    """Databases, artifacts, accounts and sessions; a stack that holds anything is refused."""
    before = data_sets(stack)
    with stack.file("backup.tar").open("wb") as backup:
        stack.stream("backup", stdout=backup)
    with pytest.raises(subprocess.CalledProcessError), stack.file("backup.tar").open("rb") as again:
        stack.stream("restore", stdin=again)
    stack.down("--volumes")
    with stack.file("backup.tar").open("rb") as backup:
        stack.stream("restore", stdin=backup)
    stack.up()
    assert data_sets(stack) == before
    sees_the_run(operator)
