"""The background task that records: again and again, whatever fails."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import OperationalError

from app.database.recorder import history_recorder, record_repeatedly
from app.settings import ConsoleSettings


class Ended(Exception):  # noqa: N818 - not an error: it ends the endless loop
    """Raised by the last call."""


def calls(*outcomes: Exception | int) -> Callable[[], int]:
    """Return a function whose calls have these outcomes, one after the other."""
    left = iter(outcomes)

    def record() -> int:
        outcome = next(left, Ended())
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return record


def gone(what: str) -> OperationalError:
    """Return what SQLAlchemy raises when the server is gone."""
    return OperationalError("SELECT", {}, Exception(what))


def in_a_loop(work: Coroutine[object, object, int]) -> int:
    """Run ``work`` in a thread of its own: a browser of earlier tests holds a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def test_it_records_again_and_again() -> None:
    """One call after the other, until the server ends."""
    with pytest.raises(Ended):
        in_a_loop(record_repeatedly(calls(1, 0, 2), 0))


def test_a_failure_is_told_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    """A database that is down fills no log, and recording goes on when it is back."""
    with caplog.at_level(logging.WARNING), pytest.raises(Ended):
        in_a_loop(record_repeatedly(calls(gone("down"), gone("down"), 1, gone("again")), 0))
    assert [str(record.args[0]) for record in caplog.records] == ["down", "again"]


def test_the_recorder_ends_with_the_server(tmp_path) -> None:
    """Leaving the block ends the task, also while PostgreSQL does not answer."""
    settings = ConsoleSettings(
        database_url=f"postgresql+psycopg://nobody@/nothing?host={tmp_path}", history_seconds=600
    )

    async def serve() -> int:
        async with history_recorder(settings):
            await asyncio.sleep(0.05)
        return len(asyncio.all_tasks())

    assert in_a_loop(serve()) == 1
