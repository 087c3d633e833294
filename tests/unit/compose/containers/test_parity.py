"""The containers are configured as the embedded stack; the differences are listed here."""

import re

import pytest
from pydantic_settings import BaseSettings

from app.settings import ConsoleSettings
from compose.containers.dotenv import EXAMPLE, SECRETS
from compose.containers.sample import SampleSettings
from compose.launcher.layout import Layout
from compose.launcher.processes import Program
from compose.launcher.services import (
    AIRFLOW_KEY_FILES,
    EVERYWHERE,
    GRAFANA_KEY_FILES,
    GRAFANA_OPTIONS,
    NO_TELEMETRY,
    Stack,
)
from compose.launcher.settings import LauncherSettings, SeedSettings
from pipeline.settings import PipelineSettings
from tests.servers.compose_files import COMPOSE, SECRET, environment, resolved, services, variables

FILE = services()
AIRFLOW = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-init")
PYTHON = [name for name in FILE if name not in {"postgres", "grafana"}]

# Where things are.
PLACES = {
    "AIRFLOW__CORE__DAGS_FOLDER",
    "AIRFLOW__CORE__EXECUTION_API_SERVER_URL",
    "AIRFLOW__API__BASE_URL",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC",
    "AIRFLOW__LOGGING__BASE_LOG_FOLDER",
    "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY",
    "AIRFLOW_URL",
    "AIRFLOW_PUBLIC_URL",
    "CONSOLE_PUBLIC_URL",
    "CONSOLE_STATE_DIR",
    "DATABASE_URL",
    "GRAFANA_URL",
    "MLFLOW_PUBLIC_URL",
    "MLFLOW_TRACKING_URI",
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "PIPELINE_CACHE_DIR",
    "STREAMLIT_SERVER_ADDRESS",
}
# Accounts: a file of passwords there, hashed in the database here.
ONLY_EMBEDDED = {
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE",
    "AIRFLOW_HOME",  # in the image
    "SIGNIN_LINK_FILE",  # whoever reads the terminal of `make run` is the operator; not so here
}
ONLY_CONTAINERS = {
    "AIRFLOW__CORE__AUTH_MANAGER",
    "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK",  # the supervisor watches processes, Docker asks
}
IN_THE_IMAGE = {"PYTHONPATH", "PYTHONUNBUFFERED"}
# One machine's: containers have no such port or folder.
NOT_FOR_CONTAINERS = {"POSTGRES_PORT", "STATE_DIR"}


@pytest.fixture
def programs(stack: Stack) -> dict[str, Program]:
    """The programs of the embedded stack."""
    return {program.name: program for program in stack.programs()}


def defaults(settings: type[BaseSettings]) -> dict[str, str]:
    """Return the settings with their default as an environment variable would hold it."""
    fields = settings.model_fields.items()
    made = {name.upper(): field.get_default(call_default_factory=True) for name, field in fields}
    return {name: str("" if value is None else value) for name, value in made.items()}


def alike(here: str, there: str) -> bool:
    """Compare as settings are read: ``60`` is ``60.0`` and ``true`` is ``True``."""
    try:
        return float(here) == float(there)
    except ValueError:
        return here.lower() == there.lower()


@pytest.mark.parametrize("name", AIRFLOW)
def test_airflow_is_configured_alike(programs: dict[str, Program], name: str) -> None:
    """Only the settings listed above differ from the embedded Airflow."""
    embedded = programs["airflow-scheduler"]
    there = {k: v for k, v in embedded.environment.items() if k.startswith("AIRFLOW_")}
    here = {k: v for k, v in environment(FILE[name]).items() if k.startswith("AIRFLOW__")}
    assert {*there, *embedded.secret_files} - ONLY_EMBEDDED == {*here} - ONLY_CONTAINERS
    differing = {k for k in here.keys() & there.keys() if here[k] != there[k]}
    assert differing <= PLACES
    assert {here[key] for key in embedded.secret_files} == {SECRET}


@pytest.mark.parametrize("name", PYTHON)
def test_every_python_process_has_the_same_environment(name: str) -> None:
    """Telemetry is off, and what is safe to fork there is safe to fork here."""
    here = environment(FILE[name])
    expected = {**EVERYWHERE, **NO_TELEMETRY}
    assert {k: here.get(k) for k in expected.keys() - IN_THE_IMAGE} == {
        k: v for k, v in expected.items() if k not in IN_THE_IMAGE
    }
    image = (COMPOSE / "Dockerfile").read_text()
    assert all(f"{variable}=" in image for variable in IN_THE_IMAGE)


