"""Log of the decisions on models and thresholds; rows are added and never changed."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.clients.errors import Conflict
from app.clients.postgres import SERVICE, Transactions
from app.database.tables import ModelChangeRow, ThresholdChangeRow
from app.services.models.types import DecisionFilter, ModelChange, ThresholdChange, already_changed

LOCK = 7_303_016
"""Key of the advisory lock that makes operators decide on models one after the other."""

DECIDE_SECONDS = 25
"""Limit of a transaction, which may include two requests to MLflow."""

Apply = Callable[[], None]
Table = type[ModelChangeRow] | type[ThresholdChangeRow]
Change = TypeVar("Change", ModelChange, ThresholdChange)


class DecisionLog(Transactions):
    """Changes of aliases and thresholds.

    A change is stored in a transaction that commits only after ``apply`` has made the change in
    MLflow: when that fails, nothing is stored.
    """

    def move_alias(self, change: ModelChange, seen: int | None, apply: Apply) -> ModelChange:
        """Store a change of an alias, and apply it.

        Parameters
        ----------
        seen
            The newest change of this alias that the operator saw; None for none.
        apply
            Sets the alias in MLflow.

        Raises
        ------
        Conflict
            Somebody else has changed it since.
        """
        of_alias = ModelChangeRow.alias == change.alias
        return self._store(change, ModelChangeRow, of_alias, seen, apply)

    def move_threshold(
        self, change: ThresholdChange, seen: int | None, apply: Apply
    ) -> ThresholdChange:
        """Store a change of a model's threshold, and apply it; as ``move_alias`` does."""
        of_model = ThresholdChangeRow.model_run_id == change.model_run_id
        return self._store(change, ThresholdChangeRow, of_model, seen, apply)

    def alias_changes(self, where: DecisionFilter, limit: int) -> list[ModelChange]:
        """Return changes of aliases, newest first."""
        table = ModelChangeRow
        conditions = [table.alias == where.alias] if where.alias else []
        if where.model_run_id:
            sides = (table.model_run_id, table.previous_run_id)
            conditions.append(or_(*(side == where.model_run_id for side in sides)))
        conditions += [table.changed_by == where.changed_by] if where.changed_by else []
        return self._transact(
            lambda session: _newest(session, ModelChange, table, conditions, limit)
        )

    def threshold_changes(self, where: DecisionFilter, limit: int) -> list[ThresholdChange]:
        """Return changes of thresholds, newest first."""
        table = ThresholdChangeRow
        conditions = [table.model_run_id == where.model_run_id] if where.model_run_id else []
        conditions += [table.changed_by == where.changed_by] if where.changed_by else []
        return self._transact(
            lambda session: _newest(session, ThresholdChange, table, conditions, limit)
        )

    def _store(
        self,
        change: Change,
        table: Table,
        same: ColumnElement[bool],
        seen: int | None,
        apply: Apply,
    ) -> Change:
        def do(session: Session) -> Change:
            session.execute(select(func.pg_advisory_xact_lock(LOCK)))
            newest = _newest(session, type(change), table, [same], 1)
            if newest and newest[0].id != seen:
                raise Conflict(SERVICE, already_changed(newest[0]))
            values = asdict(change)
            del values["id"], values["changed_at"]
            row = table(**values)
            session.add(row)
            session.flush()
            stored = replace(change, id=row.id, changed_at=row.changed_at)
            apply()  # last, because a change made in MLflow cannot be rolled back
            return stored

        return self._transact(do, DECIDE_SECONDS)


def _newest(
    session: Session,
    kind: type[Change],
    table: Table,
    where: list[ColumnElement[bool]],
    limit: int,
) -> list[Change]:
    query = select(table).where(*where).order_by(table.id.desc()).limit(limit)
    names = kind.__dataclass_fields__
    rows: list[Any] = list(session.scalars(query))
    return [kind(**{name: getattr(row, name) for name in names}) for row in rows]
