"""The stack from the inside."""

from dataclasses import replace

from app.settings import ConsoleSettings


def test_versions_addresses_and_failures(enter, world):
    """Each service has its version and address, and a failed run leads to its page."""
    visit = enter(world, "system")
    for words in ("18.4", "http://mlflow.test", "3.11", "Retraining"):
        assert words in visit.words
    visit.press("Open")
    assert "missing column 'weather_condition'" in visit.words


def test_service_that_is_down_says_since_when(enter, world):
    """Down since, and what still works."""
    world.stop("PostgreSQL")
    words = enter(world, "system").words
    assert "Down since" in words
    assert "Still works" in words


def test_no_secret_is_shown(enter, world):
    """Neither the database's password nor one inside another address."""
    settings = ConsoleSettings(
        database_url="postgresql://mlflow:hunter2@db/mlflow",
        airflow_url="http://robot:hunter3@airflow.test",
    )
    world.shared = replace(world.shared, settings=settings)
    words = enter(world, "system").words
    assert "hunter" not in words
    assert "AIRFLOW_URL" in words
