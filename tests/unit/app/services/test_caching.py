"""Answers of services: kept for a while, shared by operators, forgotten when something changes."""

import threading

import pytest

from app.services import caching
from app.services.caching import FOREVER, Subject, cached


class Counter:
    """A service that counts how often it had to answer."""

    asked = 0

    def __init__(self, scope=None):
        self.cache_scope = scope

    @cached(FOREVER, Subject.RUNS)
    def answer(self, run_id):
        """Return the run with the number of times that anything was asked."""
        type(self).asked += 1
        return run_id, self.asked

    @cached(FOREVER)
    def failing(self):
        """Fail."""
        type(self).asked += 1
        raise LookupError


@pytest.fixture(autouse=True)
def _nothing_asked():
    Counter.asked = 0


def test_an_answer_is_shared_by_operators():
    """Two operators' services share one answer."""
    assert Counter().answer("a") == Counter().answer("a") == ("a", 1)


def test_services_of_another_scope_have_answers_of_their_own():
    """What differs by operator is not shared."""
    assert Counter("ann").answer("a") == ("a", 1)
    assert Counter("bob").answer("a") == ("a", 2)


def test_a_change_makes_dependent_answers_stale():
    """Only answers that depend on what changed are forgotten."""
    assert Counter().answer("a") == ("a", 1)
    caching.changed(Subject.VERDICTS)
    assert Counter().answer("a") == ("a", 1)
    caching.changed(Subject.RUNS)
    assert Counter().answer("a") == ("a", 2)


def test_a_failure_is_not_kept():
    """The next caller tries again."""
    for _ in range(2):
        with pytest.raises(LookupError):
            Counter().failing()
    assert Counter.asked == 2


def test_an_answer_is_computed_once_for_all_who_wait():
    """Twenty callers at the same time cost one computation."""
    begun, go = threading.Event(), threading.Event()

    class Slow:
        @cached(FOREVER)
        def answer(self):
            begun.set()
            go.wait(5)
            return object()

    answers = []
    threads = [threading.Thread(target=lambda: answers.append(Slow().answer())) for _ in range(20)]
    threads[0].start()
    begun.wait(5)
    for thread in threads[1:]:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(5)
    assert len(answers) == 20
    assert len(set(map(id, answers))) == 1
