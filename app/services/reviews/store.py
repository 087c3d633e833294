"""Verdicts in PostgreSQL: rows are added and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.clients.errors import Conflict
from app.clients.postgres import SERVICE, Transactions
from app.database.tables import VerdictRow, Withdrawal
from app.services.caching import SHORT, Subject, cached
from app.services.reviews.types import (
    GivenVerdict,
    JudgedScore,
    SampledBy,
    VerdictCount,
    VerdictPrecision,
    already_judged,
    precision,
)

MAX_SCORES = 50_000
LOCK = 7_303_015
"""Key of the advisory lock that makes reviewers store verdicts one after the other."""

ASSIGNED = {"id", "decided_at", "withdrawn_by"}
"""Fields of a verdict that are not inserted."""

_withdrawn = (
    select(Withdrawal.verdict_id)
    .where(Withdrawal.verdict_id == VerdictRow.id)
    .correlate(VerdictRow)
    .exists()
)


class VerdictStore(Transactions):
    """Stores, reads and counts verdicts; each method is one transaction."""

    def add(
        self, verdicts: Sequence[GivenVerdict], seen: Mapping[str, int | None]
    ) -> list[GivenVerdict]:
        """Store verdicts, all or none.

        Parameters
        ----------
        seen
            For each record the verdict that the reviewer saw in force; None for none.

        Raises
        ------
        Conflict
            Another verdict is in force by now: the reviewer should look at it first.
        """

        def do(session: Session) -> list[GivenVerdict]:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            current: dict[str, GivenVerdict] = {}
            for known in reversed(_of_records(session, list(seen))):
                if not known.withdrawn_by:
                    current[known.row_hash] = known
            if unseen := [each for each in current.values() if each.id != seen[each.row_hash]]:
                raise Conflict(SERVICE, already_judged(unseen))
            given = [asdict(verdict).items() for verdict in verdicts]
            rows = [VerdictRow(**{k: v for k, v in each if k not in ASSIGNED}) for each in given]
            session.add_all(rows)
            session.flush()
            return [
                replace(verdict, id=row.id, decided_at=row.decided_at)
                for verdict, row in zip(verdicts, rows, strict=True)
            ]

        return self._transact(do)

    def withdraw(self, verdict_id: int, withdrawn_by: str) -> bool:
        """Withdraw a verdict; return whether it was still valid."""
        statement = (
            insert(Withdrawal)
            .values(verdict_id=verdict_id, withdrawn_by=withdrawn_by)
            .on_conflict_do_nothing()
            .returning(Withdrawal.verdict_id)
        )
        return self._transact(lambda session: session.execute(statement).first() is not None)

    def of_records(self, hashes: Sequence[str]) -> list[GivenVerdict]:
        """Return every verdict on some records, newest first, withdrawn ones included."""
        return self._transact(lambda session: _of_records(session, hashes))

    def judged(self, model_run_id: str, hashes: Sequence[str]) -> set[str]:
        """Return which of some records have a verdict in force under a model."""
        query = select(VerdictRow.row_hash).where(
            VerdictRow.model_run_id == model_run_id,
            VerdictRow.row_hash.in_(list(hashes)),
            ~_withdrawn,
        )
        return self._transact(lambda session: set(session.scalars(query)))

    @cached(SHORT, Subject.VERDICTS)
    def precisions(self, model_run_ids: tuple[str, ...]) -> dict[str, VerdictPrecision]:
        """Return the precision of each of some models."""
        return {each: precision(found) for each, found in self.counts(model_run_ids).items()}

    def precision(self, model_run_id: str) -> VerdictPrecision:
        """Return the precision of one model."""
        return self.precisions((model_run_id,))[model_run_id]

    def counts(self, model_run_ids: Sequence[str]) -> dict[str, list[VerdictCount]]:
        """Count the records of some models by the verdict in force, each model for itself."""
        found = self._counted(VerdictRow.model_run_id.in_(list(model_run_ids)))
        return {each: found.get(each, []) for each in model_run_ids}

    def counts_of_run(self, run_id: str) -> list[VerdictCount]:
        """Count a score run's records by the verdict in force."""
        by_model = self._counted(VerdictRow.run_id == run_id)
        return [count for counts in by_model.values() for count in counts]

    def judged_scores(self, model_run_id: str, limit: int = MAX_SCORES) -> list[JudgedScore]:
        """Return the scores of a model's judged records with the verdicts in force.

        Rows sampled at random from below the threshold, and rows below it that were picked by
        hand, are left out: they say nothing about the model's precision near its threshold.
        """
        of_model = VerdictRow.model_run_id == model_run_id
        in_turn = VerdictRow.flagged | (VerdictRow.sampled_by == SampledBy.QUEUE)
        query = _in_force(VerdictRow.anomaly_score, VerdictRow.verdict).where(of_model, in_turn)
        return self._transact(
            lambda session: [JudgedScore(*row) for row in session.execute(query.limit(limit))]
        )

    def _counted(self, where: ColumnElement[bool]) -> dict[str, list[VerdictCount]]:
        columns = ("model_run_id", "flagged", "sampled_by", "verdict")
        newest = _in_force(*(getattr(VerdictRow, name) for name in columns)).where(where).subquery()
        groups = [newest.c[name] for name in columns]
        query = select(*groups, func.count()).group_by(*groups)
        found: dict[str, list[VerdictCount]] = {}
        for model, *count in self._transact(lambda session: session.execute(query).all()):
            found.setdefault(model, []).append(VerdictCount(*count))
        return found


def _in_force(*columns: Any) -> Select[Any]:  # noqa: ANN401 - columns of any type
    """Select columns of the verdict in force on each record of each model."""
    record = (VerdictRow.model_run_id, VerdictRow.row_hash)
    newest_first = (VerdictRow.decided_at.desc(), VerdictRow.id.desc())
    return select(*columns).distinct(*record).where(~_withdrawn).order_by(*record, *newest_first)


def _of_records(session: Session, hashes: Sequence[str]) -> list[GivenVerdict]:
    query = (
        select(VerdictRow, Withdrawal.withdrawn_by)
        .outerjoin(Withdrawal, Withdrawal.verdict_id == VerdictRow.id)
        .where(VerdictRow.row_hash.in_(list(hashes)))
        .order_by(VerdictRow.decided_at.desc(), VerdictRow.id.desc())
    )
    names = [name for name in GivenVerdict.__dataclass_fields__ if name != "withdrawn_by"]
    return [
        GivenVerdict(**{name: getattr(row, name) for name in names}, withdrawn_by=who or "")
        for row, who in session.execute(query)
    ]
