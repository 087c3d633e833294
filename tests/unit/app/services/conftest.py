"""Worlds for the services: one with history, one empty, and the consoles of operators on them."""

import pytest

from tests.fakes.world import FakeWorld, filled_world


@pytest.fixture
def world(tmp_path):
    """Two data sets, three scored trainings, one failed and one running."""
    return filled_world(tmp_path)


@pytest.fixture
def empty(tmp_path):
    """Nothing stored, everything up."""
    return FakeWorld(tmp_path)


@pytest.fixture
def console(world):
    """An operator's console on the world with history."""
    return world.console()


@pytest.fixture
def run_id(console):
    """The newest score run."""
    return console.runs.scored(1)[0].run_id
