"""Where verdicts are kept, as the services see it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from app.clients.decisions_model import JudgedScore, NewVerdict, StoredVerdict, VerdictCount


class Store(Protocol):
    """What ``app.clients.decisions.Decisions`` does."""

    def add(
        self, verdicts: Sequence[NewVerdict], seen: Mapping[str, int | None]
    ) -> list[StoredVerdict]:
        """Store verdicts."""

    def withdraw(self, verdict_id: int, withdrawn_by: str) -> bool:
        """Take one back."""

    def of_records(self, hashes: Sequence[str]) -> list[StoredVerdict]:
        """Return all verdicts of some records."""

    def judged(self, model_run_id: str, hashes: Sequence[str]) -> set[str]:
        """Return the records that have one."""

    def counts(self, model_run_id: str) -> list[VerdictCount]:
        """Count a model's."""

    def counts_by_model(self, model_run_ids: Sequence[str]) -> dict[str, list[VerdictCount]]:
        """Count each of some models'."""

    def judged_scores(self, model_run_id: str) -> list[JudgedScore]:
        """Return scores with the verdicts on them."""

    def counts_of_run(self, run_id: str) -> list[VerdictCount]:
        """Count a score run's."""
