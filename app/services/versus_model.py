"""Two models on the same rows, in numbers.

The two are called A and B, in the order in which the operator chose them: rows *enter* when B
flags them and A does not, and *leave* the other way round.
"""

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

from app.services.overlap import jaccard
from app.services.run_model import Run


class Part(StrEnum):
    """Rows by which of the two models flags them."""

    ENTER = "enter"
    LEAVE = "leave"
    BOTH = "both"


@dataclass(frozen=True)
class Side:
    """One of the two.

    Attributes
    ----------
    asked
        The run that was chosen: a training, or a scoring of the data.
    model
        The train run behind it; None when it is unknown.
    scored
        The finished score run of the data with this model; None when there is none yet.
    """

    asked: Run
    model: Run | None
    scored: Run | None


@dataclass(frozen=True)
class Versus:
    """Two models and the data set they are compared on."""

    dataset_id: str
    a: Side
    b: Side


@dataclass(frozen=True)
class Overlap:
    """How two models flag the same rows, each by its own threshold.

    Attributes
    ----------
    both, entering, leaving
        Rows that both, only B, only A flags.
    correlation
        Pearson's, of the two severities; None where one of them does not vary.
    starts
        Severity from which A and B flag a row; None where one flags none.
    """

    rows: int
    both: int
    entering: int
    leaving: int
    correlation: float | None
    starts: tuple[float | None, float | None]

    @property
    def rates(self) -> tuple[float, float]:
        """Anomalies per row by A and by B."""
        whole = max(self.rows, 1)
        return (self.both + self.leaving) / whole, (self.both + self.entering) / whole

    @property
    def jaccard(self) -> float | None:
        """Rows that both flag by rows that any flags; None where no row is flagged."""
        return jaccard(self.both, self.entering + self.leaving)

    @property
    def agreement(self) -> float:
        """Rows on which both say the same, by all rows."""
        return 1.0 - (self.entering + self.leaving) / max(self.rows, 1)

    @property
    def kappa(self) -> float | None:
        """Agreement beyond chance: 1 is perfect, 0 what two unrelated models of these rates reach.

        Cohen 1960, Educational and Psychological Measurement 20, 37-46. None where chance alone
        agrees on everything.
        """
        a, b = self.rates
        chance = a * b + (1.0 - a) * (1.0 - b)
        return None if chance >= 1.0 else (self.agreement - chance) / (1.0 - chance)

    def count(self, part: Part) -> int:
        """Return the rows of a part."""
        return {Part.ENTER: self.entering, Part.LEAVE: self.leaving, Part.BOTH: self.both}[part]


@dataclass(frozen=True)
class Density:
    """Rows by both severities; ``counts`` are by the step of A, then of B, None for no row."""

    edges: tuple[float, ...]
    counts: tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True)
class PartRows:
    """Some rows of a part.

    Attributes
    ----------
    rows
        ``severity_a``, ``severity_b``, ``change``, ``row`` (in the file, from 1), then the data.
    """

    rows: pa.Table
    offset: int
