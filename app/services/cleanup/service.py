"""Where acts of tidying up are written down, as the services see it."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from app.clients.errors import Conflict, Forbidden, NotFound, Rejected, ServiceError
from app.clients.mlflow_bin import MlflowBin
from app.services.cleanup.files import StoredFiles
from app.services.cleanup.log import Store
from app.services.cleanup.planner import EXPERIMENTS, MOST_CHOSEN, Finder, Planner
from app.services.cleanup.types import Act, Counts, Entry, NewAct, Plan, StoredAct, TidyItem
from app.services.runs.types import ARCHIVED_TAG
from app.services.system.disk_cache import DiskCache
from app.services.system.identity import Identity

CONSOLE = "The console"
ONE_AT_A_TIME = threading.Lock()


class Tidy:
    """What one operator can put away, bring back and remove.

    Parameters
    ----------
    kept
        Copies on the console's own disk, which go with what they are copies of.
    """

    def __init__(
        self,
        identity: Identity,
        mlflow: MlflowBin,
        store: Store,
        stored: StoredFiles,
        kept: DiskCache,
    ) -> None:
        self._identity = identity
        self._mlflow = mlflow
        self._store = store
        self._stored = stored
        self._kept = kept
        self._planner = Planner(Finder(mlflow), stored)

    def plan(self, act: Act, run_ids: Sequence[str]) -> Plan:
        """Say what an act would do to some runs and data sets, and what hangs on them."""
        return self._planner.plan(act, run_ids)

    def carry_out(self, plan: Plan, reason: str, typed: str = "") -> StoredAct:
        """Do what was previewed, and return it as it is written down.

        Raises
        ------
        Forbidden
            The operator's role does not allow it.
        Conflict
            What was previewed is not so any more; nothing was done.
        Rejected
            The phrase was not typed, there is nothing to do, or a service refused on the way: the
            act says how far it came.
        """
        self.require(plan.act)
        if plan.act is Act.PURGE and typed.strip().lower() != plan.phrase:
            raise Rejected(CONSOLE, f"Type “{plan.phrase}” to confirm. Nothing was done.")
        with ONE_AT_A_TIME:
            now = self.plan(plan.act, plan.chosen)
            if now.fingerprint != plan.fingerprint:
                raise Conflict(
                    CONSOLE,
                    "What was previewed has changed meanwhile: look at it again. Nothing was done.",
                )
            if not now.entries:
                raise Rejected(CONSOLE, "There is nothing left to do.")
            return self._do_all(now, reason)

    def history(self, limit: int = 25, before: int | None = None) -> list[StoredAct]:
        """Return what was done, newest first."""
        return self._store.history(limit, before)

    def in_bin(self) -> tuple[str, ...]:
        """Return what lies in the bin, the longest there first, as many as one act takes."""
        return tuple(self._store.in_bin(datetime.now(UTC), EXPERIMENTS, MOST_CHOSEN))

    def counts(self) -> Counts:
        """Return how many runs and data sets there are at each stage."""
        return self._store.counts(EXPERIMENTS)

    def may(self, act: Act) -> bool:
        """Tell whether the operator's role allows an act."""
        return self._identity.can_administer if act is Act.PURGE else self._identity.can_trigger

    def require(self, act: Act) -> None:
        """Raise Forbidden where the operator's role does not allow an act."""
        if not self.may(act):
            needed = "op or admin" if act is Act.PURGE else "user, op or admin"
            raise Forbidden(
                CONSOLE, f"Your role {self._identity.role} may not do this; it needs {needed}."
            )

    def _do_all(self, plan: Plan, reason: str) -> StoredAct:
        items = tuple(
            TidyItem(e.thing.run_id, e.thing.kind.value, e.thing.name, e.size_bytes)
            for e in plan.entries
        )
        act = NewAct(plan.act.value, items, reason.strip(), self._identity.username)
        act_id = self._store.begin(act)
        done, freed, failure = 0, 0, ""
        try:
            if plan.act is Act.PURGE:
                self._store.record()
            for entry in plan.entries:
                freed += self._do(plan.act, entry)
                done += 1
        except ServiceError as error:
            failure = error.message
        self._store.end(act_id, done, freed, failure)
        if failure:
            raise Rejected(CONSOLE, f"{done} of {len(items)} were done, then it stopped: {failure}")
        return self._store.history(1)[0]

    def _do(self, act: Act, entry: Entry) -> int:
        """Do an act to one run or data set; returns the bytes freed."""
        run_id = entry.thing.run_id
        if act is Act.ARCHIVE:
            when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC by {self._identity.username}"
            self._mlflow.set_tag(run_id, ARCHIVED_TAG, when)
        elif act is Act.UNARCHIVE:
            self._mlflow.delete_tag(run_id, ARCHIVED_TAG)
        elif act is Act.DELETE:
            self._mlflow.delete_run(run_id)
        elif act is Act.RESTORE:
            self._mlflow.restore_run(run_id)
        else:
            return self._purge(entry)
        return 0

    def _purge(self, entry: Entry) -> int:
        """Remove versions, models, files and at last the run itself, so that it can be repeated."""
        for name, version in entry.versions:
            self._mlflow.delete_version(name, version)
        for model_id in entry.thing.model_ids:
            try:
                self._mlflow.delete_model(model_id)
            except NotFound:
                continue
        freed = self._stored.remove(entry.thing)
        self._kept.forget(f"{entry.thing.run_id}-")
        self._store.erase(entry.thing.run_id)
        return freed
