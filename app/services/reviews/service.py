"""Where verdicts are kept, as the services see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from app.clients.errors import Forbidden, Rejected
from app.services.anomalies.service import Anomalies
from app.services.reviews.records import ReviewRows
from app.services.reviews.types import (
    Candidate,
    JudgedScore,
    NewVerdict,
    Precision,
    Record,
    SampledBy,
    StoredVerdict,
    Verdict,
    VerdictCount,
    precision,
)
from app.services.runs.service import Runs
from app.services.system.identity import Identity


class Store(Protocol):
    """What ``app.services.reviews.store.Decisions`` does."""

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


RANDOM_EVERY = 5
"""One in so many records of the review queue is drawn at random from below the threshold."""

CHUNK = 100


@dataclass(frozen=True)
class ReviewQueue:
    """The order of review of one scored run.

    After every four of the most severe that nobody judged under this model comes one drawn from
    the rows below the threshold, in an order that the run's id alone decides: what is measured
    does not only come from the top, and every reviewer goes the same way.
    """

    decisions: Store
    path: Path
    run_id: str
    model_run_id: str
    threshold: float

    def next(self, skipped: frozenset[str]) -> Candidate | None:
        """Return the next record; None when there is none left."""
        kinds = [SampledBy.QUEUE, SampledBy.RANDOM]
        for kind in reversed(kinds) if self._random_is_due() else kinds:
            if record := self._first_unjudged(kind, skipped):
                return Candidate(record, kind)
        return None

    def _random_is_due(self) -> bool:
        counts = self.decisions.counts_of_run(self.run_id)
        queue, random = (
            sum(count.records for count in counts if count.sampled_by == kind)
            for kind in (SampledBy.QUEUE, SampledBy.RANDOM)
        )
        return queue >= (random + 1) * (RANDOM_EVERY - 1)

    def _first_unjudged(self, kind: SampledBy, skipped: frozenset[str]) -> Record | None:
        offset = 0
        while records := _chunk(self.path, self.run_id, self.threshold, kind, offset):
            keys = [record.key for record in records if record.key not in skipped]
            judged = self.decisions.judged(self.model_run_id, keys)
            for record in records:
                if record.key in keys and record.key not in judged:
                    return record
            offset += CHUNK
        return None


@lru_cache(maxsize=64)
def _chunk(
    path: Path, run_id: str, threshold: float, kind: SampledBy, offset: int
) -> tuple[Record, ...]:
    """Read a part of the queue once: a scored file never changes."""
    rows = ReviewRows(path)
    if kind is SampledBy.RANDOM:
        return tuple(rows.random(threshold, run_id, CHUNK, offset))
    return tuple(rows.worst(threshold, CHUNK, offset))


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
