"""One operator's console on the real stack, a small data set and a finished training."""

import pytest

from app.services.jobs.service import new_intent
from app.wiring import Console
from pipeline.params import TrainParams
from tests.journey import SMALL, finish, register, share_on, write_machines


@pytest.fixture(scope="session")
def common(stack):
    """What the console shares, on the stack's own addresses."""
    return share_on(stack)


@pytest.fixture(scope="session")
def sign_in(stack, common):
    """A function that signs an account in and returns its console."""

    def console_of(username):
        account = stack.account(username)
        return Console(common.identities.sign_in(username, account.password), common)

    return console_of


@pytest.fixture(scope="session")
def console(sign_in):
    """The operator's console."""
    return sign_in("operator")


@pytest.fixture(scope="session")
def dataset(console, tmp_path_factory):
    """A small registered data set of another subject: machines, not accidents."""
    path = tmp_path_factory.mktemp("data") / "machines.csv"
    write_machines(path, seed=1)
    return register(console, path)


@pytest.fixture(scope="session")
def trained(console, dataset):
    """The progress of a finished training."""
    params = TrainParams(dataset=dataset.dataset_id, **SMALL)
    return finish(console.training, console.training.trigger(params, new_intent()))
