"""Which record a reviewer gets next."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.services.reviews_model import Candidate, Record, SampledBy
from app.services.reviews_rows import ReviewRows
from app.services.reviews_store import Store

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
