"""When the anomalies of a view happened: over time, and over time by the values of a column."""

# ruff: noqa: S608 - names of columns are quoted, values are parameters

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.services.anomalies.database import TAIL, TAIL_STEPS
from app.services.anomalies.filters import BASE, anomalous, quoted
from app.services.anomalies.rows import ScoredRows
from app.services.anomalies.segments import Facet
from app.services.anomalies.types import Lanes, Trend, TrendPoint, View
from app.services.filters import Filter, Op
from pipeline.report.summary import EDGE_SHARES, shown_span

Counts = NDArray[np.int64]
Span = tuple[datetime, datetime]

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
LANE_STEPS = (
    *(HOUR * hours for hours in (1, 2, 3, 6, 12)),
    *(DAY * days for days in (1, 2, 7, 14, 28, 91, 182, 364)),
)
MOST_STEPS, MOST_LANES = 40, 12
LEAST_CELL = 10
STRAY_SHARE = 0.001
ONE_IN = 10


def trend(scored: ScoredRows, view: View, by: str, span: Span | None) -> Trend:
    """Return the anomaly rate over time at a grain that gives a readable number of points."""
    if not span:
        return Trend("", "", ())
    grain, name = fitting_grain(span), f"{quoted(by)}::TIMESTAMP"
    where, given = scored.where(view)
    found = scored.ask(
        f"SELECT date_trunc('{grain}', {name}) AS start, count(*), "
        f"count(*) FILTER ({anomalous(view)}) FROM {BASE}.rows "
        f"WHERE {where} AND {name} IS NOT NULL GROUP BY start ORDER BY start",
        given,
    )
    shown = [row for row in found if row[0] <= span[1] and _end(row[0], grain) > span[0]]
    points = tuple(TrendPoint(start, rows, odd, odd / rows) for start, rows, odd in shown)
    strays = sum(row[1] for row in found) - sum(row[1] for row in shown)
    return Trend(by, grain, points, strays=strays)


def _end(start: datetime, grain: str) -> datetime:
    """Return the earliest moment at which a span of this grain may end."""
    return start + min(GRAINS[grain], 28 * DAY if grain == "month" else GRAINS[grain])


def time_span(scored: ScoredRows, view: View, by: str) -> Span | None:
    """Return the span of time to draw, without a few stray dates; None without a date.

    It does not depend on the threshold, so it can be kept while that moves.
    """
    name = f"{quoted(by)}::TIMESTAMP"
    where, given = scored.where(view)
    ((low, edges, high),) = scored.ask(
        f"SELECT min({name}), quantile_disc({name}, ?), max({name}) FROM {BASE}.rows WHERE {where}",
        [list(EDGE_SHARES), *given],
    )
    if low is None:
        return None
    first, last = edges
    return shown_span(low, first, last, high)


def fitting_grain(span: Span) -> str:
    """Return the finest grain that keeps a trend over ``span`` readable."""
    width = span[1] - span[0]
    return next((name for name, step in GRAINS.items() if width / step <= MOST_POINTS), "year")


def lanes(scored: ScoredRows, view: View, by: str, facet: Facet, span: Span | None) -> Lanes | None:
    """Return severity by time and by the values of a column; None without a date.

    A cell's severity is the one that a tenth of its rows reaches. In the training data that is
    90 everywhere; 95 means that rows beyond 90 are twice as frequent there, 99 ten times. Unlike
    the highest severity it does not grow with the number of rows in the cell.
    """
    if span is None:
        return None
    begin, step = span[0].replace(minute=0, second=0, microsecond=0), _lane_step(span)
    found = _cells(scored, view, by, facet, (begin, span[1], step))
    first, last = _busy(found)
    names = _most_rows(found)
    return Lanes(
        column=facet.column,
        by=by,
        starts=tuple(begin + number * step for number in range(first, last + 2)),
        names=tuple(facet.said(value) for value in names),
        picks=tuple(facet.pick(value) for value in names),
        **_grids(found, {value: place for place, value in enumerate(names)}, (first, last)),
    )


