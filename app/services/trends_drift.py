"""Drift as a map of features by time, and the shares behind one of its cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from app.clients.errors import Rejected
from app.services.trends_model import DriftCell
from pipeline.drift import metric_name

MOST_FEATURES = 40
PREFIX = "drift/"


@dataclass(frozen=True)
class DriftMap:
    """The index of each feature in each stretch of time.

    Attributes
    ----------
    features
        The most drifted first.
    values
        One list for each feature; None where nothing was scored.
    hidden
        How many features, less drifted than these, are left out.
    """

    features: tuple[str, ...]
    begins: tuple[datetime, ...]
    values: tuple[tuple[float | None, ...], ...]
    hidden: int

    def peak(self) -> tuple[str, datetime] | None:
        """Return feature and time of the largest index in the newest stretch; None if empty."""
        if not self.begins:
            return None
        newest = [row[-1] or 0.0 for row in self.values]
        return self.features[newest.index(max(newest))], self.begins[-1]


@dataclass(frozen=True)
class Shift:
    """Where the rows of a column lie: their share in each bin, at training and in a run."""

    name: str
    labels: tuple[str, ...]
    expected: tuple[float, ...]
    actual: tuple[float, ...]


def drift_map(cells: Sequence[DriftCell]) -> DriftMap:
    """Arrange cells as a map of the most drifted features."""
    largest: dict[str, float] = {}
    for cell in cells:
        largest[cell.feature] = max(cell.psi, largest.get(cell.feature, 0.0))
    ranked = sorted(largest, key=lambda name: (-largest[name], name))
    begins = tuple(sorted({cell.begin for cell in cells}))
    known = {(cell.feature, cell.begin): cell.psi for cell in cells}
    shown = tuple(ranked[:MOST_FEATURES])
    values = tuple(tuple(known.get((name, begin)) for begin in begins) for name in shown)
    return DriftMap(shown, begins, values, len(ranked) - len(shown))


def shift_of(stored: str, feature: str) -> Shift | None:
    """Find a feature in what a score run stored; None where it is not among its columns.

    Raises
    ------
    Rejected
        The file is not as the pipeline writes it.
    """
    try:
        shifts = TypeAdapter(list[Shift]).validate_json(stored)
    except ValidationError as error:
        raise Rejected("MLflow", "the run's drift.json is not as a scoring writes it") from error
    return next((each for each in shifts if metric_name(each.name) == PREFIX + feature), None)
