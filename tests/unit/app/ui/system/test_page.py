"""The stack from the inside."""

from dataclasses import replace

from app.settings import ConsoleSettings


def test_versions_addresses_and_failures(enter, world):
    """Each service has its version and address, and a failed run leads to its page."""
    visit = enter(world, "system")
    for part in ("18.4", "http://mlflow.test", "3.11", "Retraining"):
        assert part in visit.text
    visit.press("Open")
    assert "missing column 'weather_condition'" in visit.text


def test_service_that_is_down_says_since_when(enter, world):
    """Down since, and what still works."""
    world.stop("PostgreSQL")
    text = enter(world, "system").text
    assert "Down since" in text
    assert "Still works" in text


def test_no_secret_is_shown(enter, world):
    """Neither the database's password nor one inside another address."""
    settings = ConsoleSettings(
        database_url="postgresql://mlflow:hunter2@db/mlflow",
        airflow_url="http://robot:hunter3@airflow.test",
    )
    world.shared = replace(world.shared, settings=settings)
    text = enter(world, "system").text
    assert "hunter" not in text
    assert "AIRFLOW_URL" in text
