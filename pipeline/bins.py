"""How a column is cut into bins, the same for the training rows and for any later ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Counts = NDArray[np.int64]

NUMERIC_BINS = 10
COMMON_CATEGORIES = 20


def ranked(values: pd.Series[Any]) -> list[str]:
    """Return the categories that occur, the most frequent first.

    Equally frequent ones go by name, whatever order the file's dictionary has them in.
    """
    counts = values.value_counts(sort=False)
    return [name for _, name in sorted((-rows, str(name)) for name, rows in counts.items() if rows)]


@dataclass(frozen=True)
class NumericBins:
    """Numbers between ``edges`` (each bin holds its upper edge), and a last bin for missing."""

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
        spans = (" and ".join(filter(None, pair)) for pair in zip(lows, highs, strict=True))
        return [*(span or "any number" for span in spans), "missing"]

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
