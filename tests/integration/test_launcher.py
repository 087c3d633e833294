"""The embedded stack from outside: start, inspect, kill, stop, start again.

One stack serves all tests of this module, in a folder below one that only its owner may enter.
"""

import json
import os
import pwd
import re
import shutil
import signal
import stat
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from app.services.jobs.schedule import ScheduleKind
from app.services.jobs.types import JobState
from app.services.runs.queries import RunFilter
from app.wiring import Console
from compose.launcher.health import airflow_is_healthy, answers
from compose.launcher.layout import Layout
from compose.launcher.postgres import PASS_THROUGH
from compose.launcher.processes import processes_of, supervisors_of
from compose.launcher.supervisor import Supervisor
from pipeline.tracking.runs import RunKind, RunStatus
from tests.journey import register, share_on, wait_for, write_machines
from tests.servers.stack import Stack, short_folder

SERVICES = {
    "airflow-api-server",
    "airflow-dag-processor",
    "airflow-scheduler",
    "console",
    "mlflow",
    "postgres",
}
RECOVERY_SECONDS = 300


@pytest.fixture(scope="module")
def own() -> Iterator[Stack]:
    """A running stack of this module, whose processes may be killed."""
    closed = short_folder()
    closed.chmod(0o700)
    settings = {"POSTGRES_PORT": "", "TRAINING_SCHEDULE": "on_upload"}
    with Stack(folder=closed / "state", settings=settings) as running:
        yield running
    left = everything_of(running)
    shutil.rmtree(closed)
    assert left == []


def everything_of(stack: Stack) -> list[psutil.Process]:
    """Return every process that belongs to a stack, its supervisor included."""
    layout = Layout(stack.state_dir)
    return [*supervisors_of(layout), *processes_of(layout)]


def pids(stack: Stack) -> dict[str, int]:
    """Return the process number of every program that runs."""
    states = Supervisor(Layout(stack.state_dir)).states()
    return {state.name: state.pid for state in states if state.status == "RUNNING"}


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def is_healthy(stack: Stack) -> bool:
    """Tell whether every service runs and is healthy."""
    return (
        pids(stack).keys() >= SERVICES
        and airflow_is_healthy(stack.airflow_url)
        and answers(f"{stack.mlflow_url}/api/2.0/mlflow/experiments/get?experiment_id=0")
        and answers(f"{stack.console_url}/healthz")
    )


def sign_in(stack: Stack, username: str) -> httpx.Response:
    """Ask Airflow for a token of one of the stack's accounts."""
    account = stack.account(username)
    body = {"username": account.username, "password": account.password}
    return httpx.post(f"{stack.airflow_url}/auth/token", json=body)


def secrets_of(stack: Stack) -> set[str]:
    """Return every password and key of a stack."""
    folder = stack.state_dir / "secrets"
    accounts = json.loads((folder / "airflow_passwords.json").read_text()).values()
    files = [file.read_text().strip() for file in folder.iterdir() if file.suffix != ".json"]
    return {*accounts, *(line.rsplit(":", maxsplit=1)[-1] for line in files)}


def test_start_ends_in_one_line_with_the_address(own: Stack) -> None:
    """Before it come timed steps, the account and a link that signs in once."""
    lines = [line.rstrip() for line in own.output]
    assert lines[-1] == f"Console ready: {own.console_url}"
    assert sum(line.startswith("Console ready") for line in lines) == 1
    steps = [line for line in lines if re.fullmatch(r" +\d+\.\d s  .+ \(\d+\.\d s\)", line)]
    assert len(steps) >= 6
    assert any(line.startswith("Account: admin, password in ") for line in lines)
    assert own.signin_link.startswith(f"{own.console_url}/signin/once?token=")


