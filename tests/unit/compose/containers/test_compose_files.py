"""The compose files: rights, limits, networks and the order of the start."""

import re
from itertools import pairwise

import pytest

from tests.servers.compose_files import COMPOSE, resolved, services

FILES = sorted(file.name for file in COMPOSE.glob("compose*.yml"))
BASE = services()
EVERY = [
    pytest.param(file, name, id=f"{file}-{name}")
    for file in FILES
    for name, service in services(file).items()
    if "image" in service
]
INIT_JOBS = {name for name, service in BASE.items() if service["restart"] == "no"}
AS_THE_IMAGE_SAYS = {"grafana", "proxy"}  # 472, and root that hands over to another user


@pytest.mark.parametrize(("file", "name"), EVERY)
def test_containers_have_the_least_rights(file: str, name: str) -> None:
    """They are read-only, without capabilities, with limits of memory, processes and logs."""
    service = services(file)[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"]
    assert service["mem_limit"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert "cap_add" not in service or name == "proxy"
    own = str(service["image"]).startswith("anomaly-console/")
    assert own or "user" in service or name in AS_THE_IMAGE_SAYS


@pytest.mark.parametrize(("file", "name"), EVERY)
def test_services_have_health_checks_and_init_jobs_run_once(file: str, name: str) -> None:
    """A service is restarted when it ends, an init job is not."""
    service = services(file)[name]
    if name in INIT_JOBS:
        assert "healthcheck" not in service
        return
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"]


def test_images_are_pinned() -> None:
    """Each image of another product has its version in the tag."""
    named = [str(s.get("image", "")) for file in FILES for s in services(file).values()]
    images = {resolved(image) for image in named if image}
    foreign = {image for image in images if not image.startswith("anomaly-console/")}
    foreign |= set(re.findall(r"_IMAGE=(\S+)", (COMPOSE / "Dockerfile").read_text()))
    debian = {image for image in foreign if image == "debian:bookworm-slim"}  # patched by name
    assert len(foreign) >= 4
    assert all(re.search(r":\d+\.\d+(\.\d+)?(-|$)", image) for image in foreign - debian)


def test_images_do_not_run_as_root() -> None:
    """Every target that serves the product ends as the product's user."""
    stages = (COMPOSE / "Dockerfile").read_text().split("\nFROM ")[1:]
    users = {
        stage.split(" AS ")[1].split()[0]: re.findall(r"^USER (\w+)", stage, re.MULTILINE)
        for stage in stages
    }
    assert {name: users[name] for name in ("mlflow", "airflow", "console")} == {
        "mlflow": ["anomaly"],
        "airflow": ["anomaly"],
        "console": ["anomaly"],
    }


def test_only_the_tls_proxy_has_a_public_port() -> None:
    """The base file opens no port, the override those on 127.0.0.1."""
    ports = {
        file: [port for service in services(file).values() for port in service.get("ports", [])]
        for file in FILES
    }
    assert ports.pop("compose.tls.yml") == ["${TLS_PORT:-443}:8443"]
    local = ports.pop("compose.override.yml")
    assert len(local) == 4
    assert all(port.startswith("127.0.0.1:") for port in local)
    assert not any(ports.values())


def test_databases_are_on_internal_networks() -> None:
    """PostgreSQL and the queue sit on networks without a way out."""
    assert BASE["postgres"]["networks"] == ["database"]
    text = (COMPOSE / "compose.yml").read_text()
    assert "database: {internal: true}" in text
    scale = services("compose.scale.yml")
    assert scale["redis"]["networks"] == ["queue"]
    assert "queue: {internal: true}" in (COMPOSE / "compose.scale.yml").read_text()
    assert "database" not in scale["airflow-worker"]["networks"]


def test_only_init_and_backup_jobs_have_the_superuser_s_password() -> None:
    """Every service has the password of its own role."""
    text = {name: str(service) for name, service in BASE.items()}
    holders = {name for name, said in text.items() if "${POSTGRES_PASSWORD:" in said}
    assert holders <= {"postgres", "database-init", "backup", "restore"}


def test_tables_are_made_in_order_before_the_services() -> None:
    """Roles come first, then the tables of Airflow, MLflow and the console, then the services."""
    order = ["postgres", "database-init", "airflow-init", "mlflow-init"]
    for before, after in pairwise(order):
        assert before in BASE[after]["depends_on"]
    for name in ("mlflow", "airflow-api-server", "grafana"):
        condition = BASE[name]["depends_on"]["mlflow-init"]["condition"]
        assert condition == "service_completed_successfully"
