"""Verdicts kept in memory, with the same answers as PostgreSQL gives."""

from collections import Counter
from dataclasses import replace

from app.clients.errors import Conflict, unreachable
from app.services.reviews.store import VerdictStore
from app.services.reviews.types import JudgedScore, VerdictCount, already_judged


class FakeVerdicts(VerdictStore):
    """A store without PostgreSQL; unreachable while the fake database is down."""

    def __init__(self, database):
        self._database = database
        self.given = []

    def add(self, verdicts, seen):
        """Store verdicts unless another one is in force by now."""
        current = {verdict.row_hash: verdict for verdict in self._valid()}
        unseen = [
            current[key]
            for key, known in seen.items()
            if key in current and current[key].id != known
        ]
        if unseen:
            raise Conflict("PostgreSQL", already_judged(unseen))
        first = len(self.given) + 1
        added = [replace(verdict, id=first + place) for place, verdict in enumerate(verdicts)]
        self.given += added
        return added

    def withdraw(self, verdict_id, withdrawn_by):
        """Withdraw a verdict."""
        if self.given[verdict_id - 1] not in self._valid():
            return False
        withdrawn = replace(self.given[verdict_id - 1], withdrawn_by=withdrawn_by)
        self.given[verdict_id - 1] = withdrawn
        return True

    def of_records(self, hashes):
        """Return the verdicts on some records, newest first."""
        self._reach()
        return [verdict for verdict in reversed(self.given) if verdict.row_hash in set(hashes)]

    def judged(self, model_run_id, hashes):
        """Return the records that have a verdict under one model."""
        return {
            verdict.row_hash
            for verdict in self._valid()
            if verdict.model_run_id == model_run_id and verdict.row_hash in set(hashes)
        }

    def counts(self, model_run_ids):
        """Count the verdicts under each model."""
        return {
            each: self._counted(lambda verdict, model=each: verdict.model_run_id == model)
            for each in model_run_ids
        }

    def counts_of_run(self, run_id):
        """Count the verdicts of a score run."""
        return self._counted(lambda verdict: verdict.run_id == run_id)

    def judged_scores(self, model_run_id):
        """Return the scores of records that were flagged or came from the queue."""
        newest = {
            verdict.row_hash: verdict
            for verdict in self._valid()
            if verdict.model_run_id == model_run_id
            and (verdict.flagged or verdict.sampled_by == "queue")
        }
        return [JudgedScore(each.anomaly_score, each.verdict) for each in newest.values()]

    def _counted(self, where):
        newest = {
            (verdict.model_run_id, verdict.row_hash): verdict
            for verdict in self._valid()
            if where(verdict)
        }
        counts = Counter((v.flagged, v.sampled_by, v.verdict) for v in newest.values())
        return [VerdictCount(*kind, records) for kind, records in counts.items()]

    def _valid(self):
        self._reach()
        return [verdict for verdict in self.given if not verdict.withdrawn_by]

    def _reach(self):
        if self._database.down:
            raise unreachable("PostgreSQL", self._database.address)
