"""Turns scores into flags, severities and bands.

Scores are scikit-learn's ``decision_function``: lower is more anomalous, below 0 is an anomaly
unless people have decided on another threshold.
Severity runs the other way: higher is more anomalous, 0 to 100.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

BANDS = (("minor", 90.0), ("moderate", 95.0), ("major", 99.0), ("critical", 99.9))
"""Severity from which a row belongs to a band: a critical row is more anomalous than 99.9 % of the
training rows, about one in a thousand. Below the first band a row is ``normal``."""

ANOMALY, NORMAL = -1, 1
REFERENCE_POINTS = 2_000
TAIL_POINTS = 1_000
"""The most anomalous training scores are all kept, because the upper bands lie among them."""

DECIMALS = 12

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Threshold:
    """The training scores in brief: where the flag begins, and how rare each score was.

    Attributes
    ----------
    offset
        Threshold on the scale of ``score_samples``; scores are relative to it.
    contamination
        Share of the training rows that was to be flagged.
    scores
        Some training scores, ascending, each once.
    shares
        Share of the training rows with that score or a lower one, 0 to 1.

    Examples
    --------
    >>> threshold = Threshold.of_training([-0.2, 0.1, 0.1, 0.3], offset=-0.5, contamination=0.25)
    >>> threshold.severity([-0.3, -0.2, 0.1, 0.4]).tolist()
    [100.0, 75.0, 25.0, 0.0]
    """

    offset: float
    contamination: float
    scores: tuple[float, ...]
    shares: tuple[float, ...]

    @classmethod
    def of_training(cls, scores: Floats, offset: float, contamination: float) -> Self:
        """Summarise the ``decision_function`` of the training rows, in any order."""
        values, counts = np.unique(_rounded(scores), return_counts=True)
        shares = np.cumsum(counts) / counts.sum()
        kept = _kept_points(len(values))
        return cls(offset, contamination, tuple(values[kept]), tuple(shares[kept]))

    def severity(self, scores: Floats) -> Floats:
        """Return the share of training rows that are less anomalous, in percent."""
        at_most = np.interp(_rounded(scores), self.scores, self.shares, left=0.0, right=1.0)
        return np.asarray(100.0 * (1.0 - at_most), dtype=np.float64)

    def to_json(self) -> str:
        """Return the threshold as JSON text, with the bands for the reader."""
        return json.dumps({**self.__dict__, "bands": dict(BANDS)})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Build the threshold that ``to_json`` wrote."""
        return TypeAdapter(cls).validate_json(text)


def flags(scores: Floats, score_threshold: float = 0.0) -> NDArray[np.int8]:
    """Return -1 for an anomaly, which scores below the threshold, and 1 for a normal row."""
    return np.where(np.asarray(scores) < score_threshold, ANOMALY, NORMAL).astype(np.int8)


def band(severity: float) -> str:
    """Name the band of a severity.

    >>> [band(value) for value in (50, 90, 99.95)]
    ['normal', 'minor', 'critical']
    """
    reached = [name for name, start in BANDS if severity >= start]
    return reached[-1] if reached else "normal"


def _rounded(scores: Floats) -> Floats:
    """Round, so that scores equal within rounding errors count as one: slopes would overflow."""
    rounded: Floats = np.asarray(scores, dtype=np.float64).round(DECIMALS)
    return rounded


def _kept_points(count: int) -> NDArray[np.int64]:
    spread = np.linspace(0, count - 1, REFERENCE_POINTS - TAIL_POINTS).round().astype(np.int64)
    tail = np.arange(min(count, TAIL_POINTS))
    return np.union1d(tail, spread)
