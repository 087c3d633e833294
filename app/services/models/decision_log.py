"""Decisions on models and thresholds, each with what it does in MLflow: both or neither."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.clients.errors import Conflict
from app.clients.postgres import SERVICE, Transactions
from app.database import tables
from app.services.models.types import (
    ChangeFilter,
    ModelChange,
    NewModelChange,
    NewThresholdChange,
    ThresholdChange,
    surprise,
)

TURN = 7_303_016
"""Key of the lock that lets operators decide on models one after the other."""

DECIDE_SECONDS = 25
"""Two requests to MLflow may lie within."""

Apply = Callable[[], None]
Table = type[tables.ModelChange] | type[tables.ThresholdChange]
Kept = TypeVar("Kept", ModelChange, ThresholdChange)


class ModelDecisions(Transactions):
    """Moves of aliases and thresholds; rows are added, never changed.

    A move is stored in a transaction that ends only after ``apply`` has done its work in MLflow:
    when that fails, nothing is stored.
    """

    def move_alias(self, change: NewModelChange, seen: int | None, apply: Apply) -> ModelChange:
        """Store a move of an alias, and do it.

        Parameters
        ----------
        seen
            The newest move of this alias that the operator saw; None for none.
        apply
            Sets the alias.

        Raises
        ------
        Conflict
            Somebody else has moved it since.
        """
        of_alias = tables.ModelChange.alias == change.alias

        def do(session: Session) -> ModelChange:
            _refuse_surprise(session, ModelChange, tables.ModelChange, of_alias, seen)
            stored = tables.ModelChange(**asdict(change))
            return _stored(session, ModelChange, stored, apply)

        return self._transact(do, DECIDE_SECONDS)

    def move_threshold(
        self, change: NewThresholdChange, seen: int | None, apply: Apply
    ) -> ThresholdChange:
        """Store a move of a model's threshold, and do it; as ``move_alias`` does."""
        of_model = tables.ThresholdChange.model_run_id == change.model_run_id

        def do(session: Session) -> ThresholdChange:
            _refuse_surprise(session, ThresholdChange, tables.ThresholdChange, of_model, seen)
            stored = tables.ThresholdChange(**asdict(change))
            return _stored(session, ThresholdChange, stored, apply)

        return self._transact(do, DECIDE_SECONDS)

    def alias_moves(self, where: ChangeFilter, limit: int) -> list[ModelChange]:
        """Return moves of aliases, newest first."""
        table = tables.ModelChange
        conditions = [table.alias == where.alias] if where.alias else []
        if where.model_run_id:
            sides = (table.model_run_id, table.previous_run_id)
            conditions.append(or_(*(side == where.model_run_id for side in sides)))
        conditions += [table.changed_by == where.changed_by] if where.changed_by else []
        return self._transact(
            lambda session: _newest(session, ModelChange, table, conditions, limit)
        )

    def threshold_moves(self, where: ChangeFilter, limit: int) -> list[ThresholdChange]:
        """Return moves of thresholds, newest first."""
        table = tables.ThresholdChange
        conditions = [table.model_run_id == where.model_run_id] if where.model_run_id else []
        conditions += [table.changed_by == where.changed_by] if where.changed_by else []
        return self._transact(
            lambda session: _newest(session, ThresholdChange, table, conditions, limit)
        )


def _refuse_surprise(
    session: Session,
    kind: type[Kept],
    table: Table,
    where: ColumnElement[bool],
    seen: int | None,
) -> None:
    """Wait for the others' turn, then see that nobody was faster."""
    session.execute(select(func.pg_advisory_xact_lock(TURN)))
    newest = _newest(session, kind, table, [where], 1)
    if newest and newest[0].id != seen:
        raise Conflict(SERVICE, surprise(newest[0]))


def _stored(session: Session, kind: type[Kept], row: Any, apply: Apply) -> Kept:  # noqa: ANN401 - either table
    session.add(row)
    session.flush()
    kept = _kept(kind, row)
    # Last of all: what MLflow was told cannot be rolled back with the rest.
    apply()
    return kept


def _newest(
    session: Session,
    kind: type[Kept],
    table: Table,
    where: list[ColumnElement[bool]],
    limit: int,
) -> list[Kept]:
    query = select(table).where(*where).order_by(table.id.desc()).limit(limit)
    return [_kept(kind, row) for row in session.scalars(query)]


def _kept(kind: type[Kept], row: Any) -> Kept:  # noqa: ANN401 - either table
    return kind(**{name: getattr(row, name) for name in kind.__dataclass_fields__})
