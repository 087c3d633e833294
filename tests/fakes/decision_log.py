"""Decisions on models kept in memory, with the same answers as PostgreSQL gives."""

from dataclasses import replace

from app.clients.errors import Conflict, unreachable
from app.services.models.types import already_changed


class FakeDecisionLog:
    """Adds changes and never alters one; unreachable while the fake database is down."""

    def __init__(self, database):
        self._database = database
        self.aliases = []
        self.thresholds = []

    def move_alias(self, change, seen, apply):
        """Store a change unless there is a newer one or MLflow refuses."""
        same = [each for each in self.aliases if each.alias == change.alias]
        return self._store(change, self.aliases, same, seen, apply)

    def move_threshold(self, change, seen, apply):
        """Store a change unless there is a newer one or MLflow refuses."""
        same = [each for each in self.thresholds if each.model_run_id == change.model_run_id]
        return self._store(change, self.thresholds, same, seen, apply)

    def alias_changes(self, where, limit):
        """Return changes of aliases, newest first."""
        self._reach()
        found = [
            each
            for each in self.aliases
            if where.alias in ("", each.alias)
            and where.model_run_id in ("", each.model_run_id, each.previous_run_id)
            and where.changed_by in ("", each.changed_by)
        ]
        return found[::-1][:limit]

    def threshold_changes(self, where, limit):
        """Return changes of thresholds, newest first."""
        self._reach()
        found = [
            each
            for each in self.thresholds
            if where.model_run_id in ("", each.model_run_id)
            and where.changed_by in ("", each.changed_by)
        ]
        return found[::-1][:limit]

    def _store(self, change, kept, same, seen, apply):
        self._reach()
        if same and same[-1].id != seen:
            raise Conflict("PostgreSQL", already_changed(same[-1]))
        apply()
        kept.append(replace(change, id=len(kept) + 1))
        return kept[-1]

    def _reach(self):
        if self._database.down:
            raise unreachable("PostgreSQL", self._database.address)
