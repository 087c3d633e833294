"""What every test may ask for."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

sys.path.insert(0, str(Path(__file__).parent.parent))

from app.services import caching
from tests.servers.stack import Stack


class ByServer(LoadScopeScheduling):
    """Keeps tests that share a server in one process, so that two processes share out the rest."""

    def _split_scope(self, nodeid: str) -> str:
        """Return the name of those that run in one process."""
        return group_of(nodeid.split("::", maxsplit=1)[0])


def group_of(path: str) -> str:
    """Put all that talk to the one stack together, and all integration tests of one folder."""
    _, kind, *rest = path.split("/")
    if kind == "e2e" or (kind, rest[:1]) == ("integration", ["app"]):
        return "stack"
    return rest[0] if kind == "integration" else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByServer:
    """Share out by server: pytest 9.2 does not let marks do it."""
    return ByServer(config, log)


@pytest.fixture(autouse=True)
def _fresh_answers() -> None:
    """Let no test see what another one asked."""
    caching.clear()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The whole stack, started once for all tests that talk to it; the store is empty at first."""
    with Stack() as running:
        yield running
