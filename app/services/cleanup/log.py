"""The log of cleanup operations, and what cleanup reads and erases in MLflow's own tables."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session

from app.clients.errors import unreachable
from app.clients.postgres import ANSWER_SECONDS, SERVICE, Transactions
from app.database.recorder import record_history
from app.database.tables import CleanupOperation, CleanupOutcome
from app.services.cleanup.types import LoggedItem, LoggedOperation, Operation, StageCounts

IN_TRASH = text("""
    SELECT run.run_uuid FROM public.runs AS run
    JOIN public.experiments AS experiment ON experiment.experiment_id = run.experiment_id
    WHERE run.lifecycle_stage = 'deleted' AND run.deleted_time < :before
        AND experiment.name IN :experiments
    ORDER BY run.deleted_time LIMIT :limit
""").bindparams(bindparam("experiments", expanding=True))
COUNTS = text("""
    SELECT
        count(*) FILTER (WHERE run.lifecycle_stage = 'active' AND archived.value IS NULL),
        count(*) FILTER (WHERE run.lifecycle_stage = 'active' AND archived.value IS NOT NULL),
        count(*) FILTER (WHERE run.lifecycle_stage = 'deleted')
    FROM public.runs AS run
    JOIN public.experiments AS experiment ON experiment.experiment_id = run.experiment_id
    LEFT JOIN public.tags AS archived
        ON archived.key = 'archived' AND archived.run_uuid = run.run_uuid
    WHERE experiment.name IN :experiments
""").bindparams(bindparam("experiments", expanding=True))


class OperationLog(Transactions):
    """One method is one transaction and one return."""

    def begin(
        self, operation: Operation, items: Sequence[LoggedItem], reason: str, done_by: str
    ) -> int:
        """Log an operation before it is carried out; returns its id."""
        row = CleanupOperation(
            action=operation.value,
            items=[asdict(item) for item in items],
            size_bytes=sum(item.size_bytes for item in items),
            reason=reason,
            done_by=done_by,
        )

        def insert(session: Session) -> int:
            session.add(row)
            session.flush()
            return row.id

        return self._transact(insert)

    def end(self, operation_id: int, done: int, freed_bytes: int, failure: str) -> None:
        """Log the outcome of an operation."""
        outcome = CleanupOutcome(
            operation_id=operation_id, done=done, freed_bytes=freed_bytes, failure=failure
        )
        self._transact(lambda session: session.add(outcome))

    def history(self, limit: int, before: int | None = None) -> tuple[LoggedOperation, ...]:
        """Return operations, the newest first; only those with an id below ``before``."""
        query = (
            select(CleanupOperation, CleanupOutcome)
            .outerjoin(CleanupOutcome, CleanupOutcome.operation_id == CleanupOperation.id)
            .order_by(CleanupOperation.id.desc())
            .limit(limit)
        )
        older = query if before is None else query.where(CleanupOperation.id < before)
        return self._transact(
            lambda session: tuple(_logged(*row) for row in session.execute(older))
        )

    def in_trash(self, before: datetime, experiments: tuple[str, ...], limit: int) -> list[str]:
        """Return the runs that were deleted before a moment, the longest deleted first."""
        until = int(before.timestamp() * 1000)
        query = {"before": until, "limit": limit, "experiments": experiments}
        return self._transact(lambda session: [row[0] for row in session.execute(IN_TRASH, query)])

    def counts(self, experiments: tuple[str, ...]) -> StageCounts:
        """Count the runs of some experiments by their stage."""
        query = {"experiments": experiments}
        return self._transact(lambda session: StageCounts(*session.execute(COUNTS, query).one()))

    def record(self) -> None:
        """Record the history of the runs about to be erased, so that the trends keep them."""
        try:
            self._threads.submit(record_history, self._engine).result(ANSWER_SECONDS)
        except TimeoutError as error:
            raise unreachable(SERVICE, self.address) from error

    def erase(self, run_id: str) -> bool:
        """Erase a deleted run from MLflow's tables; returns whether it was there.

        Raises
        ------
        Rejected
            The registry has an alias for its model, or the database lacks ``console.erase_run``.
        """
        statement = select(func.console.erase_run(run_id))
        return self._transact(lambda session: bool(session.scalar(statement)))


def _logged(operation: CleanupOperation, outcome: CleanupOutcome | None) -> LoggedOperation:
    return LoggedOperation(
        id=operation.id,
        operation=Operation(operation.action),
        items=tuple(LoggedItem(**item) for item in operation.items),
        reason=operation.reason,
        done_by=operation.done_by,
        begun_at=operation.begun_at,
        done=outcome.done if outcome else None,
        freed_bytes=outcome.freed_bytes if outcome else 0,
        failure=outcome.failure if outcome else "",
        ended_at=outcome.ended_at if outcome else None,
    )
