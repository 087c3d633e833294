"""What the operator is told of the services, well or not."""

import time
from datetime import UTC, datetime

import pytest

from app.services.system import service as module
from app.services.system.service import STILL_WORKS, Outages, Status
from pipeline.orchestration import SCORE_DAG


def by_name(console):
    """Return the health of each service."""
    return {service.name: service for service in console.health.check()}


def test_healthy_services_have_version_and_latency(console):
    """Each service has a sentence; nothing is down since anything."""
    services = console.health.check()
    assert [service.name for service in services] == ["PostgreSQL", "MLflow", "Airflow", "DAGs"]
    assert {service.status for service in services} == {Status.HEALTHY}
    assert [service.version for service in services] == ["18.4", "3.17.2", "3.3.2", ""]
    for service in services:
        assert service.detail
        assert service.latency_ms >= 0
        assert (service.down_since, service.still_works) == (None, "")


@pytest.mark.parametrize(
    ("stopped", "down"),
    [
        ("PostgreSQL", {"PostgreSQL"}),
        ("MLflow", {"MLflow"}),
        ("Airflow", {"Airflow", "DAGs"}),
    ],
)
def test_service_down_does_not_affect_the_others(world, stopped, down):
    """What is down has its name, its moment and what still works; the rest is healthy."""
    world.stop(stopped)
    services = by_name(world.console())
    assert {name for name, seen in services.items() if seen.status is Status.DOWN} == down
    for name in down:
        assert "does not answer" in services[name].detail
        assert services[name].down_since
        assert services[name].still_works == STILL_WORKS[name]
        assert services[name].latency_ms is None


def test_dead_scheduler_degrades_airflow(world):
    """Airflow answers with status 200 even then, so the body is read."""
    world.airflow.scheduler = "unhealthy"
    airflow = by_name(world.console())["Airflow"]
    assert airflow.status is Status.DEGRADED
    assert "scheduler" in airflow.detail


def test_paused_dag_is_named(world):
    """A paused DAG queues without a word; here it is said."""
    world.airflow.paused.add(SCORE_DAG)
    dags = by_name(world.console())["DAGs"]
    assert (dags.status, SCORE_DAG in dags.detail) == (Status.DEGRADED, True)


def test_broken_dag_file_is_named(world):
    """The file is named without its folder."""
    world.airflow.broken["/opt/dags/training.py"] = "SyntaxError: invalid syntax"
    dags = by_name(world.console())["DAGs"]
    assert (dags.status, dags.detail) == (
        Status.DEGRADED,
        "Cannot be read by Airflow: training.py.",
    )


def test_outage_keeps_its_first_moment():
    """Since when it is down does not move while it stays down, and is forgotten afterwards."""
    moments = iter([datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (1, 2)])
    outages = Outages(lambda: next(moments))
    first = outages.note("MLflow", down=True)
    assert outages.note("MLflow", down=False) is None
    second = outages.note("MLflow", down=True)
    assert (first.hour, second.hour) == (1, 2)


def test_outage_is_remembered_across_operators(world):
    """A second operator reads the same moment as the first."""
    world.stop("MLflow")
    first = by_name(world.console("operator"))["MLflow"].down_since
    assert by_name(world.console("viewer"))["MLflow"].down_since == first


def test_hanging_service_does_not_delay_the_others(world, monkeypatch):
    """After a few seconds it counts as down, and the rest is told."""
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(world.database, "version", lambda: time.sleep(1.0))
    begin = time.monotonic()
    services = by_name(world.console())
    assert time.monotonic() - begin < 0.9
    assert services["PostgreSQL"].status is Status.DOWN
    assert "within" in services["PostgreSQL"].detail
    assert services["MLflow"].status is Status.HEALTHY
