"""The containers, built and started once; without a Docker engine these tests are skipped."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import (  # noqa: F401 - fixtures
    accidents,
    browser_type_launch_args,
    nothing_leaves_this_machine,
    operator,
)
from tests.servers.airflow import AirflowApi
from tests.servers.containers import ContainerStack, why_not


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Skip without a Docker engine; ``make test-compose`` fails instead, before any test."""
    if lack := why_not():
        pytest.skip(lack)


@pytest.fixture(scope="session")
def stack(engine: None) -> Iterator[ContainerStack]:  # noqa: ARG001 - asked first
    """The base stack after its first start; further files are put on it by the tests."""
    made = ContainerStack()
    try:
        made.up()
        yield made
    finally:
        made.remove()


@pytest.fixture
def airflow(stack: ContainerStack) -> AirflowApi:
    """Airflow as its account operator sees it."""
    account = stack.account("operator")
    return AirflowApi(stack.airflow_url, account.username, account.password)
