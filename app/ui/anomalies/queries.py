"""Questions about scored rows; what a finished run wrote never changes, so answers are kept."""

from typing import Any

from app.services.anomalies import segments as anomalies_segments
from app.services.anomalies.rows import Order
from app.services.anomalies.segments import Groups, Segments
from app.services.anomalies.timeline import Span
from app.services.anomalies.types import (
    Cloud,
    Counts,
    Histogram,
    Lanes,
    RowPage,
    Summary,
    Tail,
    Trend,
    View,
)
from app.ui.kit.caching import question
from app.wiring import Console

LONG = 24 * 3600
VIEWS = 60


@question(LONG)
def summary(console: Console, run_id: str) -> Summary:
    """A scored run in numbers."""
    return console.anomalies.summary(run_id)


@question(LONG, entries=VIEWS)
def counts(console: Console, run_id: str, view: View) -> Counts:
    """A view in numbers."""
    return console.anomalies.counts(run_id, view)


@question(LONG, entries=VIEWS)
def tail(console: Console, run_id: str, view: View) -> Tail:
    """How severities are distributed."""
    return console.anomalies.tail(run_id, view)


@question(LONG, entries=VIEWS)
def histogram(console: Console, run_id: str, view: View) -> Histogram:
    """How scores are distributed."""
    return console.anomalies.histogram(run_id, view)


@question(LONG, entries=VIEWS)
def score_at(console: Console, run_id: str, severity: float) -> float | None:
    """The raw score at which a severity begins."""
    return console.anomalies.score_at(run_id, severity)


@question(LONG, entries=VIEWS)
def _time_span(console: Console, run_id: str, view: View, column: str) -> Span | None:
    """The span of time that rows cover."""
    return console.anomalies.time_span(run_id, view, column)


@question(LONG, entries=VIEWS)
def trend(console: Console, run_id: str, view: View, column: str) -> Trend:
    """Anomaly rate over the time in the data."""
    span = _time_span(run_id, View(view.filters), column)
    return console.anomalies.trend(run_id, view, column=column, span=span)


@question(LONG, entries=VIEWS)
def lanes(console: Console, run_id: str, view: View, column: str, by: str) -> Lanes | None:
    """Severity by time and the values of a column."""
    span = _time_span(run_id, View(view.filters), by)
    return console.anomalies.lanes(run_id, view, column, span=span)


@question(LONG, entries=VIEWS)
def cloud(console: Console, run_id: str, view: View, x: str, y: str) -> Cloud:
    """Rows as points of two features."""
    return console.anomalies.cloud(run_id, view, x, y, counts(run_id, view))


@question(LONG, entries=VIEWS)
def values(console: Console, run_id: str, column: str) -> list[tuple[Any, int]]:
    """The values of a column with their rows."""
    return console.anomalies.values(run_id, column)


@question(LONG, entries=VIEWS)
def bounds(console: Console, run_id: str, column: str) -> tuple[Any, Any]:
    """The smallest and the largest value of a column."""
    return console.anomalies.bounds(run_id, column)


@question(LONG, entries=VIEWS)
def _background(
    console: Console, run_id: str, view: View, sets: tuple[tuple[str, ...], ...]
) -> Groups:
    """Rows by groups; they do not depend on the threshold and are kept while it moves.

    Where a filter leaves most rows, the few that it leaves out are counted instead.
    """
    if 2 * counts(run_id, view).rows <= summary(run_id).rows or not view.filters:
        return console.anomalies.grouped(run_id, view, sets, odd=False)
    outside = console.anomalies.grouped(run_id, view, sets, odd=False, outside=True)
    return anomalies_segments.without(_background(run_id, View(), sets), outside)


@question(LONG, entries=VIEWS)
def _ranked(
    console: Console, run_id: str, view: View, sets: tuple[tuple[str, ...], ...]
) -> Segments:
    """Groups that stand out."""
    background = _background(run_id, View(view.filters), sets)
    odd = console.anomalies.grouped(run_id, view, sets, odd=True)
    return console.anomalies.ranked(run_id, background, odd, counts(run_id, view))


def single_segments(run_id: str, view: View) -> Segments:
    """Values that stand out among the anomalies."""
    return _ranked(run_id, view, ())


def pair_segments(run_id: str, view: View) -> Segments:
    """Pairs of values that stand out, more than either of the two."""
    singles = single_segments(run_id, view)
    sets = anomalies_segments.pair_sets(singles.telling)
    if not sets:
        return Segments((), singles.telling)
    return anomalies_segments.more_than_parts(_ranked(run_id, view, sets), singles)


@question(LONG, entries=VIEWS)
def rows(
    console: Console,
    run_id: str,
    view: View,
    *,
    offset: int,
    limit: int,
    order: Order,
    only_anomalies: bool = True,
) -> RowPage:
    """A page of rows."""
    return console.anomalies.rows(
        run_id,
        view,
        offset=offset,
        limit=limit,
        only_anomalies=only_anomalies,
        order=order,
        counts=counts(run_id, view),
    )


@question(LONG, entries=VIEWS)
def record(console: Console, run_id: str, row: int) -> dict[str, Any]:
    """One row, every column."""
    return console.anomalies.record(run_id, row)