@pytest.mark.parametrize("name", ["console", "mlflow", "airflow-scheduler", "grafana"])
def test_containers_get_every_variable_of_the_embedded_service(
    stack: Stack, programs: dict[str, Program], name: str
) -> None:
    """No variable that the launcher sets is missing."""
    if name == "grafana":
        provisioned = {k for k in stack._grafana_environment() if not k.startswith("GF_")}
        told = {*GRAFANA_OPTIONS, *provisioned, *GRAFANA_KEY_FILES}
    else:
        told = {*programs[name].environment, *programs[name].secret_files}
    here = environment(FILE[name])
    assert told - {*here} - IN_THE_IMAGE - ONLY_EMBEDDED == set()


def test_grafana_has_the_same_options() -> None:
    """It calls nothing outside, and nobody can sign up."""
    here = environment(FILE["grafana"])
    assert {name: here[name] for name in GRAFANA_OPTIONS} == GRAFANA_OPTIONS


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (ConsoleSettings, "console"),
        (PipelineSettings, "console"),
        (PipelineSettings, "airflow-scheduler"),
    ],
)
def test_no_setting_is_missing(settings: type[BaseSettings], name: str) -> None:
    """A container inherits nothing: what is not passed on cannot be set."""
    here = environment(FILE[name])
    there = defaults(settings)
    assert there.keys() - here.keys() - ONLY_EMBEDDED == set()
    assert {k for k in there.keys() & here.keys() if not alike(here[k], there[k])} <= PLACES


def test_no_setting_of_the_launcher_is_missing() -> None:
    """Each is a variable of the compose files with the same default."""
    text = "".join(file.read_text() for file in COMPOSE.glob("compose*.yml"))
    expected = {k: v for k, v in defaults(LauncherSettings).items() if k not in NOT_FOR_CONTAINERS}
    found = {name: re.findall(rf"\$\{{{name}:-([^}}]*)\}}", text) for name in expected}
    assert [name for name, values in found.items() if not values] == []
    wrong = [n for n, values in found.items() if not all(alike(v, expected[n]) for v in values)]
    assert wrong == []


def test_sample_has_the_same_settings() -> None:
    """Both stacks share the settings of the sample data."""
    for settings in (LauncherSettings, SampleSettings):
        assert issubclass(settings, SeedSettings)
        assert settings.model_fields.keys() >= {"seed_sample", "seed_rows"}


def test_scheduler_preloads_the_same_modules() -> None:
    """The preloader gets no modules of its own here either, nor in a Celery worker."""
    worker = services("compose.scale.yml")["airflow-worker"]
    for command in (FILE["airflow-scheduler"]["command"], worker["command"]):
        assert command[2:5] == ["compose.preload", "--", "airflow"]


def test_servers_are_started_alike(programs: dict[str, Program]) -> None:
    """The same modules with the same options, but for addresses and MLflow's accounts."""
    for name in ("mlflow", *AIRFLOW[:3], "console"):
        there = [word for word in programs[name].command[2:] if not word.startswith("-")]
        here = FILE[name].get("command", ["python", "-m", "streamlit", "run", "app/server.py"])[2:]
        assert here[0] == there[0]
        options = {word.partition("=")[0] for word in here if word.startswith("-")}
        expected = {word for word in programs[name].command[2:] if word.startswith("-")}
        assert options - {"--app-name"} == expected


def test_example_lists_every_variable() -> None:
    """It lists no variable that is not used."""
    listed = set(re.findall(r"^#?([A-Z]\w+)=", EXAMPLE.read_text(), re.MULTILINE))
    assert listed == variables().keys()


def test_defaults_of_the_example_are_those_of_the_files() -> None:
    """A line that is commented out shows the default."""
    text = "".join(file.read_text() for file in COMPOSE.glob("compose*.yml"))
    for name, value in re.findall(r"^#([A-Z]\w+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE):
        references = re.findall(rf"\$\{{{name}:-(?:[^${{}}]|\$\{{[^}}]*\}})*\}}", text)
        assert {resolved(each).replace(SECRET, "") for each in references} <= {value}, name


def test_each_secret_is_required_and_can_be_made() -> None:
    """A missing one stops the start with its name; none has a default."""
    asked = {name for name, kinds in variables().items() if "?" in kinds}
    assert {name for name in asked if "-" in variables()[name]} == set()
    given_by_hand = {name for name in asked if name.startswith(("TLS_", "PUBLIC_"))}
    assert asked - given_by_hand == SECRETS.keys()


def test_airflow_key_variables_are_the_same(stack: Stack) -> None:
    """The launcher's list of key files is the containers' list of secret variables."""
    assert Layout(stack.layout.root).secrets == stack.credentials.folder
    here = environment(FILE["airflow-scheduler"])
    assert {name for name in AIRFLOW_KEY_FILES if here[name] != SECRET} == set()
