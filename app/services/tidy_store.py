"""Where acts of tidying up are written down, as the services see it."""

from datetime import datetime
from typing import Protocol

from app.clients.tidying_model import Counts, NewAct, StoredAct


class Store(Protocol):
    """What ``app.clients.tidying.Tidying`` does."""

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
