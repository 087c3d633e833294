"""Guessing gets slow, typing errors stay cheap."""

import threading

import pytest

from app.web import throttle as module
from app.web.throttle import Throttle


@pytest.fixture
def clock():
    """A clock that moves when told; a list of one number."""
    return [0.0]


@pytest.fixture
def throttle(clock):
    """Three attempts free, then waits of 5, 10, 20, 20 … seconds."""
    return Throttle(3, 5.0, 20.0, lambda: clock[0])


def test_first_attempts_are_free(throttle):
    """Two typing errors cost nothing."""
    assert [throttle.admit("a") for _ in range(3)] == [0, 0, 0]


def test_then_every_attempt_waits_longer(throttle, clock):
    """The wait doubles up to the longest."""
    for _ in range(3):
        throttle.admit("a")
    waits = []
    for _ in range(4):
        waits.append(throttle.admit("a"))
        clock[0] += waits[-1]
        assert throttle.admit("a") == 0
    assert waits == [5, 10, 20, 20]


def test_asking_again_during_a_wait_does_not_prolong_it(throttle, clock):
    """An impatient click is not a guess."""
    for _ in range(3):
        throttle.admit("a")
    clock[0] += 2
    assert [throttle.admit("a"), throttle.admit("a")] == [3, 3]


def test_success_forgets_the_failures(throttle):
    """And one key does not slow down another."""
    for _ in range(3):
        throttle.admit("a")
    assert throttle.admit("b") == 0
    throttle.succeed("a")
    assert throttle.admit("a") == 0


def test_many_guesses_at_once_do_not_slip_through(throttle):
    """An attempt counts when it begins, not when it has failed."""
    admitted = []
    threads = [
        threading.Thread(target=lambda: admitted.append(throttle.admit("a") == 0))
        for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(admitted) == 3


def test_made_up_names_do_not_fill_the_memory(throttle, clock, monkeypatch):
    """Keys whose wait is long over are dropped."""
    monkeypatch.setattr(module, "KEYS", 10)
    for number in range(50):
        clock[0] += 1
        throttle.admit(f"name {number}")
    assert len(throttle._attempts) <= 21
