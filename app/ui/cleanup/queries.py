"""Questions about what can be put away; a preview is kept until it is confirmed or asked anew."""

from app.clients.errors import NotFound
from app.services import caching
from app.services.caching import Subject
from app.services.cleanup.types import Act, Counts, Plan, StoredAct
from app.ui import cached
from app.ui.kit.caching import question
from app.wiring import Console

SHORT, PREVIEW = 15, 600
RETENTION, BIN = "retention", "bin"
"""What stands in an address for the runs that are due, and for those in the bin."""


@question(PREVIEW, entries=40)
def plan(console: Console, act: Act, ids: tuple[str, ...]) -> Plan:
    """What an act would do."""
    return console.tidy.plan(act, _meant(console, act, ids))


@question(SHORT)
def counts(console: Console) -> Counts:
    """How much there is at each stage."""
    return console.tidy.counts()


@question(SHORT)
def history(console: Console, limit: int) -> list[StoredAct]:
    """What was done, newest first."""
    return console.tidy.history(limit)


@question(SHORT)
def act(console: Console, act_id: int) -> StoredAct:
    """One act."""
    found = console.tidy.history(1, before=act_id + 1)
    if not found or found[0].id != act_id:
        raise NotFound("PostgreSQL", f"There is no act of the number {act_id}.")
    return found[0]


def forget() -> None:
    """Ask anew, because something was put away, brought back or removed."""
    for each in (plan, counts, history, act, cached.datasets, cached.dataset):
        each.forget()
    caching.changed(Subject.RUNS)


def _meant(console: Console, act: Act, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Return run ids for the words that an address may hold instead."""
    if ids == (RETENTION,):
        due = console.retention
        return due.to_purge() if act is Act.PURGE else due.to_delete()
    return console.tidy.in_bin() if ids == (BIN,) else ids