def test_stack_listens_on_loopback_only(own: Stack) -> None:
    """Its processes listen on the three ports of 127.0.0.1 and on no other."""
    listening = {
        (connection.laddr.ip, connection.laddr.port)
        for process in everything_of(own)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    ports = ("CONSOLE_PORT", "AIRFLOW_PORT", "MLFLOW_PORT")
    assert listening == {("127.0.0.1", int(own.environment[name])) for name in ports}


def test_secrets_are_in_private_files_only(own: Stack) -> None:
    """The files have mode 600; no command line, log or program file holds a secret."""
    folder = own.state_dir / "secrets"
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    commands = [" ".join(process.cmdline()) for process in everything_of(own)]
    files = [*(own.state_dir / "logs").rglob("*.log"), *(own.state_dir / "run").glob("*.*")]
    texts = [file.read_text(errors="replace") for file in files if file.is_file()]
    assert [s for s in secrets_of(own) for seen in (*commands, *texts) if s in seen] == []


@pytest.mark.parametrize("username", ["admin", "operator", "viewer"])
def test_every_account_can_sign_in(own: Stack, username: str) -> None:
    """The generated password of each is accepted, another is not."""
    assert sign_in(own, username).status_code == 201
    wrong = {"username": username, "password": "guess"}
    assert httpx.post(f"{own.airflow_url}/auth/token", json=wrong).status_code == 401


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_services_answer_to_both_names_of_this_machine(own: Stack, host: str) -> None:
    """MLflow refuses other names that point to this machine."""
    for url in (own.console_url + "/healthz", own.mlflow_url, own.airflow_url):
        address = url.replace("127.0.0.1", host)
        assert httpx.get(address, follow_redirects=True).status_code == 200
    experiments = f"{own.mlflow_url}/api/2.0/mlflow/experiments/get?experiment_id=0"
    assert httpx.get(experiments, headers={"Host": "evil.example"}).status_code == 403


def test_dags_are_known_and_not_paused(own: Stack) -> None:
    """A click on Retrain right after the start runs at once."""
    token = sign_in(own, "viewer").json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    found = httpx.get(f"{own.airflow_url}/api/v2/dags", headers=headers).json()["dags"]
    assert {dag["dag_id"] for dag in found if not dag["is_paused"]} == {
        "traffic_anomaly_detection_mlflow",
        "traffic_anomaly_scoring_mlflow",
    }


@pytest.fixture
def console(own: Stack) -> Iterator[Console]:
    """The operator's console on the stack."""
    account = own.account("operator")
    with share_on(own) as common:
        yield Console(common.identities.sign_in("operator", account.password), common)


def test_upload_starts_a_retraining(console: Console, tmp_path: Path) -> None:
    """The scheduler triggers it; two uploads at once make one run or two, a known file none."""
    wait_for(lambda: console.schedule.timetable().kind, lambda seen: seen is ScheduleKind.ON_UPLOAD)
    begun = datetime.now(UTC)
    datasets = []
    for seed in (1, 2):
        write_machines(tmp_path / f"machines_{seed}.csv", seed)
        datasets.append(register(console, tmp_path / f"machines_{seed}.csv"))
    with ThreadPoolExecutor(2) as pool:
        started = pool.map(lambda dataset: console.schedule.announce(dataset, begun), datasets)
    assert list(started) == [True, True]
    jobs = console.training
    ended = wait_for(lambda: jobs.recent(10), lambda seen: seen and all(j.ended for j in seen), 240)
    assert {(job.state, job.requested_by) for job in ended} == {(JobState.SUCCESS, "scheduler")}
    trained = console.runs.search(RunFilter(kind=RunKind.TRAIN)).runs
    assert len(trained) == len(ended) in {1, 2}
    assert {run.requested_by for run in trained} == {"scheduler"}
    read = {run.dataset_id for run in trained}
    assert len(read) == len(trained)
    assert read <= {dataset.dataset_id for dataset in datasets}

    later = datetime.now(UTC)
    again = register(console, tmp_path / "machines_1.csv")
    assert again.dataset_id == datasets[0].dataset_id
    assert console.schedule.announce(again, later) is False


def test_console_s_role_reads_mlflow_and_writes_its_own_tables_only(own: Stack) -> None:
    """It sees the runs and may not change them."""
    engine = create_engine(own.env["DATABASE_URL"])
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM public.experiments")).scalar_one() >= 1
        connection.execute(text("CREATE TABLE console.scratch (a int)"))
        connection.execute(text("DROP TABLE console.scratch"))
        with pytest.raises(ProgrammingError, match="permission denied"), connection.begin_nested():
            connection.execute(text("DELETE FROM public.runs"))
    engine.dispose()


def test_database_requires_passwords(own: Stack) -> None:
    """Access to the socket is not enough."""
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(
            host=str(own.state_dir / "postgres"),
            port=5432,
            user="postgres",
            password="guess",
            dbname="mlflow",
        )


def test_database_does_not_run_as_root(own: Stack) -> None:
    """Started by root it runs as the user who owns its folder, otherwise as the caller."""
    users = set()
    for process in processes_of(Layout(own.state_dir), "postgres"):
        with suppress(psutil.NoSuchProcess):  # a backend that has ended since
            users.add(process.uids().effective)
    assert users == {(own.state_dir / "postgres").stat().st_uid}
    assert 0 not in users


def test_status_lists_every_service(own: Stack) -> None:
    """Each line has the state, the process, the address and the log."""
    done = own.command("status")
    assert done.returncode == 0
    for name, pid in pids(own).items():
        line = next(line for line in done.stdout.splitlines() if f"/{name}.log" in line)
        assert " running " in line
        assert f" {pid} " in line
    assert all(url in done.stdout for url in (own.console_url, own.airflow_url, own.mlflow_url))


def test_second_start_on_the_same_folder_is_refused(own: Stack) -> None:
    """The message has the address of the first stack, which is not disturbed."""
    before = pids(own)
    done = own.command("run")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: a stack already runs on STATE_DIR {own.state_dir}")
    assert own.console_url in done.stderr
    assert pids(own) == before


def test_taken_ports_are_refused_to_another_stack(own: Stack) -> None:
    """Each taken port is named with its setting and with the stack that has it."""
    other = Stack(settings={k: v for k, v in own.environment.items() if k.endswith("_PORT")})
    done = other.command("run")
    shutil.rmtree(other.state_dir)
    assert done.returncode == 1
    findings = done.stderr.splitlines()
    assert [line.split()[1] for line in findings] == ["CONSOLE_PORT", "AIRFLOW_PORT", "MLFLOW_PORT"]
    assert all(f"Anomaly Console (STATE_DIR {own.state_dir})" in line for line in findings)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_killed_service_comes_back(own: Stack, name: str) -> None:
    """A new process takes over, and none of the old ones is left."""
    wait_until(lambda: is_healthy(own))
    killed = pids(own)[name]
    family = processes_of(Layout(own.state_dir), name)
    psutil.Process(killed).kill()
    wait_until(lambda: not any(process.is_running() for process in family))
    wait_until(lambda: pids(own).get(name) not in {None, killed} and is_healthy(own))


def test_killed_supervisor_is_replaced(own: Stack) -> None:
    """The launcher notices, ends the orphans and starts everything again."""
    wait_until(lambda: is_healthy(own))
    before = everything_of(own)
    supervisors_of(Layout(own.state_dir))[0].kill()
    wait_until(lambda: "Everything runs again.\n" in own.output)
    assert is_healthy(own)
    assert [process for process in before if process.is_running()] == []


def test_killed_launcher_leaves_no_process_behind(own: Stack) -> None:
    """The supervisor ends the stack in order, ``stop`` waits for that, and the data are kept.

    The next start takes over the folder with its passwords, tables and artifacts.
    """
    secrets = secrets_of(own)
    created = httpx.post(
        f"{own.mlflow_url}/api/2.0/mlflow/experiments/create", json={"name": "kept"}
    ).json()
    assert own.process is not None
    own.process.kill()
    own.process.wait()
    own.process = None
    assert own.command("stop").returncode == 0
    assert everything_of(own) == []
    assert own.command("status").returncode == 3
    own.output.clear()
    own.environment["TRAINING_SCHEDULE"] = "* * * * *"
    own.start()
    found = httpx.get(
        f"{own.mlflow_url}/api/2.0/mlflow/experiments/get-by-name",
        params={"experiment_name": "kept"},
    ).json()
    assert found["experiment"]["experiment_id"] == created["experiment_id"]
    assert secrets_of(own) == secrets
    assert not any("tables are up to date" in line and "Airflow" in line for line in own.output)
    log = (own.state_dir / "logs" / "postgres.log").read_text()
    assert "was not properly shut down" not in log.rpartition("starting PostgreSQL")[2]


def test_schedule_starts_a_retraining(console: Console, tmp_path: Path) -> None:
    """The setting now says every minute; the run uses the newest data set."""
    write_machines(tmp_path / "machines_3.csv", 3)
    dataset = register(console, tmp_path / "machines_3.csv")
    found = wait_for(console.schedule.timetable, lambda seen: seen.kind is ScheduleKind.CRON)
    assert (found.cron, found.description) == ("* * * * *", "Every minute")
    assert found.next_run is not None
    assert found.next_run - datetime.now(UTC) < timedelta(minutes=2)
    on_it = RunFilter(kind=RunKind.TRAIN, status=RunStatus.FINISHED, dataset_id=dataset.dataset_id)
    (first, *_) = wait_for(lambda: console.runs.search(on_it).runs, bool, 240)
    assert first.dag_run_id.startswith("scheduled__")
    assert first.requested_by == "scheduler"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_during_the_start_ends_everything(own: Stack, number: signal.Signals) -> None:
    """Ctrl-C before the stack is ready leaves nothing running and is no failure."""
    assert own.command("stop").returncode == 0
    assert own.process is not None
    assert own.process.wait(120) == 0
    own.output.clear()
    own.begin()
    wait_until(lambda: any("PostgreSQL is ready" in line for line in own.output))
    own.process.send_signal(number)
    assert own.process.wait(90) == 0
    assert own.output[-1] == "Everything has been stopped.\n"
    assert everything_of(own) == []


def ordinary_user(folder: Path) -> tuple[str, ...]:
    """Return a prefix that runs a command as another user, who owns ``folder``; empty if not root.

    The interpreter may be in root's home, so the right to pass through folders is kept.
    """
    if os.geteuid() != 0:
        return ()
    user = pwd.getpwnam("nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    become = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    return ("setpriv", *become, *PASS_THROUGH)


def test_ordinary_user_needs_no_root() -> None:
    """Every process and every file belongs to that user, and ``stop`` ends all of them."""
    folder = short_folder()
    with Stack(folder=folder, prefix=ordinary_user(folder)) as stack:
        owner = folder.stat().st_uid
        assert owner != 0
        assert {process.uids().real for process in everything_of(stack)} == {owner}
        assert {path.lstat().st_uid for path in folder.rglob("*")} == {owner}
        assert stack.command("status").returncode == 0
        assert stack.command("stop").returncode == 0
        assert everything_of(stack) == []
    shutil.rmtree(folder)
