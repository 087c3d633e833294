"""Real servers for the tests that need no more than one of them."""

from collections.abc import Iterator

import pytest

from tests.servers.mlflow import MlflowServer


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start an MLflow server with an artifact proxy in a temporary folder; its address."""
    with MlflowServer(tmp_path_factory.mktemp("mlflow")) as server:
        yield server.url
