"""Verdicts kept in memory, with the same answers as PostgreSQL gives."""

from collections import Counter
from dataclasses import asdict, replace
from datetime import UTC, datetime

from app.clients.errors import Conflict, unreachable
from app.services.reviews.types import JudgedScore, StoredVerdict, VerdictCount, surprise


class FakeDecisions:
    """Adds verdicts and never changes one; down when the database is."""

    def __init__(self, database):
        self._database = database
        self.verdicts = []

    def add(self, verdicts, seen):
        """Store them, unless somebody was faster."""
        self._reach()
        in_force = {}
        for verdict in self._standing():
            in_force[verdict.row_hash] = verdict
        surprises = [
            in_force[key]
            for key, known in seen.items()
            if key in in_force and in_force[key].id != known
        ]
        if surprises:
            raise Conflict("PostgreSQL", surprise(surprises))
        first = len(self.verdicts) + 1
        added = [
            StoredVerdict(**asdict(verdict), id=first + place, decided_at=datetime.now(UTC))
            for place, verdict in enumerate(verdicts)
        ]
        self.verdicts += added
        return added

    def withdraw(self, verdict_id, withdrawn_by):
        """Take one back."""
        self._reach()
        verdict = self.verdicts[verdict_id - 1]
        if verdict.withdrawn_by:
            return False
        self.verdicts[verdict_id - 1] = replace(
            verdict, withdrawn_by=withdrawn_by, withdrawn_at=datetime.now(UTC)
        )
        return True

    def of_records(self, hashes):
        """Newest first."""
        self._reach()
        return [verdict for verdict in reversed(self.verdicts) if verdict.row_hash in set(hashes)]

    def judged(self, model_run_id, hashes):
        """Under one model."""
        self._reach()
        return {
            verdict.row_hash
            for verdict in self._standing()
            if verdict.model_run_id == model_run_id and verdict.row_hash in set(hashes)
        }

    def counts(self, model_run_id):
        """Of a model."""
        return self._counted(lambda verdict: verdict.model_run_id == model_run_id)

    def counts_of_run(self, run_id):
        """Of a score run."""
        return self._counted(lambda verdict: verdict.run_id == run_id)

    def counts_by_model(self, model_run_ids):
        """Of each model."""
        return {each: self.counts(each) for each in model_run_ids}

    def judged_scores(self, model_run_id):
        """Of what was flagged or came in turn."""
        self._reach()
        newest = {
            verdict.row_hash: verdict
            for verdict in self._standing()
            if verdict.model_run_id == model_run_id
            and (verdict.flagged or verdict.sampled_by == "queue")
        }
        return [JudgedScore(each.anomaly_score, each.verdict) for each in newest.values()]

    def _counted(self, where):
        self._reach()
        newest = {
            (verdict.model_run_id, verdict.row_hash): verdict
            for verdict in self._standing()
            if where(verdict)
        }
        counts = Counter((v.flagged, v.sampled_by, v.verdict) for v in newest.values())
        return [VerdictCount(*kind, records) for kind, records in counts.items()]

    def _standing(self):
        return [verdict for verdict in self.verdicts if not verdict.withdrawn_by]

    def _reach(self):
        if self._database.down:
            raise unreachable("PostgreSQL", self._database.address)
