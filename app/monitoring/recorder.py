"""The console server's background task that records the runs' history."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from app.monitoring.record import record_history
from app.settings import ConsoleSettings

log = logging.getLogger(__name__)


@asynccontextmanager
async def history_recorder(settings: ConsoleSettings) -> AsyncIterator[None]:
    """Record in the background while the block runs; more than one server may do so."""
    engine = create_engine(
        settings.database_url,
        pool_size=1,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 3, "application_name": "anomaly-console history"},
    )
    task = asyncio.create_task(
        record_repeatedly(lambda: record_history(engine), settings.history_seconds)
    )
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        engine.dispose()


async def record_repeatedly(record: Callable[[], int], pause_seconds: float) -> None:
    """Call ``record`` in a thread again and again; a failure is told once, then tried again."""
    failing = False
    while True:
        try:
            await asyncio.to_thread(record)
        except DBAPIError as error:
            if not failing:
                log.warning("the runs' history cannot be recorded, trying on: %s", error.orig)
            failing = True
        else:
            failing = False
        await asyncio.sleep(pause_seconds)
