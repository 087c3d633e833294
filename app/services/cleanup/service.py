"""Archive, delete, restore and purge runs and data sets, each after a preview."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import islice

from app.clients.errors import Conflict, Forbidden
from app.services import caching
from app.services.caching import SHORT, Subject, cached
from app.services.cleanup.log import OperationLog
from app.services.cleanup.preview import Previewer
from app.services.cleanup.queries import CONSOLE, EXPERIMENTS, MOST_CHOSEN, Finder, StoredFiles
from app.services.cleanup.types import (
    CleanupPreview,
    Entry,
    LoggedItem,
    LoggedOperation,
    Operation,
    Retention,
    StageCounts,
)
from app.services.identity import Identity
from app.services.system.disk_cache import DiskCache
from pipeline.errors import NotFound, Rejected, ServiceError
from pipeline.tracking.client import TrackingServer
from pipeline.tracking.names import ARCHIVED_TAG

PREVIEW_SECONDS = 600
RETENTION, TRASH = "retention", "trash"
"""Stand in place of run ids for those that the retention proposes, and for all in the trash."""
ONE_AT_A_TIME = threading.Lock()


class Cleanup:
    """What one operator can archive, delete, restore and purge.

    Parameters
    ----------
    disk_cache
        Copies on the console's own disk, which are purged with the original.
    """

    def __init__(
        self,
        identity: Identity,
        mlflow: TrackingServer,
        log: OperationLog,
        files: StoredFiles,
        *,
        disk_cache: DiskCache,
        retention: Retention,
    ) -> None:
        self._identity = identity
        self._mlflow = mlflow
        self._log = log
        self._files = files
        self._disk_cache = disk_cache
        self._finder = Finder(mlflow)
        self._previewer = Previewer(self._finder, files)
        self.retention = retention

    @cached(PREVIEW_SECONDS, Subject.CLEANUP, entries=40)
    def preview(self, operation: Operation, ids: tuple[str, ...]) -> CleanupPreview:
        """Return what an operation would do; ``ids`` are run ids, or (RETENTION,) or (TRASH,)."""
        if ids == (RETENTION,):
            ids = self.due(operation)
        elif ids == (TRASH,):
            ids = self._in_trash(datetime.now(UTC))
        return self._previewer.preview(operation, ids)

    def renew_previews(self) -> None:
        """Have the next preview made anew."""
        caching.changed(Subject.CLEANUP)

    def due(self, operation: Operation) -> tuple[str, ...]:
        """Return what the retention proposes to delete or to purge, by run id.

        The oldest first, at most as many as one operation takes.
        """
        purge = operation is Operation.PURGE
        days = self.retention.purge_days if purge else self.retention.days
        if days is None:
            return ()
        before = datetime.now(UTC) - timedelta(days=days)
        if purge:
            return self._in_trash(before)
        return tuple(item.run_id for item in islice(self._finder.unused_since(before), MOST_CHOSEN))

    @cached(SHORT, Subject.CLEANUP)
    def history(self, limit: int = 25) -> tuple[LoggedOperation, ...]:
        """Return logged operations, the newest first."""
        return self._log.history(limit)

    @cached(SHORT, Subject.CLEANUP)
    def logged(self, operation_id: int) -> LoggedOperation:
        """Return one logged operation.

        Raises
        ------
        NotFound
            There is none of that number.
        """
        found = self._log.history(1, before=operation_id + 1)
        if not found or found[0].id != operation_id:
            raise NotFound("PostgreSQL", f"There is no operation of the number {operation_id}.")
        return found[0]

    @cached(SHORT, Subject.CLEANUP)
    def counts(self) -> StageCounts:
        """Return how many runs and data sets there are at each stage."""
        return self._log.counts(EXPERIMENTS)

    def may(self, operation: Operation) -> bool:
        """Return whether the operator's role allows an operation."""
        identity = self._identity
        return identity.can_administer if operation is Operation.PURGE else identity.can_trigger

    def carry_out(self, preview: CleanupPreview, reason: str, typed: str = "") -> LoggedOperation:
        """Carry out what was previewed, and return it as it is logged.

        Raises
        ------
        Forbidden
            The operator's role does not allow it.
        Conflict
            The preview is out of date; nothing was done.
        Rejected
            The phrase was not typed, there is nothing to do, or a service refused on the way: the
            log says how far it came.
        """
        self._require(preview.operation)
        if preview.operation is Operation.PURGE and typed.strip().lower() != preview.phrase:
            raise Rejected(CONSOLE, f"Type “{preview.phrase}” to confirm. Nothing was done.")
        try:
            with ONE_AT_A_TIME:
                now = self._previewer.preview(preview.operation, preview.chosen)
                if now.fingerprint != preview.fingerprint:
                    raise Conflict(
                        CONSOLE,
                        "The preview is out of date: look at it again. Nothing was done.",
                    )
                if not now.entries:
                    raise Rejected(CONSOLE, "There is nothing left to do.")
                return self._log_and_apply(now, reason.strip())
        finally:
            caching.changed(Subject.CLEANUP, Subject.RUNS, Subject.DATASETS, Subject.MODELS)

    def _in_trash(self, before: datetime) -> tuple[str, ...]:
        return tuple(self._log.in_trash(before, EXPERIMENTS, MOST_CHOSEN))

    def _require(self, operation: Operation) -> None:
        if not self.may(operation):
            needed = "op or admin" if operation is Operation.PURGE else "user, op or admin"
            raise Forbidden(
                CONSOLE, f"Your role {self._identity.role} may not do this; it needs {needed}."
            )

    def _log_and_apply(self, preview: CleanupPreview, reason: str) -> LoggedOperation:
        items = [
            LoggedItem(e.item.run_id, e.item.kind.value, e.item.name, e.size_bytes)
            for e in preview.entries
        ]
        number = self._log.begin(preview.operation, items, reason, self._identity.username)
        done, freed, failure = 0, 0, ""
        try:
            if preview.operation is Operation.PURGE:
                self._log.record()
            for entry in preview.entries:
                freed += self._apply(preview.operation, entry)
                done += 1
        except ServiceError as error:
            failure = error.message
        self._log.end(number, done, freed, failure)
        if failure:
            raise Rejected(CONSOLE, f"{done} of {len(items)} were done, then it stopped: {failure}")
        return self._log.history(1)[0]

    def _apply(self, operation: Operation, entry: Entry) -> int:
        """Apply an operation to one run or data set; returns the bytes freed."""
        run_id = entry.item.run_id
        if operation is Operation.ARCHIVE:
            when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC by {self._identity.username}"
            self._mlflow.client.set_tag(run_id, ARCHIVED_TAG, when)
        elif operation is Operation.UNARCHIVE:
            self._mlflow.client.delete_tag(run_id, ARCHIVED_TAG)
        elif operation is Operation.DELETE:
            self._mlflow.client.delete_run(run_id)
        elif operation is Operation.RESTORE:
            self._mlflow.client.restore_run(run_id)
        else:
            return self._purge(entry)
        return 0

    def _purge(self, entry: Entry) -> int:
        """Remove versions, models, files and at last the run, so that it can be repeated."""
        for name, version in entry.versions:
            self._mlflow.client.delete_model_version(name, version)
        for model_id in entry.item.model_ids:
            try:
                self._mlflow.client.delete_logged_model(model_id)
            except NotFound:
                continue
        freed = self._files.remove(entry.item)
        self._disk_cache.forget(f"{entry.item.run_id}-")
        self._log.erase(entry.item.run_id)
        return freed
