"""Reviews: the verdicts that one operator gives on scored rows, and the queue of rows to review."""

from collections.abc import Mapping, Sequence

from app.clients.errors import Forbidden
from app.services import caching
from app.services.anomalies.service import Anomalies
from app.services.caching import FOREVER, SHORT, Subject, cached
from app.services.identity import Identity
from app.services.reviews.records import QUEUE_CHUNK, count_rows, read_queue, read_rows
from app.services.reviews.store import VerdictStore
from app.services.reviews.types import (
    GivenVerdict,
    QueuedRecord,
    SampledBy,
    ScoredRecord,
    Verdict,
    VerdictPrecision,
)
from app.services.runs.service import Runs
from pipeline.errors import Rejected

CONSOLE = "The console"
RANDOM_EVERY = 5
"""One in so many records of the review queue is sampled at random from below the threshold."""

MAX_RECORDS = 1_000


class Reviews:
    """Verdicts on scored rows.

    A record is identified by its content, so its verdicts are shown in every run that holds it.
    Whether it still waits for review is decided per model, because the precision of a model is
    measured by the verdicts given under that model.
    """

    def __init__(
        self, identity: Identity, verdicts: VerdictStore, anomalies: Anomalies, runs: Runs
    ) -> None:
        self._identity = identity
        self._verdicts = verdicts
        self._anomalies = anomalies
        self._runs = runs

    @cached(FOREVER)
    def records(self, run_id: str, rows: Sequence[int]) -> tuple[ScoredRecord, ...]:
        """Return some rows of a scored run by their numbers from 1."""
        return read_rows(self._anomalies.scored_path(run_id), rows)

    @cached(SHORT, Subject.VERDICTS)
    def history(self, keys: Sequence[str]) -> dict[str, tuple[GivenVerdict, ...]]:
        """Return every verdict on each record, given in any run, newest first."""
        found: dict[str, list[GivenVerdict]] = {key: [] for key in keys}
        for verdict in self._verdicts.of_records(keys):
            found[verdict.row_hash].append(verdict)
        return {key: tuple(verdicts) for key, verdicts in found.items()}

    def decide(
        self,
        run_id: str,
        records: Sequence[ScoredRecord],
        verdict: Verdict,
        sampled_by: SampledBy,
        seen: Mapping[str, int | None],
        *,
        reason: str = "",
        comment: str = "",
    ) -> list[GivenVerdict]:
        """Store one verdict on some records, all or none.

        Parameters
        ----------
        seen
            Id of the verdict in force that the operator saw, by the record's key; None for none.

        Raises
        ------
        Forbidden
            The operator's role only reads.
        Conflict
            Somebody else has judged one of the records since.
        """
        self._require_reviewer()
        unique = _unique(records)
        model_run_id = self._runs.get(run_id).model_run_id
        given = [
            GivenVerdict(
                row_hash=record.key,
                run_id=run_id,
                model_run_id=model_run_id,
                verdict=verdict.value,
                reason=reason.strip(),
                comment=comment.strip(),
                reviewer=self._identity.username,
                sampled_by=sampled_by.value,
                anomaly_score=record.score,
                severity=record.severity,
                flagged=record.flagged,
            )
            for record in unique
        ]
        try:
            return self._verdicts.add(given, {each.key: seen.get(each.key) for each in unique})
        finally:  # after a conflict as well: what the operator saw is outdated
            caching.changed(Subject.VERDICTS)

    def undo(self, verdict_ids: Sequence[int]) -> int:
        """Withdraw verdicts, so that earlier ones count again; return how many were valid."""
        self._require_reviewer()
        who = self._identity.username
        try:
            return sum(self._verdicts.withdraw(verdict_id, who) for verdict_id in verdict_ids)
        finally:
            caching.changed(Subject.VERDICTS)

    def precision(self, run_id: str) -> VerdictPrecision:
        """Return the precision of the model that scored a run, from all verdicts under it."""
        return self._verdicts.precision(self._runs.get(run_id).model_run_id)

    @cached(SHORT, Subject.VERDICTS)
    def reviewed(self, run_id: str) -> int:
        """Count the records that were judged in this run."""
        return sum(count.records for count in self._verdicts.counts_of_run(run_id))

    @cached(FOREVER)
    def rows_from(self, run_id: str, severity: float) -> int:
        """Count the rows of a run from a severity upwards."""
        return count_rows(self._anomalies.scored_path(run_id), severity)

    @cached(SHORT, Subject.VERDICTS)
    def next(
        self, run_id: str, threshold: float, skipped: frozenset[str] = frozenset()
    ) -> QueuedRecord | None:
        """Return the next record to review; None when there is none left.

        After four of the most severe records that are not judged under this model comes one
        sampled from the rows below the threshold, in an order that depends on the run's id alone:
        so precision is not measured at the top only, and all reviewers get the same order.
        """
        kinds = [SampledBy.QUEUE, SampledBy.RANDOM]
        for kind in reversed(kinds) if self._random_is_due(run_id) else kinds:
            if record := self._first_unjudged(run_id, threshold, kind, skipped):
                return QueuedRecord(record, kind)
        return None

    def _random_is_due(self, run_id: str) -> bool:
        counts = self._verdicts.counts_of_run(run_id)
        queue, random = (
            sum(count.records for count in counts if count.sampled_by == kind)
            for kind in (SampledBy.QUEUE, SampledBy.RANDOM)
        )
        return queue >= (random + 1) * (RANDOM_EVERY - 1)

    def _first_unjudged(
        self, run_id: str, threshold: float, kind: SampledBy, skipped: frozenset[str]
    ) -> ScoredRecord | None:
        path = self._anomalies.scored_path(run_id)
        model_run_id = self._runs.get(run_id).model_run_id
        offset = 0
        while records := read_queue(path, kind, threshold, run_id, offset):
            keys = [record.key for record in records if record.key not in skipped]
            judged = self._verdicts.judged(model_run_id, keys)
            for record in records:
                if record.key in keys and record.key not in judged:
                    return record
            offset += QUEUE_CHUNK
        return None

    def _require_reviewer(self) -> None:
        if not self._identity.can_trigger:
            raise Forbidden(
                CONSOLE,
                f"Your role {self._identity.role} may read verdicts, not give them; it needs the "
                "role user, op or admin.",
            )


def _unique(records: Sequence[ScoredRecord]) -> list[ScoredRecord]:
    unique = list({record.key: record for record in records}.values())
    if len(unique) > MAX_RECORDS:
        raise Rejected(
            CONSOLE,
            f"At most {MAX_RECORDS:,} records can be judged at once, not {len(unique):,}; "
            "choose fewer.",
        )
    return unique
