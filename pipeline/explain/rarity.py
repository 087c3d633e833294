"""How rare the values of a row are among reference records, usually those of the training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.explain.types import How, Rarity
from pipeline.tables.schema import Role

if TYPE_CHECKING:
    from pipeline.tables.schema import Schema

FEW_VALUES = 50
"""A number column with no more different values is counted value by value, like categories."""

PARTS = ("year", "month", "day_of_week", "hour")


class Rarities:
    """Counts the values of some reference records once, to look up those of many rows.

    Parameters
    ----------
    reference
        Records as ``pipeline.tables.frames.model_frame`` returns them.
    """

    def __init__(self, reference: pd.DataFrame, schema: Schema) -> None:
        readers: dict[Role, type[_Numbers | _Categories | _Dates]] = {
            Role.NUMERIC: _Numbers,
            Role.CATEGORICAL: _Categories,
            Role.DATE: _Dates,
        }
        self._columns = {
            column.name: readers[column.role](reference[column.name])
            for column in schema.columns
            if column.role in readers
        }

    def of(self, row: pd.DataFrame) -> dict[str, Rarity]:
        """Return how rare each value of a frame of one row is."""
        return {name: column.of(row[name].iloc[0]) for name, column in self._columns.items()}


class _Numbers:
    def __init__(self, values: pd.Series[Any]) -> None:
        numbers = values.to_numpy(dtype=np.float64)
        self._rows = max(len(numbers), 1)
        self._sorted = np.sort(numbers[~np.isnan(numbers)])
        self._is_discrete = len(np.unique(self._sorted)) <= FEW_VALUES

    def of(self, value: float) -> Rarity:
        if np.isnan(value):
            return Rarity(1.0 - len(self._sorted) / self._rows, How.EMPTY)
        below, at_most = np.searchsorted(self._sorted, [value, np.nextafter(value, np.inf)])
        if self._is_discrete:
            return Rarity(float(at_most - below) / self._rows, How.SEEN)
        high = float(len(self._sorted) - below) / self._rows
        low = float(at_most) / self._rows
        return Rarity(high, How.AT_LEAST) if high <= low else Rarity(low, How.AT_MOST)


class _Categories:
    def __init__(self, values: pd.Series[Any]) -> None:
        self._shares = (values.value_counts(dropna=False) / max(len(values), 1)).to_dict()
        self._empty = float(values.isna().mean()) if len(values) else 0.0

    def of(self, value: Any) -> Rarity:  # noqa: ANN401 - text or a missing value
        if pd.isna(value):
            return Rarity(self._empty, How.EMPTY)
        return Rarity(float(self._shares.get(value, 0.0)), How.SEEN)


class _Dates:
    """A date is as rare as the part that is rarest for its kind: an hour is one of 24."""

    def __init__(self, values: pd.Series[Any]) -> None:
        self._empty = float(values.isna().mean()) if len(values) else 0.0
        dates = values.dropna().dt
        self._shares = {
            part: getattr(dates, part).value_counts(normalize=True).to_dict() for part in PARTS
        }

    def of(self, value: Any) -> Rarity:  # noqa: ANN401 - a timestamp or a missing value
        if pd.isna(value):
            return Rarity(self._empty, How.EMPTY)
        found = {
            part: float(shares.get(getattr(value, part), 0.0))
            for part, shares in self._shares.items()
        }
        rarest = min(found, key=lambda part: found[part] * max(len(self._shares[part]), 1))
        return Rarity(found[rarest], How(rarest))
