"""Verdicts on their way into the database and out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class NewVerdict:
    """What a reviewer says of a record; the names are those of ``app.database.decisions``."""

    row_hash: str
    run_id: str
    model_run_id: str
    verdict: str
    reason: str
    comment: str
    reviewer: str
    sampled_by: str
    anomaly_score: float
    severity: float
    flagged: bool


@dataclass(frozen=True)
class StoredVerdict(NewVerdict):
    """A verdict as it is kept.

    Attributes
    ----------
    withdrawn_by
        Who took it back; empty while it stands.
    """

    id: int
    decided_at: datetime
    withdrawn_by: str = ""
    withdrawn_at: datetime | None = None


@dataclass(frozen=True)
class VerdictCount:
    """How many records of a model were judged alike."""

    flagged: bool
    sampled_by: str
    verdict: str
    records: int


@dataclass(frozen=True)
class JudgedScore:
    """What a model gave a record, and the verdict in force on it."""

    score: float
    verdict: str


def surprise(verdicts: Sequence[StoredVerdict]) -> str:
    """Say who was faster."""
    first = verdicts[0]
    said = first.verdict.replace("_", " ")
    if len(verdicts) == 1:
        what = f"{first.reviewer} has judged this record meanwhile: {said}"
    else:
        what = f"{first.reviewer} and maybe others have judged {len(verdicts)} of them meanwhile"
    return f"{what}. Nothing was stored; look at it and decide again."
