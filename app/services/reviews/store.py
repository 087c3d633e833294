"""What people decided, in the console's own tables: added to and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Subquery, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.clients.errors import Conflict
from app.clients.postgres import SERVICE, Transactions
from app.database.tables import Verdict, Withdrawal
from app.services.reviews.types import (
    JudgedScore,
    NewVerdict,
    StoredVerdict,
    VerdictCount,
    surprise,
)

MOST_SCORES = 50_000
QUEUE = "queue"
TURN = 7_303_015
"""Key of the lock that lets reviewers store verdicts one after the other."""

_withdrawn = (
    select(Withdrawal.verdict_id)
    .where(Withdrawal.verdict_id == Verdict.id)
    .correlate(Verdict)
    .exists()
)


class Decisions(Transactions):
    """Verdicts; one method is one transaction and one return."""

    def add(
        self, verdicts: Sequence[NewVerdict], seen: Mapping[str, int | None]
    ) -> list[StoredVerdict]:
        """Store verdicts, all or none; a record judged meanwhile by someone else is a conflict.

        Parameters
        ----------
        seen
            For each record the verdict that the reviewer saw in force; None for none.

        Raises
        ------
        Conflict
            Another verdict is in force by now: the reviewer should look at it first.
        """

        def do(session: Session) -> list[StoredVerdict]:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": TURN})
            _refuse_surprises(session, seen)
            added = [Verdict(**asdict(verdict)) for verdict in verdicts]
            session.add_all(added)
            session.flush()
            ids = [verdict.id for verdict in added]
            rows = session.execute(_verdicts().where(Verdict.id.in_(ids)).order_by(Verdict.id))
            return [_stored(row) for row in rows]

        return self._transact(do)

    def withdraw(self, verdict_id: int, withdrawn_by: str) -> bool:
        """Take a verdict back; tell whether it still stood."""
        statement = (
            insert(Withdrawal)
            .values(verdict_id=verdict_id, withdrawn_by=withdrawn_by)
            .on_conflict_do_nothing()
            .returning(Withdrawal.verdict_id)
        )
        return self._transact(lambda session: session.execute(statement).first() is not None)

    def of_records(self, hashes: Sequence[str]) -> list[StoredVerdict]:
        """Return every verdict of some records, newest first, those taken back as well."""
        query = _verdicts().where(Verdict.row_hash.in_(list(hashes)))
        newest_first = query.order_by(Verdict.decided_at.desc(), Verdict.id.desc())
        return self._transact(
            lambda session: [_stored(row) for row in session.execute(newest_first)]
        )

    def judged(self, model_run_id: str, hashes: Sequence[str]) -> set[str]:
        """Return which of some records have a verdict in force under a model."""
        query = select(Verdict.row_hash).where(
            Verdict.model_run_id == model_run_id,
            Verdict.row_hash.in_(list(hashes)),
            ~_withdrawn,
        )
        return self._transact(lambda session: set(session.scalars(query)))

    def counts(self, model_run_id: str) -> list[VerdictCount]:
        """Count a model's records by the verdict in force."""
        return self._counted(Verdict.model_run_id == model_run_id)

    def counts_by_model(self, model_run_ids: Sequence[str]) -> dict[str, list[VerdictCount]]:
        """Count the records of some models by the verdict in force, each model for itself."""
        newest = self._newest(Verdict.model_run_id.in_(list(model_run_ids)))
        kinds = (newest.c.flagged, newest.c.sampled_by, newest.c.verdict)
        by = newest.c.model_run_id
        query = select(by, *kinds, func.count()).group_by(by, *kinds)
        found: dict[str, list[VerdictCount]] = {each: [] for each in model_run_ids}
        for model, *rest in self._transact(lambda session: session.execute(query).all()):
            found[model].append(VerdictCount(*rest))
        return found

    def counts_of_run(self, run_id: str) -> list[VerdictCount]:
        """Count a score run's records by the verdict in force."""
        return self._counted(Verdict.run_id == run_id)

    def judged_scores(self, model_run_id: str, limit: int = MOST_SCORES) -> list[JudgedScore]:
        """Return the scores of a model's judged records with the verdicts in force.

        Rows drawn at random from below the threshold, and rows below it that were picked by hand,
        are left out: they do not tell how right the model is at its upper end.
        """
        newest = (
            select(Verdict.anomaly_score, Verdict.verdict)
            .distinct(Verdict.row_hash)
            .where(
                Verdict.model_run_id == model_run_id,
                ~_withdrawn,
                Verdict.flagged | (Verdict.sampled_by == QUEUE),
            )
            .order_by(Verdict.row_hash, Verdict.decided_at.desc(), Verdict.id.desc())
            .limit(limit)
        )
        return self._transact(
            lambda session: [JudgedScore(*row) for row in session.execute(newest)]
        )

    def _counted(self, where: ColumnElement[bool]) -> list[VerdictCount]:
        newest = self._newest(where)
        kinds = (newest.c.flagged, newest.c.sampled_by, newest.c.verdict)
        query = select(*kinds, func.count()).group_by(*kinds)
        return self._transact(
            lambda session: [VerdictCount(*row) for row in session.execute(query)]
        )

    @staticmethod
    def _newest(where: ColumnElement[bool]) -> Subquery:
        """Select the verdict in force on each record of each model."""
        return (
            select(Verdict.model_run_id, Verdict.flagged, Verdict.sampled_by, Verdict.verdict)
            .distinct(Verdict.model_run_id, Verdict.row_hash)
            .where(where, ~_withdrawn)
            .order_by(
                Verdict.model_run_id,
                Verdict.row_hash,
                Verdict.decided_at.desc(),
                Verdict.id.desc(),
            )
            .subquery()
        )


def _refuse_surprises(session: Session, seen: Mapping[str, int | None]) -> None:
    query = (
        _verdicts()
        .distinct(Verdict.row_hash)
        .where(Verdict.row_hash.in_(list(seen)), ~_withdrawn)
        .order_by(Verdict.row_hash, Verdict.decided_at.desc(), Verdict.id.desc())
    )
    in_force = [_stored(row) for row in session.execute(query)]
    surprises = [verdict for verdict in in_force if verdict.id != seen[verdict.row_hash]]
    if surprises:
        raise Conflict(SERVICE, surprise(surprises))


def _verdicts() -> Select[*tuple[Any, ...]]:
    """Select verdicts with what became of them."""
    return select(Verdict, Withdrawal.withdrawn_by, Withdrawal.withdrawn_at).outerjoin(
        Withdrawal, Withdrawal.verdict_id == Verdict.id
    )


def _stored(row: Row[Any]) -> StoredVerdict:
    verdict: Verdict = row[0]
    names = (*NewVerdict.__dataclass_fields__, "id", "decided_at")
    return StoredVerdict(
        **{name: getattr(verdict, name) for name in names},
        withdrawn_by=row.withdrawn_by or "",
        withdrawn_at=row.withdrawn_at,
    )
