"""Verdicts on their way into the database and out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import sqrt
from typing import Any


@dataclass(frozen=True)
class NewVerdict:
    """What a reviewer says of a record; the names are those of ``app.database.tables``."""

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


CONFIDENCE_Z = 1.959963984540054
"""Half width of the middle 95 % of the normal distribution."""


class Verdict(StrEnum):
    """What a record turned out to be."""

    CONFIRMED = "confirmed"
    FALSE_ALARM = "false_alarm"
    UNSURE = "unsure"


class SampledBy(StrEnum):
    """How a record came before the reviewer."""

    QUEUE = "queue"
    RANDOM = "random"
    TOP = "top"


@dataclass(frozen=True)
class Record:
    """One scored row.

    Attributes
    ----------
    row
        Its number in the file, from 1.
    key
        The hash of its content.
    values
        The operator's own columns, in the order of the file.
    """

    row: int
    key: str
    values: dict[str, Any]
    score: float
    severity: float
    flagged: bool


@dataclass(frozen=True)
class Candidate:
    """The next record to review, and why it is this one."""

    record: Record
    sampled_by: SampledBy


@dataclass(frozen=True)
class Share:
    """A share of what was decided, with its 95 % interval.

    Attributes
    ----------
    hits, decided
        Confirmed, and confirmed or false alarms; the unsure count for neither.
    share, low, high
        0 to 1; None while nothing is decided.
    """

    hits: int
    decided: int
    unsure: int
    share: float | None
    low: float | None
    high: float | None

    @property
    def reviewed(self) -> int:
        """Records with any verdict."""
        return self.decided + self.unsure


@dataclass(frozen=True)
class Precision:
    """How right a model is, as far as reviewers looked.

    Attributes
    ----------
    flagged
        Of the rows that the model had flagged: its precision at the reviewed depth.
    missed
        Of the rows drawn at random that it had not flagged: what it misses.
    """

    flagged: Share
    missed: Share


def wilson(hits: int, decided: int, unsure: int = 0) -> Share:
    """Return a share with its score interval.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference. Journal
    of the American Statistical Association 22.

    Examples
    --------
    >>> share = wilson(8, 10)
    >>> round(share.low, 3), round(share.high, 3)
    (0.49, 0.943)
    """
    if not decided:
        return Share(hits, decided, unsure, None, None, None)
    share, weight = hits / decided, CONFIDENCE_Z**2 / decided
    half = sqrt(weight * (share * (1 - share) + weight / 4))
    low, high = ((share + weight / 2 + side * half) / (1 + weight) for side in (-1, 1))
    return Share(hits, decided, unsure, share, max(0.0, low), min(1.0, high))


def precision(counts: Sequence[VerdictCount]) -> Precision:
    """Work out a model's precision, as the view ``monitoring.verdict_precision`` does."""
    return Precision(
        flagged=_share([count for count in counts if count.flagged]),
        missed=_share(
            [
                count
                for count in counts
                if not count.flagged and count.sampled_by == SampledBy.RANDOM
            ]
        ),
    )


def in_force(verdicts: Sequence[StoredVerdict]) -> StoredVerdict | None:
    """Return the newest verdict that was not taken back, of verdicts that are newest first."""
    return next((verdict for verdict in verdicts if not verdict.withdrawn_by), None)


def _share(counts: list[VerdictCount]) -> Share:
    of = {kind: sum(c.records for c in counts if c.verdict == kind) for kind in Verdict}
    confirmed, false_alarms = of[Verdict.CONFIRMED], of[Verdict.FALSE_ALARM]
    return wilson(confirmed, confirmed + false_alarms, of[Verdict.UNSURE])
