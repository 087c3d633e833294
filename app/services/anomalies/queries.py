"""What the charts of a view show: histograms, points, the trend and the heatmap over time."""

# ruff: noqa: S608 - names of columns are quoted, values are parameters

import math
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.services.anomalies import database
from app.services.anomalies.database import BINS_PER_DECADE, LAST_BIN, SEVERITY_BIN, quoted
from app.services.anomalies.rows import BASE, ROW, WORST_FIRST, ScoredRows, anomalous
from app.services.anomalies.segments import Facet
from app.services.anomalies.types import (
    Counts,
    Heatmap,
    Histogram,
    Scatter,
    Trend,
    TrendPoint,
    View,
)
from app.services.filters import Filter, Op
from pipeline.report.summary import EDGE_SHARES, range_without_outliers

SCORE = "anomaly_score"
MOST_ANOMALIES, MOST_NORMALS = 3_000, 1_000


def severity_histogram(scored: ScoredRows, view: View) -> Histogram:
    """Count rows by severity in bins of equal rarity.

    In the training data severity is a percentile, so a bin from 90 to 95 holds 5 % of the rows
    there; ``expected`` is that share of the rows in the view.
    """
    beyond = [10 ** (-step / BINS_PER_DECADE) for step in range(LAST_BIN + 1)] + [0.0]
    edges = tuple(100.0 * (1.0 - share) for share in beyond)
    normal, flagged = _binned(scored, view, SEVERITY_BIN, LAST_BIN + 1)
    whole = sum(normal) + sum(flagged)
    expected = tuple(whole * (high - low) for high, low in pairwise(beyond))
    return Histogram(edges, normal, flagged, expected)


def score_histogram(
    scored: ScoredRows, view: View, threshold: float = 0.0, bins: int = 60
) -> Histogram:
    """Count rows by score; an edge lies on the score threshold of the run."""
    where, given = scored.where(view)
    ((low, high),) = scored.query(
        f"SELECT min({SCORE}), max({SCORE}) FROM {BASE}.rows WHERE {where}", given
    )
    first, step, count = steps(low or 0.0, high or 0.0, threshold, bins)
    bin_number = f"least(greatest(floor(({SCORE} - ?) / ?), 0), ?)::INTEGER"
    normal, flagged = _binned(scored, view, bin_number, count, (first, step, count - 1))
    return Histogram(tuple(first + place * step for place in range(count + 1)), normal, flagged)


