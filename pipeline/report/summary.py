"""Sums up scored rows chunk by chunk: what charts and statistics are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from pipeline.model.threshold import BANDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

FINE_BIN = 0.0005
"""Width of the finest histogram bins; the threshold is an edge between two."""

FINE_BINS = round(2 / FINE_BIN)
"""Scores of an isolation forest lie between -1 and 1, and hardly any far from the threshold."""

TOP_ROWS = 20
BLOCKS = 100
MOST_POINTS = 150
GRAINS = {"D": "day", "M": "month", "Y": "year"}

EDGE_SHARES = (0.01, 0.99)
MARGIN = 0.25


@dataclass(frozen=True)
class ScoreHistogram:
    """Rows between edges; ``edges`` has one more entry than ``rows``."""

    edges: NDArray[np.float64]
    rows: Counts


@dataclass(frozen=True)
class RateTrend:
    """Rows and anomalies over time, or over the order of the rows.

    Attributes
    ----------
    column
        The date column; empty when there is none and the order of the rows stands in.
    grain
        Length of a period: ``day``, ``month``, ``year`` or ``rows``.
    starts
        Start of each period: ISO dates, or row numbers from 1.
    """

    column: str
    grain: str
    starts: list[str] | list[int]
    rows: Counts
    anomalies: Counts

    @property
    def rate(self) -> NDArray[np.float64]:
        """Anomalies per row of each period."""
        return self.anomalies / np.maximum(self.rows, 1)


class ScoreSummary:
    """Adds up scored chunks, which must come in the order of the rows.

    Parameters
    ----------
    schema
        Of the scored rows, in plain types; the rows may come with text as dictionaries.
    total_rows
        Rows that will be added in all.
    score_threshold
        The score below which a row is an anomaly.
    """

    def __init__(self, schema: pa.Schema, total_rows: int, score_threshold: float = 0.0) -> None:
        self.schema = schema
        self.total_rows = total_rows
        self.score_threshold = score_threshold
        self.rows = 0
        self.anomalies = 0
        self._bins = np.zeros(FINE_BINS, dtype=np.int64)
        self._bands = np.zeros(len(BANDS) + 1, dtype=np.int64)
        self._periods: list[tuple[Counts, Counts, Counts]] = []
        self.top = schema.append(pa.field("row", pa.int64())).empty_table()
        """The most anomalous rows, worst first, with their number from 1 in ``row``."""

    @cached_property
    def date_column(self) -> str:
        """The first date column; empty when there is none."""
        dates = (f.name for f in self.schema if types.is_timestamp(f.type) or types.is_date(f.type))
        return next(dates, "")

    @property
    def anomaly_rate(self) -> float:
        """Anomalies per row."""
        return self.anomalies / self.rows if self.rows else 0.0

    def add(
        self, rows: pa.RecordBatch, score: NDArray[np.float64], severity: NDArray[np.float64]
    ) -> None:
        """Add the rows of a chunk."""
        anomalous = score < self.score_threshold
        beyond = score - self.score_threshold
        self._bins += np.bincount(_fine_bin(beyond), minlength=FINE_BINS)
        starts = [start for _, start in BANDS]
        band = np.searchsorted(starts, severity, side="right")
        self._bands += np.bincount(band, minlength=len(BANDS) + 1)
        self._periods.append(self._by_period(rows, anomalous))
        self._keep_top(rows, score)
        self.rows += len(score)
        self.anomalies += int(anomalous.sum())

    @property
    def bands(self) -> dict[str, int]:
        """Rows by severity band, least severe first."""
        names = ["normal", *(name for name, _ in BANDS)]
        return dict(zip(names, self._bands.tolist(), strict=True))

    def histogram(self, bins: int = 60) -> ScoreHistogram:
        """Count the rows by score in about ``bins`` bins, with an edge at the threshold."""
        used = np.flatnonzero(self._bins)
        low, high = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)
        width = max(1, round((high - low) / bins))
        zero = FINE_BINS // 2
        first = zero - width * -(-(zero - low) // width)
        edges = np.arange(first, high + width, width)
        counts = [self._bins[max(a, 0) : a + width].sum() for a in edges[:-1]]
        scores = np.asarray((edges - zero) * FINE_BIN, dtype=np.float64)
        return ScoreHistogram(self.score_threshold + scores, np.array(counts, dtype=np.int64))

    def score_quantile(self, share: float) -> float:
        """Return the score below which ``share`` of the rows lie, to the width of a bin."""
        reached = int(np.searchsorted(np.cumsum(self._bins), share * self.rows))
        beyond = (min(reached, FINE_BINS - 1) - FINE_BINS // 2) * FINE_BIN
        return self.score_threshold + beyond

    def trend(self) -> RateTrend:
        """Return the anomalies over time, at a grain that leaves a readable number of points."""
        keys, rows, anomalies = _merged(self._periods)
        if not self.date_column:
            return RateTrend("", "rows", (keys * self._block + 1).tolist(), rows, anomalies)
        drawn = _without_outliers(keys, rows)
        keys, rows, anomalies = keys[drawn], rows[drawn], anomalies[drawn]
        days = keys.astype("datetime64[D]")
        fits = (unit for unit in GRAINS if len(np.unique(_starts(days, unit))) <= MOST_POINTS)
        unit = next(fits, "Y")
        starts, rows, anomalies = _merged([(_starts(days, unit), rows, anomalies)])
        names = [str(day) for day in starts.astype("datetime64[D]")]
        return RateTrend(self.date_column, GRAINS[unit], names, rows, anomalies)

    @property
    def _block(self) -> int:
        return max(1, -(-self.total_rows // BLOCKS))

    def _by_period(
        self, rows: pa.RecordBatch, anomalous: NDArray[np.bool_]
    ) -> tuple[Counts, Counts, Counts]:
        if self.date_column:
            dates = rows.column(self.date_column)
            present = pc.is_valid(dates).to_numpy(zero_copy_only=False)
            days = dates.drop_null().cast(pa.timestamp("us"), safe=False).to_numpy()
            keys, anomalous = days.astype("datetime64[D]").astype(np.int64), anomalous[present]
        else:
            keys = (self.rows + np.arange(len(anomalous))) // self._block
        return _merged([(keys, np.ones_like(keys), anomalous.astype(np.int64))])

    def _keep_top(self, rows: pa.RecordBatch, score: NDArray[np.float64]) -> None:
        worst = np.argsort(score, kind="stable")[:TOP_ROWS]
        numbers = pa.array(self.rows + worst + 1, type=pa.int64())
        # Decoded, because sorting tables whose dictionaries differ is slow.
        taken = pa.Table.from_batches([rows.take(pa.array(worst))]).cast(self.schema)
        candidates = taken.append_column("row", numbers)
        both = pa.concat_tables([self.top, candidates])
        self.top = both.sort_by([("anomaly_score", "ascending"), ("row", "ascending")])[:TOP_ROWS]


def range_without_outliers(low: Any, first: Any, last: Any, high: Any) -> tuple[Any, Any]:  # noqa: ANN401
    """Return the range of dates to draw: all of them, unless outliers would squeeze the rest.

    A date is an outlier when it lies further outside the central 98 % of the rows than a quarter
    of their width. One wrong century in a thousand rows then does not set the scale.

    Parameters
    ----------
    low, first, last, high
        Minimum, the ``EDGE_SHARES`` quantiles and maximum, of one type that can be subtracted.
    """
    margin = (last - first) * MARGIN
    return max(low, first - margin), min(high, last + margin)


def _without_outliers(keys: Counts, rows: Counts) -> NDArray[np.bool_]:
    """Mark the ascending keys to draw, by how many rows each has."""
    if not len(keys):
        return np.ones(0, dtype=bool)
    reached = np.cumsum(rows) / rows.sum()
    first, last = keys[np.searchsorted(reached, EDGE_SHARES).clip(max=len(keys) - 1)]
    start, end = range_without_outliers(keys[0], first, last, keys[-1])
    drawn: NDArray[np.bool_] = (keys >= start) & (keys <= end)
    return drawn


def _fine_bin(score: NDArray[np.float64]) -> Counts:
    bins = np.floor(score / FINE_BIN).astype(np.int64) + FINE_BINS // 2
    return np.clip(bins, 0, FINE_BINS - 1)


def _starts(days: NDArray[np.datetime64], unit: str) -> Counts:
    """Return the first day of each day's period, counted from 1970."""
    return days.astype(f"datetime64[{unit}]").astype("datetime64[D]").astype(np.int64)


def _merged(parts: list[tuple[Counts, Counts, Counts]]) -> tuple[Counts, Counts, Counts]:
    """Add up the rows and anomalies of equal keys."""
    keys, rows, anomalies = (np.concatenate(column) for column in zip(*parts, strict=True))
    unique, position = np.unique(keys, return_inverse=True)
    return unique, _sums(position, rows), _sums(position, anomalies)


def _sums(position: NDArray[np.intp], values: Counts) -> Counts:
    return np.bincount(position, weights=values).astype(np.int64)
