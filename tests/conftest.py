"""What every test may ask for."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.stack import Stack

TESTS = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share a server together, so that two processes share out the rest."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item.path)))


def _group(path: Path) -> str:
    """Return the name of those that run in one process: one stack for all that talk to it."""
    kind, *rest = path.relative_to(TESTS).parts
    if kind == "e2e" or (kind, rest[:1]) == ("integration", ["app"]):
        return "stack"
    return rest[0] if kind == "integration" else str(path)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The whole stack, started once for all tests that talk to it; the store is empty at first."""
    with Stack() as running:
        yield running
