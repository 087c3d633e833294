"""Decisions on models kept in memory, with the same answers as PostgreSQL gives."""

from dataclasses import asdict
from datetime import UTC, datetime

from app.clients.errors import Conflict, unreachable
from app.services.models.types import ModelChange, ThresholdChange, surprise


class FakeLedger:
    """Adds moves and never changes one; down when the database is."""

    def __init__(self, database):
        self._database = database
        self.aliases = []
        self.thresholds = []

    def move_alias(self, change, seen, apply):
        """Store it, unless somebody was faster or MLflow refuses."""
        same = [each for each in self.aliases if each.alias == change.alias]
        self._refuse_surprise(same, seen)
        moved = ModelChange(**asdict(change), **self._stamp(self.aliases))
        apply()
        self.aliases.append(moved)
        return moved

    def move_threshold(self, change, seen, apply):
        """As above."""
        same = [each for each in self.thresholds if each.model_run_id == change.model_run_id]
        self._refuse_surprise(same, seen)
        moved = ThresholdChange(**asdict(change), **self._stamp(self.thresholds))
        apply()
        self.thresholds.append(moved)
        return moved

    def alias_moves(self, where, limit):
        """Newest first."""
        self._reach()
        found = [
            each
            for each in self.aliases
            if where.alias in ("", each.alias)
            and where.model_run_id in ("", each.model_run_id, each.previous_run_id)
            and where.changed_by in ("", each.changed_by)
        ]
        return found[::-1][:limit]

    def threshold_moves(self, where, limit):
        """Newest first."""
        self._reach()
        found = [
            each
            for each in self.thresholds
            if where.model_run_id in ("", each.model_run_id)
            and where.changed_by in ("", each.changed_by)
        ]
        return found[::-1][:limit]

    def _refuse_surprise(self, same, seen):
        self._reach()
        if same and same[-1].id != seen:
            raise Conflict("PostgreSQL", surprise(same[-1]))

    @staticmethod
    def _stamp(kept):
        return {"id": len(kept) + 1, "changed_at": datetime.now(UTC)}

    def _reach(self):
        if self._database.down:
            raise unreachable("PostgreSQL", self._database.address)
