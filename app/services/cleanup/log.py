"""Acts of tidying up in the console's own tables, and the bin of MLflow's."""

from dataclasses import asdict
from datetime import datetime
from typing import Protocol

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session

from app.clients.errors import unreachable
from app.clients.postgres import ANSWER_SECONDS, SERVICE, Transactions
from app.database.recorder import record_history
from app.database.tables import TidyAct, TidyOutcome
from app.services.cleanup.types import Counts, NewAct, StoredAct, TidyItem

IN_BIN = text("""
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


class Tidying(Transactions):
    """One method is one transaction and one return."""

    def begin(self, act: NewAct) -> int:
        """Write an act down before it is done; returns its id."""

        def do(session: Session) -> int:
            row = TidyAct(
                action=act.action,
                items=[asdict(item) for item in act.items],
                size_bytes=act.size_bytes,
                reason=act.reason,
                done_by=act.done_by,
            )
            session.add(row)
            session.flush()
            return row.id

        return self._transact(do)

    def end(self, act_id: int, done: int, freed_bytes: int, failure: str) -> None:
        """Write down what came of an act."""
        outcome = TidyOutcome(act_id=act_id, done=done, freed_bytes=freed_bytes, failure=failure)
        self._transact(lambda session: session.add(outcome))

    def history(self, limit: int, before: int | None = None) -> list[StoredAct]:
        """Return the newest acts first; ``before`` is the id of an act, for what is older."""
        query = (
            select(TidyAct, TidyOutcome)
            .outerjoin(TidyOutcome, TidyOutcome.act_id == TidyAct.id)
            .order_by(TidyAct.id.desc())
            .limit(limit)
        )
        older = query if before is None else query.where(TidyAct.id < before)
        return self._transact(lambda session: [_stored(*row) for row in session.execute(older)])

    def in_bin(self, before: datetime, experiments: tuple[str, ...], limit: int) -> list[str]:
        """Return the runs that were deleted before a moment, the longest deleted first."""
        asked = {"before": int(before.timestamp() * 1000), "limit": limit}
        query = {**asked, "experiments": experiments}
        return self._transact(lambda session: [row[0] for row in session.execute(IN_BIN, query)])

    def counts(self, experiments: tuple[str, ...]) -> Counts:
        """Count the runs of some experiments by their stage."""
        query = {"experiments": experiments}
        return self._transact(lambda session: Counts(*session.execute(COUNTS, query).one()))

    def record(self) -> None:
        """Record the history of what is about to be erased, so that the trends keep it."""
        try:
            self._threads.submit(record_history, self._engine).result(ANSWER_SECONDS)
        except TimeoutError as error:
            raise unreachable(SERVICE, self.address) from error

    def erase(self, run_id: str) -> bool:
        """Take a deleted run out of MLflow's tables; tell whether it was there.

        Raises
        ------
        Rejected
            The registry has an alias for its model, or the database lacks ``console.erase_run``.
        """
        statement = select(func.console.erase_run(run_id))
        return self._transact(lambda session: bool(session.scalar(statement)))


def _stored(act: TidyAct, outcome: TidyOutcome | None) -> StoredAct:
    return StoredAct(
        action=act.action,
        items=tuple(TidyItem(**item) for item in act.items),
        reason=act.reason,
        done_by=act.done_by,
        id=act.id,
        begun_at=act.begun_at,
        done=outcome.done if outcome else None,
        freed_bytes=outcome.freed_bytes if outcome else 0,
        failure=outcome.failure if outcome else "",
        ended_at=outcome.ended_at if outcome else None,
    )


class Store(Protocol):
    """What ``app.services.cleanup.log.Tidying`` does."""

    def begin(self, act: NewAct) -> int:
        """Write an act down."""

    def end(self, act_id: int, done: int, freed_bytes: int, failure: str) -> None:
        """Write its outcome down."""

    def history(self, limit: int, before: int | None = None) -> list[StoredAct]:
        """Return the newest acts."""

    def in_bin(self, before: datetime, experiments: tuple[str, ...], limit: int) -> list[str]:
        """Return what was deleted before a moment."""

    def counts(self, experiments: tuple[str, ...]) -> Counts:
        """Count by stage."""

    def record(self) -> None:
        """Record the history."""

    def erase(self, run_id: str) -> bool:
        """Take a deleted run out of MLflow's tables."""
