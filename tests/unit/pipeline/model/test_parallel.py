"""Parallel: one function over many items at once, in order, with little in hand."""

import threading
import time
from itertools import count, islice

import pytest

from pipeline.model.parallel import cores, map_threads


def test_results_come_in_the_order_of_the_items() -> None:
    """Also when later items are done first."""

    def slow_first(item: int) -> int:
        time.sleep(0.02 if item == 0 else 0)
        return item * 10

    assert list(map_threads(slow_first, range(5), workers=3)) == [(n, n * 10) for n in range(5)]


def test_items_are_worked_on_at_once() -> None:
    """Two items that wait for each other both get through."""
    both = threading.Barrier(2, timeout=10)
    assert len(list(map_threads(lambda _: both.wait(), range(2), workers=2))) == 2


def test_an_endless_source_is_read_only_a_little_ahead() -> None:
    """Memory holds one item more than there are workers."""
    taken = []
    source = (taken.append(n) or n for n in count())
    results = map_threads(lambda item: item, source, workers=2)
    assert [item for item, _ in islice(results, 4)] == [0, 1, 2, 3]
    assert len(taken) <= 4 + 3


def test_an_error_ends_the_work() -> None:
    """It is raised to the reader, and what was not begun is dropped."""
    with pytest.raises(ZeroDivisionError):
        list(map_threads(lambda item: 1 // item, range(100), workers=2))


def test_there_is_at_least_one_core() -> None:
    """The number of workers by default."""
    assert cores() >= 1
