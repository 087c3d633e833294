"""Measures how far new rows have drifted from the training rows, column by column.

Bins are fixed at training, and the population stability index compares how many rows each holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from scipy.special import chdtri

from pipeline.tables.schema import Role, Schema

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

Counts = NDArray[np.int64]

NUMERIC_BINS = 10
COMMON_CATEGORIES = 20

DRIFTED = 0.25
"""Population stability index (PSI) from which a column counts as drifted.

The rule of thumb of Siddiqi (2006), Credit Risk Scorecards: below 0.1 hardly a change, above
0.25 a significant one.
"""

METRIC_PREFIX = "drift/"
MOST_METRICS = 500
"""How many columns are logged one by one, the most drifted first: MLflow takes 1,000 at a time."""

EMPTY_BIN = 0.5
"""Rows added to each bin, because an empty one has no logarithm (Jeffreys' prior)."""

CHANCE = 0.001
"""How often unchanged data may count as drifted."""


def ranked(values: pd.Series[Any]) -> list[str]:
    """Return the categories that occur, the most frequent first.

    Equally frequent ones go by name, whatever order the file's dictionary has them in.
    """
    counts = values.value_counts(sort=False)
    return [name for _, name in sorted((-rows, str(name)) for name, rows in counts.items() if rows)]


@dataclass(frozen=True)
class NumericBins:
    """Bins between ``edges``, each with its upper edge, and a last bin for missing numbers."""

    edges: tuple[float, ...]

    @classmethod
    def of_training(cls, values: pd.Series[Any]) -> Self:
        """Cut at the deciles."""
        numbers = values.dropna().to_numpy(dtype=np.float64)
        inner = np.linspace(0, 1, NUMERIC_BINS + 1)[1:-1]
        return cls(tuple(np.unique(np.quantile(numbers, inner)).tolist()) if len(numbers) else ())

    @property
    def labels(self) -> list[str]:
        """What each bin holds."""
        lows = ["", *(f"> {edge:.6g}" for edge in self.edges)]
        highs = [*(f"≤ {edge:.6g}" for edge in self.edges), ""]
        ranges = (" and ".join(filter(None, pair)) for pair in zip(lows, highs, strict=True))
        return [*(each or "any number" for each in ranges), "missing"]

    def count(self, values: pd.Series[Any]) -> Counts:
        """Count the values in each bin."""
        numbers = values.to_numpy(dtype=np.float64)
        codes = np.searchsorted(self.edges, numbers, side="left")
        codes[np.isnan(numbers)] = len(self.edges) + 1
        return np.bincount(codes, minlength=len(self.edges) + 2)


@dataclass(frozen=True)
class CategoryBins:
    """A bin for each of the ``common`` categories, then rare, unseen in training, and missing."""

    common: tuple[str, ...]
    rare: tuple[str, ...]

    @classmethod
    def of_training(cls, values: pd.Series[Any]) -> Self:
        """Give the most frequent categories bins of their own."""
        names = ranked(values)
        return cls(tuple(names[:COMMON_CATEGORIES]), tuple(names[COMMON_CATEGORIES:]))

    @property
    def labels(self) -> list[str]:
        """What each bin holds."""
        return [*self.common, "rare", "unseen", "missing"]

    @cached_property
    def _bin_of(self) -> dict[str, int]:
        rare = dict.fromkeys(self.rare, len(self.common))
        return rare | {name: code for code, name in enumerate(self.common)}

    def count(self, values: pd.Series[Any]) -> Counts:
        """Count the values in each bin."""
        unseen, missing = len(self.common) + 1, len(self.common) + 2
        names = values.cat.categories.tolist()
        # The code of a missing value is -1, which picks the last entry.
        bins = np.array([*(self._bin_of.get(name, unseen) for name in names), missing])
        return np.bincount(bins.take(values.cat.codes), minlength=missing + 1)


@dataclass(frozen=True)
class ColumnReference:
    """The bins of one column and how many training rows each holds."""

    name: str
    bins: CategoryBins | NumericBins
    counts: tuple[int, ...]


@dataclass(frozen=True)
class ColumnDrift:
    """How far one column has moved.

    Attributes
    ----------
    psi
        Population stability index against the training rows; 0 is no change at all.
    drifted
        Whether that is significant, and more than chance gives for so many rows.
    expected, actual
        Share of the training rows and of the new rows in each bin.
    """

    name: str
    psi: float
    drifted: bool
    labels: tuple[str, ...]
    expected: tuple[float, ...]
    actual: tuple[float, ...]


@dataclass(frozen=True)
class DriftReference:
    """The binned training rows, to measure drift against."""

    columns: tuple[ColumnReference, ...]

    @classmethod
    def of_training(cls, frame: pd.DataFrame, schema: Schema) -> Self:
        """Bin the number and category columns of the training rows."""
        kinds: dict[Role, type[CategoryBins | NumericBins]] = {
            Role.NUMERIC: NumericBins,
            Role.CATEGORICAL: CategoryBins,
        }
        chosen = [
            (column.name, kinds[column.role].of_training(frame[column.name]))
            for column in schema.columns
            if column.role in kinds
        ]
        return cls(
            tuple(
                ColumnReference(name, bins, tuple(bins.count(frame[name]).tolist()))
                for name, bins in chosen
            )
        )

    def count(self, frame: pd.DataFrame) -> list[Counts]:
        """Count new rows in each column's bins; counts of several chunks add up."""
        return [column.bins.count(frame[column.name]) for column in self.columns]

    def measure(self, counts: list[Counts]) -> list[ColumnDrift]:
        """Compare the counts of all new rows with the training rows, most drifted first."""
        drifts = [_drift(*pair) for pair in zip(self.columns, counts, strict=True)]
        return sorted(drifts, key=lambda drift: -drift.psi)

    def metrics(self, counts: list[Counts]) -> dict[str, float]:
        """Return the metrics of a score run that concern drift."""
        drifts = self.measure(counts)
        unseen = [
            (new[-2], new.sum() - new[-1])
            for column, new in zip(self.columns, counts, strict=True)
            if isinstance(column.bins, CategoryBins)
        ]
        missing = [(new[-1], new.sum()) for new in counts]
        return {
            "drift_max": max((drift.psi for drift in drifts), default=0.0),
            "drifted_features": float(sum(drift.drifted for drift in drifts)),
            "unseen_category_rate": _rate(unseen),
            "missing_rate": _rate(missing),
            **{metric_name(drift.name): drift.psi for drift in drifts[:MOST_METRICS]},
        }

    def to_json(self) -> str:
        """Return the reference as JSON text."""
        return TypeAdapter(DriftReference).dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Build the reference that ``to_json`` wrote."""
        return TypeAdapter(cls).validate_json(text)


def metric_name(column: str) -> str:
    """Return the name of the metric that holds a column's index.

    MLflow takes letters, digits and ``_-.: `` in a name, and no path that could be written shorter.

    >>> metric_name("injuries_total"), metric_name("speed (km/h)"), metric_name("..")
    ('drift/injuries_total', 'drift/speed _km_h_', 'drift/__')
    """
    allowed = re.sub(r"[^\w\-.: ]", "_", column)[:200]
    return METRIC_PREFIX + (allowed if allowed.strip(".") else "_" * len(allowed))


def psi(old: ArrayLike, new: ArrayLike) -> float:
    """Return the population stability index of two lists of rows in each bin.

    >>> round(psi([50_000, 50_000], [90_000, 10_000]), 3)
    0.879
    """
    before, after = _shares(old), _shares(new)
    return float(np.sum((after - before) * np.log(after / before)))


def chance_psi(bins: int, training_rows: int, new_rows: int) -> float:
    """Return the index that unchanged data exceeds once in a thousand times.

    Without drift the index is (1/n + 1/m) times a chi-square variable with ``bins`` - 1 degrees
    of freedom: Yurdakul and Naranjo (2020), Statistical properties of the population stability
    index, Journal of Risk Model Validation 14.
    """
    return float(chdtri(bins - 1, CHANCE) * (1 / training_rows + 1 / new_rows))


def _shares(counts: ArrayLike) -> NDArray[np.float64]:
    raised = np.asarray(counts, dtype=np.float64) + EMPTY_BIN
    shares: NDArray[np.float64] = raised / raised.sum()
    return shares


def _drift(reference: ColumnReference, new: Counts) -> ColumnDrift:
    old = np.asarray(reference.counts)
    index = psi(old, new)
    chance = chance_psi(len(old), int(old.sum()), int(new.sum()))
    return ColumnDrift(
        name=reference.name,
        psi=index,
        drifted=index > max(DRIFTED, chance),
        labels=tuple(reference.bins.labels),
        expected=tuple((old / old.sum()).tolist()),
        actual=tuple((new / new.sum()).tolist()),
    )


def _rate(parts: list[tuple[int, int]]) -> float:
    whole = sum(total for _, total in parts)
    return float(sum(part for part, _ in parts) / whole) if whole else 0.0
