"""The log of cleanup operations in memory, and the trash of a ``FakeMlflow``."""

from dataclasses import replace
from datetime import UTC, datetime

from app.clients.errors import unreachable
from app.services.cleanup.types import LoggedOperation, StageCounts
from pipeline.errors import Rejected


class FakeOperationLog:
    """Down when the database is; ``locked`` refuses to erase, as an unprepared database does."""

    def __init__(self, database, mlflow):
        self._database = database
        self._mlflow = mlflow
        self.operations = []
        self.recorded = 0
        self.locked = ""

    def begin(self, operation, items, reason, done_by):
        """Log an operation."""
        self._reach()
        number, now = len(self.operations) + 1, datetime.now(UTC)
        logged = LoggedOperation(number, operation, tuple(items), reason, done_by, now)
        self.operations.append(logged)
        return number

    def end(self, operation_id, done, freed_bytes, failure):
        """Log its outcome."""
        self._reach()
        begun = self.operations[operation_id - 1]
        outcome = {"freed_bytes": freed_bytes, "failure": failure, "ended_at": datetime.now(UTC)}
        self.operations[operation_id - 1] = replace(begun, done=done, **outcome)

    def history(self, limit, before=None):
        """Return the newest first."""
        self._reach()
        older = [each for each in self.operations if before is None or each.id < before]
        return tuple(older[::-1][:limit])

    def in_trash(self, before, experiments, limit):
        """Return what was deleted before a moment."""
        self._reach()
        until = before.timestamp() * 1000
        found = [run for run in self._runs(experiments) if run.deleted_ms is not None]
        return [run.run_id for run in found if run.deleted_ms < until][:limit]

    def counts(self, experiments):
        """Count by stage."""
        self._reach()
        runs = list(self._runs(experiments))
        deleted = sum(run.deleted_ms is not None for run in runs)
        archived = sum(run.deleted_ms is None and "archived" in run.tags for run in runs)
        return StageCounts(len(runs) - deleted - archived, archived, deleted)

    def record(self):
        """Count the calls."""
        self._reach()
        self.recorded += 1

    def erase(self, run_id):
        """Remove a deleted run from the server's memory."""
        self._reach()
        if self.locked:
            raise Rejected("PostgreSQL", self.locked)
        run = self._mlflow.find(run_id)
        if run is None or run.deleted_ms is None:
            return False
        self._mlflow.runs.remove(run)
        return True

    def _runs(self, experiments):
        ids = {self._mlflow.experiments.get(name) for name in experiments}
        return [run for run in self._mlflow.runs if run.experiment_id in ids]

    def _reach(self):
        if self._database.down:
            raise unreachable("PostgreSQL", self._database.address)
