"""Finds single changes of a row that would make it normal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.model.drift import ranked
from pipeline.tables.schema import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.model.detector import TrainedModel

COMMON_VALUES = 12
QUANTILES = np.linspace(0.05, 0.95, 19)


@dataclass(frozen=True)
class Candidate:
    """A row with one value replaced.

    Attributes
    ----------
    value
        The new value.
    score, severity
        Of the changed row.
    size
        How large the change is, 0 to 1, as ``pipeline.explain.neighbours`` measures.
    makes_normal
        Whether the changed row is not an anomaly.
    """

    column: str
    value: Any
    score: float
    severity: float
    size: float
    makes_normal: bool


class CounterfactualSearch:
    """Tries values that are common among reference records, one column at a time.

    Parameters
    ----------
    size
        How far two values of a number column are apart, 0 to 1.
    """

    def __init__(
        self,
        model: TrainedModel,
        reference: pd.DataFrame,
        size: Callable[[str, float, float], float],
    ) -> None:
        self._model = model
        self._size = size
        self._common = {
            column.name: _common(reference[column.name], column.role)
            for column in model.schema.columns
            if column.role is not Role.IGNORED
        }

    def search(self, row: pd.DataFrame) -> list[Candidate]:
        """Return the best change of each column, those that make the row normal first.

        Among those the smallest is first, among the others the one with the highest score.
        """
        tried = [
            (name, value)
            for name, values in self._common.items()
            for value in values
            if pd.isna(old := row[name].iloc[0]) or value != old
        ]
        if not tried:
            return []
        scores = self._model.decision(_changed(row, tried))
        severities = self._model.threshold.severity(scores)
        normal = scores >= self._model.score_threshold
        candidates = [
            Candidate(
                name,
                value,
                float(score),
                float(severity),
                self._measure(row, name, value),
                makes_normal=bool(helps),
            )
            for (name, value), score, severity, helps in zip(
                tried, scores, severities, normal, strict=True
            )
        ]
        return _best(candidates)

    def _measure(self, row: pd.DataFrame, name: str, value: Any) -> float:  # noqa: ANN401 - of any column
        old = row[name].iloc[0]
        is_number = pd.api.types.is_float_dtype(row[name].dtype)
        return self._size(name, old, value) if is_number and not pd.isna(old) else 1.0


def _common(values: pd.Series[Any], role: Role) -> list[Any]:
    present = values.dropna()
    if not len(present):
        return []
    if role is Role.CATEGORICAL:
        return ranked(present)[:COMMON_VALUES]
    kept = present.sort_values().iloc[(QUANTILES * (len(present) - 1)).round().astype(int)]
    return list(dict.fromkeys(kept.tolist()))


def _changed(row: pd.DataFrame, tried: list[tuple[str, Any]]) -> pd.DataFrame:
    """Return a copy of the row for each change, with that change made."""
    columns = {}
    for name in row.columns:
        old = row[name].iloc[0]
        values = [value if column == name else old for column, value in tried]
        is_category = isinstance(row[name].dtype, pd.CategoricalDtype)
        columns[name] = (
            pd.Categorical([None if pd.isna(value) else value for value in values])
            if is_category
            else pd.Series(values, dtype=row[name].dtype)
        )
    return pd.DataFrame(columns)


def _best(candidates: list[Candidate]) -> list[Candidate]:
    best: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=_rank):
        best.setdefault(candidate.column, candidate)
    return sorted(best.values(), key=_rank)


def _rank(candidate: Candidate) -> tuple[bool, float, float]:
    size = candidate.size if candidate.makes_normal else 0.0
    return (not candidate.makes_normal, size, -candidate.score)
