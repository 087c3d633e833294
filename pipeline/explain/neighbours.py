"""Finds normal rows that resemble a given row, and how they differ from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet as pq

from pipeline.explain.contributions import feature_columns
from pipeline.explain.types import NormalRow, shown
from pipeline.model.threshold import NORMAL
from pipeline.tables.frames import model_frame
from pipeline.tables.schema import SCORED_COLUMNS, Role

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from pipeline.model.detector import TrainedModel

SAMPLED_GROUPS = 4
SAMPLED_ROWS = 20_000
EDGES = (0.05, 0.95)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NormalSample:
    """Some normal rows of a scored file.

    Attributes
    ----------
    numbers
        Their numbers in the file, from 1.
    table
        All their columns.
    """

    numbers: NDArray[np.int64]
    table: pa.Table


def read_rows(scored: Path, start: int, count: int = 1) -> pa.Table:
    """Return ``count`` rows of a Parquet file from the 0-based row ``start`` of one row group."""
    with pq.ParquetFile(scored) as file:
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if start < rows:
                return file.read_row_group(group).slice(start, count)
            start -= rows
        return file.schema_arrow.empty_table()


def sample_normal(scored: Path, seed: int = 0) -> NormalSample:
    """Draw normal rows from a few parts of a scored file, so that its size does not matter."""
    with pq.ParquetFile(scored) as file:
        sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        chosen = np.unique(np.linspace(0, len(sizes) - 1, SAMPLED_GROUPS).astype(int))
        table = pa.concat_tables([file.read_row_group(int(group)) for group in chosen])
    numbers = np.concatenate([np.arange(starts[g], starts[g + 1]) for g in chosen]) + 1
    normal = np.flatnonzero(table.column("anomaly_pred").to_numpy() == NORMAL)
    random = np.random.default_rng(seed)
    if len(normal) > SAMPLED_ROWS:
        normal = np.sort(random.choice(normal, SAMPLED_ROWS, replace=False))
    return NormalSample(numbers[normal], table.take(pa.array(normal)))


class Neighbourhood:
    """Finds the rows of a sample that are nearest to a given row.

    The distance is the mean over the model's columns of how far two values are apart: for
    numbers the difference over the width of the middle nine tenths, one at the most; for
    categories 0 when alike and 1 when not; for dates the mean over the parts that the model
    sees. One column cannot outweigh all others.

    References
    ----------
    Gower (1971), A general coefficient of similarity and some of its properties. Biometrics 27.
    """

    def __init__(self, model: TrainedModel, sample: NormalSample) -> None:
        self._model = model
        self._sample = sample
        self._frame = model_frame(sample.table, model.schema)
        self._columns = np.array(feature_columns(model.detector["features"]))
        empty = np.empty((0, len(self._columns)))
        self._encoded = self._encode(self._frame) if len(self._frame) else empty
        self._widths = _widths(self._encoded)
        self._categories = model.schema.of_role(Role.CATEGORICAL)

    def nearest(self, row: pa.Table, number: int, count: int) -> tuple[NormalRow, ...]:
        """Return the nearest rows to a table of one row, which is itself row ``number``."""
        if not len(self._frame):
            return ()
        own = row.to_pylist()[0]
        distances = self._distances(model_frame(row, self._model.schema))
        distances[self._sample.numbers == number] = np.inf
        order = np.argsort(distances, kind="stable")[:count]
        return tuple(
            NormalRow(
                int(self._sample.numbers[at]), float(distances[at]), self._differences(own, int(at))
            )
            for at in order
            if np.isfinite(distances[at])
        )

    def _differences(self, own: dict[str, Any], at: int) -> dict[str, str]:
        other = self._sample.table.slice(at, 1).to_pylist()[0]
        return {
            name: shown(value)
            for name, value in other.items()
            if name not in SCORED_COLUMNS and shown(value) != shown(own[name])
        }

    def size(self, column: str, old: float, new: float) -> float:
        """Return how far two values of a number column are apart, 0 to 1."""
        (feature,) = np.flatnonzero(self._columns == column)
        return min(1.0, abs(new - old) / float(self._widths[feature]))

    def _distances(self, row: pd.DataFrame) -> Floats:
        apart = np.minimum(1.0, np.abs(self._encoded - self._encode(row)[0]) / self._widths)
        names = list(dict.fromkeys(self._columns))
        total = np.zeros(len(self._frame))
        for name in names:
            if name in self._categories:
                total += _differ(self._frame[name], row[name].iloc[0])
            else:
                total += apart[:, self._columns == name].mean(axis=1)
        distances: Floats = total / len(names)
        return distances

    def _encode(self, frame: pd.DataFrame) -> Floats:
        return np.asarray(self._model.detector["features"].transform(frame), dtype=np.float64)


def _widths(encoded: Floats) -> Floats:
    if not len(encoded):
        return np.ones(encoded.shape[1])
    low, high = np.quantile(encoded, EDGES, axis=0)
    widths = np.where(high > low, high - low, np.ptp(encoded, axis=0))
    return np.where(widths > 0, widths, 1.0)


def _differ(values: pd.Series[str], value: object) -> Floats:
    categories = values.cat.categories
    code = categories.get_loc(value) if value in categories else -2
    if value is None or value != value:  # noqa: PLR0124 - NaN differs from itself
        code = -1
    return np.asarray(values.cat.codes != code, dtype=np.float64)
