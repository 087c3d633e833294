"""Wiring: whose console a token opens."""

import pytest

from app import wiring
from app.clients.airflow import AirflowClient
from app.clients.errors import Unauthorized
from app.settings import ConsoleSettings
from pipeline.errors import Unreachable
from tests.fakes.airflow import token_of
from tests.fakes.world import FakeWorld
from tests.servers.stack import free_ports


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A world that the process's console talks to."""
    world = FakeWorld(tmp_path)
    monkeypatch.setattr(wiring, "shared", lambda: world.shared)
    return world


def test_token_opens_the_console_of_its_operator(world):
    """Everything the operator does goes out with the operator's own token."""
    token = token_of("operator", "op")
    opened = wiring.connect(token)
    assert opened.identity.username == "operator"
    assert opened.training._airflow._token == token
    assert world.airflow.token_checks == 1


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_without_a_session_there_is_no_console(world, token):
    """The page shows the way to the sign-in."""
    assert world.airflow.jobs == []
    with pytest.raises(Unauthorized):
        wiring.connect(token)


def test_first_visit_waits_for_airflow(world):
    """Nobody has vouched for the token yet."""
    world.stop("Airflow")
    with pytest.raises(Unreachable):
        wiring.connect(token_of("operator", "op"))


def test_sharing_opens_no_connection(tmp_path):
    """The console starts before its services and says what is missing."""
    (port,) = free_ports(1)
    settings = ConsoleSettings(
        airflow_url=f"http://127.0.0.1:{port}",
        mlflow_tracking_uri=f"http://127.0.0.1:{port}",
        database_url=f"postgresql+psycopg://127.0.0.1:{port}/mlflow",
        console_state_dir=tmp_path / "state",
    )
    common = wiring.share(settings)
    assert isinstance(common.airflow("token"), AirflowClient)
    assert common.airflow("token") is common.airflow("token")
    assert not (tmp_path / "state").exists()
