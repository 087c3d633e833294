"""Verdicts on scored rows: given, taken back, counted, and which row is next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.clients.decisions_model import NewVerdict, StoredVerdict
from app.clients.errors import Forbidden, Rejected
from app.services.anomalies import Anomalies
from app.services.identity import Identity
from app.services.reviews_key import keys_of
from app.services.reviews_model import (
    Candidate,
    Precision,
    Record,
    SampledBy,
    Share,
    Verdict,
    in_force,
    precision,
)
from app.services.reviews_queue import RANDOM_EVERY, ReviewQueue
from app.services.reviews_rows import ReviewRows
from app.services.reviews_store import Store
from app.services.runs import Runs

__all__ = [
    "RANDOM_EVERY",
    "Candidate",
    "Opinion",
    "Precision",
    "Record",
    "Reviews",
    "SampledBy",
    "Share",
    "Store",
    "StoredVerdict",
    "Verdict",
    "in_force",
    "keys_of",
]

CONSOLE = "The console"
MOST_AT_ONCE = 1_000


@dataclass(frozen=True)
class Opinion:
    """A verdict with its reason, before it is stored."""

    verdict: Verdict
    reason: str = ""
    comment: str = ""


class Reviews:
    """What one operator can say about scored rows.

    A record is known by its content, so that what was said of it shows again wherever it turns
    up. Whether a record waits for review goes by model: each model's precision is measured on
    verdicts of its own.
    """

    def __init__(
        self, identity: Identity, decisions: Store, anomalies: Anomalies, runs: Runs
    ) -> None:
        self._identity = identity
        self._decisions = decisions
        self._anomalies = anomalies
        self._runs = runs

    def records(self, run_id: str, rows: Sequence[int]) -> list[Record]:
        """Return some rows of a scored run by their numbers from 1."""
        return self._rows(run_id).records(rows)

    def history(self, keys: Sequence[str]) -> dict[str, list[StoredVerdict]]:
        """Return for each record what was ever said of it, newest first, in any run."""
        found: dict[str, list[StoredVerdict]] = {key: [] for key in keys}
        for verdict in self._decisions.of_records(keys):
            found[verdict.row_hash].append(verdict)
        return found

    def decide(
        self,
        run_id: str,
        records: Sequence[Record],
        opinion: Opinion,
        sampled_by: SampledBy,
        seen: Mapping[str, int | None],
    ) -> list[StoredVerdict]:
        """Store one opinion on some records, all or none.

        Parameters
        ----------
        seen
            The verdict in force that the operator saw, by the record's key; None for none.

        Raises
        ------
        Forbidden
            The operator's role only reads.
        Conflict
            Somebody else has judged one of the records since.
        """
        self._require_reviewer()
        unique = list({record.key: record for record in records}.values())
        if len(unique) > MOST_AT_ONCE:
            raise Rejected(
                CONSOLE,
                f"At most {MOST_AT_ONCE:,} records can be judged at once, "
                f"not {len(unique):,}; choose fewer.",
            )
        model_run_id = self._model(run_id)
        new = [
            NewVerdict(
                row_hash=record.key,
                run_id=run_id,
                model_run_id=model_run_id,
                verdict=opinion.verdict.value,
                reason=opinion.reason.strip(),
                comment=opinion.comment.strip(),
                reviewer=self._identity.username,
                sampled_by=sampled_by.value,
                anomaly_score=record.score,
                severity=record.severity,
                flagged=record.flagged,
            )
            for record in unique
        ]
        return self._decisions.add(new, {record.key: seen.get(record.key) for record in unique})

    def undo(self, verdict_ids: Sequence[int]) -> int:
        """Take verdicts back and return how many still stood; what was said before stands again."""
        self._require_reviewer()
        who = self._identity.username
        return sum(self._decisions.withdraw(verdict_id, who) for verdict_id in verdict_ids)

    def precision(self, run_id: str) -> Precision:
        """Return how right the model behind a scored run is, by all verdicts under it."""
        return precision(self._decisions.counts(self._model(run_id)))

    def reviewed(self, run_id: str) -> int:
        """Count the records that were judged in this run."""
        return sum(count.records for count in self._decisions.counts_of_run(run_id))

    def waiting(self, run_id: str, threshold: float) -> int:
        """Count the rows of a run from a severity upwards."""
        return self._rows(run_id).count(threshold)

    def next(
        self, run_id: str, threshold: float, skipped: frozenset[str] = frozenset()
    ) -> Candidate | None:
        """Return the next record to review; None when there is none left."""
        path, model_run_id = self._path(run_id), self._model(run_id)
        return ReviewQueue(self._decisions, path, run_id, model_run_id, threshold).next(skipped)

    def _require_reviewer(self) -> None:
        if not self._identity.can_trigger:
            raise Forbidden(
                CONSOLE,
                f"Your role {self._identity.role} may read verdicts, not give them; it needs the "
                "role user, op or admin.",
            )

    def _model(self, run_id: str) -> str:
        return self._runs.get(run_id).model_run_id

    def _path(self, run_id: str) -> Path:
        return self._anomalies.scored_path(run_id)

    def _rows(self, run_id: str) -> ReviewRows:
        return ReviewRows(self._path(run_id))
