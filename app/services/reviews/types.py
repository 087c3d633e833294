"""Verdicts, the records they are given on, and the precision that follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from math import sqrt
from typing import Any

CONFIDENCE_Z = 1.959963984540054
"""Half width of the middle 95 % of the normal distribution."""


class Verdict(StrEnum):
    """What a record turned out to be."""

    CONFIRMED = "confirmed"
    FALSE_ALARM = "false_alarm"
    UNSURE = "unsure"


class SampledBy(StrEnum):
    """How a record was selected for review."""

    QUEUE = "queue"
    RANDOM = "random"
    TOP = "top"


@dataclass(frozen=True)
class ScoredRecord:
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
class QueuedRecord:
    """The next record of the review queue."""

    record: ScoredRecord
    sampled_by: SampledBy


@dataclass(frozen=True)
class GivenVerdict:
    """A reviewer's verdict on a record; the fields are columns of the table ``verdicts``.

    Attributes
    ----------
    row_hash
        The record's key.
    id, decided_at
        Assigned by the database; before that 0 and the present time.
    withdrawn_by
        Who withdrew the verdict; empty while it is valid.
    """

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
    id: int = 0
    decided_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    withdrawn_by: str = ""


def in_force(verdicts: Sequence[GivenVerdict]) -> GivenVerdict | None:
    """Return the first verdict that was not withdrawn; ``verdicts`` are newest first."""
    return next((verdict for verdict in verdicts if not verdict.withdrawn_by), None)


def already_judged(verdicts: Sequence[GivenVerdict]) -> str:
    """Explain a conflict with verdicts that other reviewers stored in the meantime."""
    first = verdicts[0]
    if len(verdicts) == 1:
        verdict = first.verdict.replace("_", " ")
        what = f"{first.reviewer} has judged this record meanwhile: {verdict}"
    else:
        what = f"{first.reviewer} and maybe others have judged {len(verdicts)} of them meanwhile"
    return f"{what}. Nothing was stored; look at it and decide again."


@dataclass(frozen=True)
class JudgedScore:
    """The score a model gave a record, and the verdict in force on it."""

    score: float
    verdict: str


@dataclass(frozen=True)
class VerdictCount:
    """How many records of a model have the same verdict, were sampled and flagged alike."""

    flagged: bool
    sampled_by: str
    verdict: str
    records: int


@dataclass(frozen=True)
class Share:
    """The confirmed share of the decided records, with its 95 % interval.

    Attributes
    ----------
    hits, decided
        Confirmed, and confirmed or false alarms; unsure verdicts count for neither.
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
class VerdictPrecision:
    """Precision of a model as measured by verdicts.

    Attributes
    ----------
    flagged
        Of the reviewed rows that the model had flagged: its precision.
    missed
        Of the randomly sampled rows that it had not flagged: the anomalies it missed.
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


def precision(counts: Sequence[VerdictCount]) -> VerdictPrecision:
    """Compute a model's precision, as the view ``monitoring.verdict_precision`` does."""
    flagged = [count for count in counts if count.flagged]
    random = [each for each in counts if each.sampled_by == SampledBy.RANDOM and not each.flagged]
    return VerdictPrecision(_share(flagged), _share(random))


def _share(counts: list[VerdictCount]) -> Share:
    of = {kind: sum(c.records for c in counts if c.verdict == kind) for kind in Verdict}
    confirmed, false_alarms = of[Verdict.CONFIRMED], of[Verdict.FALSE_ALARM]
    return wilson(confirmed, confirmed + false_alarms, of[Verdict.UNSURE])