def _busy(found: Sequence[tuple[Any, ...]]) -> tuple[int, int]:
    """Return the first and the last step that has more than a few stray rows."""
    totals: dict[int, int] = {}
    for step, _, _, rows, _ in found:
        totals[step] = totals.get(step, 0) + rows
    few = sum(totals.values()) * STRAY_SHARE
    kept = [step for step, rows in totals.items() if rows >= few]
    return (min(kept), max(kept)) if kept else (0, 0)


def _lane_step(span: Span) -> timedelta:
    width = span[1] - span[0]
    return next((step for step in LANE_STEPS if width / step < MOST_STEPS), width / MOST_STEPS)


def _cells(
    scored: ScoredRows,
    view: View,
    by: str,
    facet: Facet,
    window: tuple[datetime, datetime, timedelta],
) -> list[tuple[Any, ...]]:
    """Count rows by step, lane and severity, and the anomalies among them."""
    begin, end, step = window
    name = f"{quoted(by)}::TIMESTAMP"
    where, given = scored.where(view)
    return scored.ask(
        f"SELECT ((epoch_us({name}) - epoch_us(?::TIMESTAMP)) // ?)::INTEGER AS step, "
        f"{facet.sql} AS lane, ({TAIL} // 2)::UTINYINT AS tail, count(*), "
        f"count(*) FILTER ({anomalous(view)}) FROM {BASE}.rows "
        f"WHERE {where} AND {name} BETWEEN ? AND ? GROUP BY step, lane, tail",
        [begin, int(step / timedelta(microseconds=1)), *given, begin, end],
    )


def _most_rows(found: Sequence[tuple[Any, ...]]) -> list[Any]:
    totals: dict[Any, int] = {}
    for _, lane, _, rows, _ in found:
        totals[lane] = totals.get(lane, 0) + rows
    return sorted(totals, key=lambda lane: -totals[lane])[:MOST_LANES]


def _grids(
    found: Sequence[tuple[Any, ...]], places: dict[Any, int], steps: tuple[int, int]
) -> dict[str, Any]:
    """Spread the counts over lanes and steps."""
    first, count = steps[0], steps[1] - steps[0] + 1
    depth = max((row[2] for row in found), default=0) + 1
    tails = np.zeros((len(places), count, depth), dtype=np.int64)
    odd = np.zeros((len(places), count), dtype=np.int64)
    for step, lane, tail, rows, anomalies in found:
        if lane in places and 0 <= step - first < count:
            tails[places[lane], step - first, tail] += rows
            odd[places[lane], step - first] += anomalies
    reached = [[severity_reached(cell) for cell in lane] for lane in tails]
    return {
        "rows": tuple(map(tuple, tails.sum(axis=2).tolist())),
        "anomalies": tuple(map(tuple, odd.tolist())),
        "severity": tuple(map(tuple, reached)),
    }


def severity_reached(tail: Counts) -> float | None:
    """Return the severity that one row in ten reaches, between the edges of its bin.

    >>> severity_reached(np.array([50] * 20))
    99.0
    """
    whole = int(tail.sum())
    if whole < LEAST_CELL:
        return None
    beyond = np.append(np.cumsum(tail[::-1])[::-1], 0) / whole
    step = int(np.flatnonzero(beyond >= 1 / ONE_IN)[-1])
    inside = (beyond[step] - 1 / ONE_IN) / max(beyond[step] - beyond[step + 1], 1e-9)
    rarity = (step + min(inside, 1.0)) * 2 / TAIL_STEPS
    return round(100.0 * (1.0 - math.pow(10.0, -rarity)), 3)


def pick_time(by: str, start: datetime, end: datetime) -> Filter:
    """Return the filter on a span of time; its end belongs to the next span."""
    last = end - timedelta(microseconds=1)
    return Filter(by, Op.BETWEEN, (start.isoformat(), last.isoformat()))
