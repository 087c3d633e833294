"""Remember what services answer: for seconds, or for good where an answer can never change.

A cached method keeps its answers for all operators, because what MLflow and PostgreSQL hold is the
same for each of them. A service whose answers differ by operator or by what it was made for says so
in an attribute ``cache_scope``. Whoever changes something names what changed, and every answer that
depends on it is forgotten.
"""

from collections.abc import Callable, Hashable
from enum import StrEnum
from threading import Condition
from typing import Any, Concatenate, ParamSpec, TypeVar

import cachetools
from cachetools.keys import hashkey

P = ParamSpec("P")
R = TypeVar("R")
Service = TypeVar("Service")

LIVE, SHORT = 3, 15
"""Seconds for what moves by itself, and for what moves when somebody acts."""
FOREVER = 24 * 3600
"""Seconds for what a finished run wrote: it never changes, but is not kept without end either."""


class Subject(StrEnum):
    """What answers depend on."""

    DATASETS = "datasets"
    JOBS = "jobs"
    RUNS = "runs"
    MODELS = "models"
    VERDICTS = "verdicts"
    CLEANUP = "cleanup"


_caches: list[tuple[cachetools.TTLCache[Hashable, Any], Condition, frozenset[Subject]]] = []


def cached(
    seconds: float, *depends_on: Subject, entries: int = 200
) -> Callable[[Callable[Concatenate[Service, P], R]], Callable[Concatenate[Service, P], R]]:
    """Cache the answers of a service's method; each is computed once, even if many ask at a time.

    Arguments must be hashable, and callers must not change an answer.

    Parameters
    ----------
    depends_on
        A change of any of these makes the answers stale.
    """

    def decorate(method: Callable[..., R]) -> Callable[..., R]:
        cache: cachetools.TTLCache[Hashable, Any] = cachetools.TTLCache(entries, seconds)
        condition = Condition()
        _caches.append((cache, condition, frozenset(depends_on)))
        wrap = cachetools.cached(cache, key=_key, condition=condition)
        wrapped: Callable[..., R] = wrap(method)
        return wrapped

    return decorate


def _key(service: object, *args: Hashable, **kwargs: Hashable) -> Hashable:
    return hashkey(getattr(service, "cache_scope", None), *args, **kwargs)


def changed(*subjects: Subject) -> None:
    """Forget every answer that depends on one of ``subjects``."""
    for cache, condition, depends_on in _caches:
        if depends_on.intersection(subjects):
            with condition:
                cache.clear()


def clear() -> None:
    """Forget everything."""
    for cache, condition, _ in _caches:
        with condition:
            cache.clear()