def _binned(
    scored: ScoredRows, view: View, bin_number: str, count: int, parameters: tuple[float, ...] = ()
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Count normal and anomalous rows by an SQL expression for the number of their bin."""
    where, given = scored.where(view)
    found = scored.query(
        f"SELECT {bin_number}, count(*), count(*) FILTER ({anomalous(view)}) "
        f"FROM {BASE}.rows WHERE {where} GROUP BY 1",
        [*parameters, *given],
    )
    normal, flagged = [0] * count, [0] * count
    for place, rows, anomalies in found:
        normal[place], flagged[place] = rows - anomalies, anomalies
    return tuple(normal), tuple(flagged)


def score_at(scored: ScoredRows, severity: float) -> float | None:
    """Return the highest score of the rows from a severity up; None when there is none."""
    ((found,),) = scored.query(
        f"SELECT max({SCORE}) FROM {BASE}.rows WHERE severity >= ?", [severity]
    )
    return None if found is None else float(found)


def steps(low: float, high: float, threshold: float, bins: int) -> tuple[float, float, int]:
    """Return first edge, step and number of bins that cover ``low`` to ``high``.

    The edges are moved so that one of them is the threshold, where it lies between.
    """
    if math.isclose(low, high):
        return low, 1.0, 1
    step = (high - low) / bins
    if not low < threshold < high:
        return low, step, bins
    below = int(-(-(threshold - low) // step))
    above = int(-(-(high - threshold) // step))
    return threshold - below * step, step, below + above


def scatter(scored: ScoredRows, view: View, x: str, y: str, counts: Counts) -> Scatter:
    """Return the most severe anomalies and a fixed sample of normal rows as points."""
    flagged, normals = anomalous(view), counts.rows - counts.anomalies
    every = max(1, normals // MOST_NORMALS)
    sampled = f"NOT ({flagged}) AND hash({database.ROW}) % {every} = 0"
    where, given = scored.where(view)

    def points(condition: str, order: str) -> pa.Table:
        return scored.query_table(
            f'SELECT {quoted(x)} AS x, {quoted(y)} AS y, severity, {database.ROW} AS "{ROW}" '
            f"FROM {BASE}.rows WHERE {where} AND {condition} ORDER BY {order}",
            given,
        )

    return Scatter(
        anomalies=points(flagged, f"{WORST_FIRST} LIMIT {MOST_ANOMALIES}"),
        normals=points(sampled, f"{database.ROW} LIMIT {MOST_NORMALS}"),
        all_anomalies=counts.anomalies,
        all_normals=normals,
    )


Interval = tuple[datetime, datetime]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The finest of these that needs no more than this many points is the grain of a trend.
GRAINS = {
    "hour": HOUR,
    "day": DAY,
    "week": 7 * DAY,
    "month": 30 * DAY,
    "quarter": 91 * DAY,
    "year": 365 * DAY,
}
MOST_POINTS = 120


def time_range(scored: ScoredRows, view: View, column: str) -> Interval | None:
    """Return the time range to draw, without a few outliers; None without a date.

    It does not depend on the threshold, so it can be kept while that moves.
    """
    name = f"{quoted(column)}::TIMESTAMP"
    where, given = scored.where(view)
    ((low, edges, high),) = scored.query(
        f"SELECT min({name}), quantile_disc({name}, ?), max({name}) FROM {BASE}.rows WHERE {where}",
        [list(EDGE_SHARES), *given],
    )
    if low is None:
        return None
    first, last = edges
    return range_without_outliers(low, first, last, high)


def trend(scored: ScoredRows, view: View, column: str, shown: Interval) -> Trend:
    """Return the anomaly rate over time at a grain that gives a readable number of points."""
    grain, name = fitting_grain(shown), f"{quoted(column)}::TIMESTAMP"
    where, given = scored.where(view)
    found = scored.query(
        f"SELECT date_trunc('{grain}', {name}), count(*), "
        f"count(*) FILTER ({anomalous(view)}) FROM {BASE}.rows "
        f"WHERE {where} AND {name} IS NOT NULL GROUP BY 1 ORDER BY 1",
        given,
    )
    shortest = 28 * DAY if grain == "month" else GRAINS[grain]
    points = tuple(
        TrendPoint(start, rows, anomalies)
        for start, rows, anomalies in found
        if start <= shown[1] and start + shortest > shown[0]
    )
    outliers = sum(rows for _, rows, _ in found) - sum(point.rows for point in points)
    return Trend(column, grain, points, outliers)


def fitting_grain(shown: Interval) -> str:
    """Return the finest grain that keeps a trend over a time range readable."""
    width = shown[1] - shown[0]
    return next((name for name, step in GRAINS.items() if width / step <= MOST_POINTS), "year")


HEATMAP_STEPS = (
    *(HOUR * hours for hours in (1, 2, 3, 6, 12)),
    *(DAY * days for days in (1, 2, 7, 14, 28, 91, 182, 364)),
)
MOST_STEPS, MOST_LINES = 40, 12
LEAST_CELL = 10
OUTLIER_SHARE = 0.001
ONE_IN = 10

Cells = list[tuple[int, Any, int, int, int]]
"""Step, value, bin of severity (two of the table's together), rows and anomalies."""


def heatmap(scored: ScoredRows, view: View, by: str, facet: Facet, shown: Interval) -> Heatmap:
    """Return severity by time and by the values of a column.

    A cell's severity is the one that a tenth of its rows reaches. In the training data that is
    90 everywhere; 95 means that rows beyond 90 are twice as frequent there, 99 ten times. Unlike
    the highest severity it does not grow with the number of rows in the cell.
    """
    begin, width = shown[0].replace(minute=0, second=0, microsecond=0), shown[1] - shown[0]
    step = next((each for each in HEATMAP_STEPS if width / each < MOST_STEPS), width / MOST_STEPS)
    cells = _cells(scored, view, by, facet, (begin, shown[1], step))
    first, last = _busy_steps(cells)
    totals: Counter[Any] = Counter()
    for _, value, _, rows, _ in cells:
        totals[value] += rows
    values = [value for value, _ in totals.most_common(MOST_LINES)]
    return Heatmap(
        column=facet.column,
        by=by,
        starts=tuple(begin + number * step for number in range(first, last + 2)),
        names=tuple(facet.label(value) for value in values),
        filters=tuple(facet.filter(value) for value in values),
        **_grids(cells, {value: place for place, value in enumerate(values)}, first, last),
    )


def _cells(
    scored: ScoredRows,
    view: View,
    by: str,
    facet: Facet,
    window: tuple[datetime, datetime, timedelta],
) -> Cells:
    begin, end, step = window
    name = f"{quoted(by)}::TIMESTAMP"
    where, given = scored.where(view)
    return scored.query(
        f"SELECT ((epoch_us({name}) - epoch_us(?::TIMESTAMP)) // ?)::INTEGER, "
        f"{facet.sql}, ({SEVERITY_BIN} // 2)::UTINYINT, count(*), "
        f"count(*) FILTER ({anomalous(view)}) FROM {BASE}.rows "
        f"WHERE {where} AND {name} BETWEEN ? AND ? GROUP BY 1, 2, 3",
        [begin, int(step / timedelta(microseconds=1)), *given, begin, end],
    )


def _busy_steps(cells: Cells) -> tuple[int, int]:
    """Return the first and the last step that has more than a few outliers."""
    totals: Counter[int] = Counter()
    for step, _, _, rows, _ in cells:
        totals[step] += rows
    few = totals.total() * OUTLIER_SHARE
    kept = [step for step, rows in totals.items() if rows >= few]
    return (min(kept), max(kept)) if kept else (0, 0)


def _grids(cells: Cells, lines: dict[Any, int], first: int, last: int) -> dict[str, Any]:
    """Arrange the counts by line and step."""
    count, depth = last - first + 1, max((cell[2] for cell in cells), default=0) + 1
    bins = np.zeros((len(lines), count, depth), dtype=np.int64)
    flagged = np.zeros((len(lines), count), dtype=np.int64)
    for step, value, severity_bin, rows, anomalies in cells:
        if value in lines and 0 <= step - first < count:
            bins[lines[value], step - first, severity_bin] += rows
            flagged[lines[value], step - first] += anomalies
    return {
        "rows": tuple(map(tuple, bins.sum(axis=2).tolist())),
        "anomalies": tuple(map(tuple, flagged.tolist())),
        "severity": tuple(tuple(map(severity_reached, line)) for line in bins),
    }


def severity_reached(counts: NDArray[np.int64]) -> float | None:
    """Return the severity that one row in ten reaches, interpolated inside its bin.

    >>> severity_reached(np.array([50] * 20))
    99.0
    """
    whole = int(counts.sum())
    if whole < LEAST_CELL:
        return None
    beyond = np.append(np.cumsum(counts[::-1])[::-1], 0) / whole
    step = int(np.flatnonzero(beyond >= 1 / ONE_IN)[-1])
    inside = (beyond[step] - 1 / ONE_IN) / max(beyond[step] - beyond[step + 1], 1e-9)
    rarity = (step + min(inside, 1.0)) * 2 / BINS_PER_DECADE
    return round(100.0 * (1.0 - math.pow(10.0, -rarity)), 3)


def time_filter(column: str, start: datetime, end: datetime) -> Filter:
    """Return the filter on a time range whose end is not included."""
    last = end - timedelta(microseconds=1)
    return Filter(column, Op.BETWEEN, (start.isoformat(), last.isoformat()))
