"""Acts of tidying up kept in memory, and the bin of a ``FakeMlflow``."""

from dataclasses import asdict, replace
from datetime import UTC, datetime

from app.clients.errors import Rejected, unreachable
from app.services.cleanup.types import Counts, StoredAct


class FakeTidying:
    """Down when the database is; ``locked`` refuses to erase, as an unknown database does."""

    def __init__(self, database, mlflow):
        self._database = database
        self._mlflow = mlflow
        self.acts = []
        self.recorded = 0
        self.locked = ""

    def begin(self, act):
        """Write an act down."""
        self._reach()
        known = asdict(act) | {"items": tuple(act.items)}
        stored = StoredAct(**known, id=len(self.acts) + 1, begun_at=datetime.now(UTC))
        self.acts.append(stored)
        return stored.id

    def end(self, act_id, done, freed_bytes, failure):
        """Write its outcome down."""
        self._reach()
        self.acts[act_id - 1] = replace(
            self.acts[act_id - 1],
            done=done,
            freed_bytes=freed_bytes,
            failure=failure,
            ended_at=datetime.now(UTC),
        )

    def history(self, limit, before=None):
        """Newest first."""
        self._reach()
        older = [act for act in self.acts if before is None or act.id < before]
        return older[::-1][:limit]

    def in_bin(self, before, experiments, limit):
        """By the time of deletion."""
        self._reach()
        until = before.timestamp() * 1000
        found = [run for run in self._ours(experiments) if run.deleted_ms is not None]
        return [run.run_id for run in found if run.deleted_ms < until][:limit]

    def counts(self, experiments):
        """By stage."""
        self._reach()
        runs = list(self._ours(experiments))
        deleted = sum(run.deleted_ms is not None for run in runs)
        archived = sum(run.deleted_ms is None and "archived" in run.tags for run in runs)
        return Counts(len(runs) - deleted - archived, archived, deleted)

    def record(self):
        """Count how often."""
        self._reach()
        self.recorded += 1

    def erase(self, run_id):
        """Take a run out of the server's memory."""
        self._reach()
        if self.locked:
            raise Rejected("PostgreSQL", self.locked)
        run = self._mlflow.find(run_id)
        if run is None or run.deleted_ms is None:
            return False
        self._mlflow.runs.remove(run)
        return True

    def _ours(self, experiments):
        ids = {self._mlflow.experiments.get(name) for name in experiments}
        return [run for run in self._mlflow.runs if run.experiment_id in ids]

    def _reach(self):
        if self._database.down:
            raise unreachable("PostgreSQL", self._database.address)
