"""Pages of runs by their place in the whole list, which an address can hold."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass

from app.services.run_conditions import Condition
from app.services.run_model import Run, RunPage

READ_AT_ONCE, MOST_READ = 250, 1_000
"""Runs that one page reads at the most where the console has to compare by itself."""

Search = Callable[[int, str], RunPage]


@dataclass(frozen=True)
class RunSlice:
    """Some runs of a list.

    Attributes
    ----------
    offset
        Runs before the first one that was read.
    following
        Where the next page begins; None at the end of the list.
    read
        Runs that were read to find these; more where the console compared by itself.
    """

    runs: tuple[Run, ...]
    offset: int
    following: int | None
    read: int


def token_at(offset: int) -> str:
    """Write the token of a page as MLflow's server does: it holds the place in the list.

    >>> token_at(25)
    'eyJvZmZzZXQiOiAyNX0='
    """
    return b64encode(json.dumps({"offset": offset}).encode()).decode() if offset else ""


def read_slice(
    search: Search, conditions: tuple[Condition, ...], offset: int, limit: int
) -> RunSlice:
    """Return the page that begins at ``offset``.

    Parameters
    ----------
    search
        Asks MLflow for so many runs, from the page of a token.
    conditions
        What MLflow could not compare; none where it answers everything.
    """
    if not conditions:
        page = search(limit, token_at(offset))
        following = offset + len(page.runs) if page.next_token else None
        return RunSlice(page.runs, offset, following, len(page.runs))
    return _compared(search, conditions, offset, limit)


def _compared(
    search: Search, conditions: tuple[Condition, ...], offset: int, limit: int
) -> RunSlice:
    """Read on until the page is full, the list ends or enough was read."""
    kept: list[Run] = []
    place = offset
    while place - offset < MOST_READ:
        page = search(READ_AT_ONCE, token_at(place))
        for run in page.runs:
            place += 1
            if all(each.holds(run) for each in conditions):
                kept.append(run)
            if len(kept) == limit:
                return RunSlice(tuple(kept), offset, place, place - offset)
        if not page.next_token:
            return RunSlice(tuple(kept), offset, None, place - offset)
    return RunSlice(tuple(kept), offset, place, place - offset)
