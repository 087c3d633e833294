"""How scores and severities of a view are distributed."""

# ruff: noqa: S608 - no text of an operator's gets into these queries
# ruff: noqa: S608 - names of columns are quoted, values are parameters

from itertools import pairwise
from math import isclose

import pyarrow as pa

from app.services.anomalies.database import LAST_TAIL, TAIL, TAIL_STEPS
from app.services.anomalies.database import ROW as ROW_COLUMN
from app.services.anomalies.filters import BASE, anomalous, quoted
from app.services.anomalies.rows import ROW, WORST_FIRST, ScoredRows
from app.services.anomalies.segments import facets
from app.services.anomalies.types import (
    BandShare,
    Cloud,
    Counts,
    Histogram,
    Kind,
    Summary,
    Tail,
    View,
)
from pipeline.model.threshold import BANDS

SCORE = "anomaly_score"


def tail(scored: ScoredRows, view: View) -> Tail:
    """Count rows by severity in steps of equal rarity.

    In the training data severity is a percentile, so a bin from 90 to 95 holds 5 % of the rows
    there; that is what ``expected`` says for as many rows as the view has.
    """
    where, given = scored.where(view)
    found = scored.ask(
        f"SELECT {TAIL}, count(*), count(*) FILTER ({anomalous(view)}) FROM {BASE}.rows "
        f"WHERE {where} GROUP BY {TAIL}",
        given,
    )
    rows, odd = [0] * (LAST_TAIL + 1), [0] * (LAST_TAIL + 1)
    for step, count, anomalies in found:
        rows[step], odd[step] = count, anomalies
    beyond = [10 ** (-step / TAIL_STEPS) for step in range(LAST_TAIL + 1)] + [0.0]
    shares = [high - low for high, low in pairwise(beyond)]
    whole = sum(rows)
    return Tail(
        edges=tuple(100.0 * (1.0 - share) for share in beyond),
        rows=tuple(rows),
        anomalies=tuple(odd),
        expected=tuple(whole * share for share in shares),
    )


def histogram(scored: ScoredRows, view: View, threshold: float = 0.0, bins: int = 60) -> Histogram:
    """Count normal and anomalous rows by score; an edge lies on the threshold of the run."""
    where, given = scored.where(view)
    ((low, high),) = scored.ask(
        f"SELECT min({SCORE}), max({SCORE}) FROM {BASE}.rows WHERE {where}", given
    )
    first, step, count = steps(low or 0.0, high or 0.0, threshold, bins)
    found = scored.ask(
        f"SELECT least(greatest(floor(({SCORE} - ?) / ?), 0), ?)::INTEGER AS bin, count(*), "
        f"count(*) FILTER ({anomalous(view)}) FROM {BASE}.rows WHERE {where} GROUP BY bin",
        [first, step, count - 1, *given],
    )
    normal, odd = [0] * count, [0] * count
    for index, rows, anomalies in found:
        normal[index], odd[index] = rows - anomalies, anomalies
    edges = tuple(first + index * step for index in range(count + 1))
    return Histogram(edges, tuple(normal), tuple(odd), threshold)


def score_at(scored: ScoredRows, severity: float) -> float | None:
    """Return the highest score of the rows from a severity up; None when there is none."""
    ((found,),) = scored.ask(
        f"SELECT max({SCORE}) FROM {BASE}.rows WHERE severity >= ?", [severity]
    )
    return None if found is None else float(found)


def steps(low: float, high: float, threshold: float, bins: int) -> tuple[float, float, int]:
    """Return first edge, step and number of bins that cover ``low`` to ``high``.

    The edges are moved so that one of them is the threshold, where it lies between.
    """
    if isclose(low, high):
        return low, 1.0, 1
    step = (high - low) / bins
    if not low < threshold < high:
        return low, step, bins
    below = int(-(-(threshold - low) // step))
    above = int(-(-(high - threshold) // step))
    return threshold - below * step, step, below + above


MOST_ANOMALIES, MOST_NORMALS = 3_000, 1_000


def cloud(scored: ScoredRows, view: View, features: tuple[str, str], counts: Counts) -> Cloud:
    """Return the most severe anomalies and a sample of normal rows, the same at each asking."""
    odd, normals = anomalous(view), counts.rows - counts.anomalies
    every = max(1, normals // MOST_NORMALS)
    sampled = f"NOT ({odd}) AND hash({ROW_COLUMN}) % {every} = 0"
    return Cloud(
        anomalies=_points(scored, view, features, odd, f"{WORST_FIRST} LIMIT {MOST_ANOMALIES}"),
        normals=_points(scored, view, features, sampled, f"{ROW_COLUMN} LIMIT {MOST_NORMALS}"),
        all_anomalies=counts.anomalies,
        all_normals=normals,
    )


def _points(
    scored: ScoredRows, view: View, features: tuple[str, str], which: str, order: str
) -> pa.Table:
    x, y = map(quoted, features)
    where, given = scored.where(view)
    return scored.ask_table(
        f'SELECT {x} AS x, {y} AS y, severity, {ROW_COLUMN} AS "{ROW}" FROM {BASE}.rows '
        f"WHERE {where} AND {which} ORDER BY {order}",
        given,
    )


def summarised(run_id: str, scored: ScoredRows, score_threshold: float) -> Summary:
    """Return a run in numbers."""
    rows, anomalies, threshold = scored.totals()
    return Summary(
        run_id=run_id,
        rows=rows,
        anomalies=anomalies,
        rate=anomalies / rows if rows else 0.0,
        threshold=threshold,
        score_threshold=score_threshold,
        bands=_bands(scored, rows),
        fields=tuple(scored.fields.values()),
        facets=tuple(facets(scored)),
    )


def date_column(scored: ScoredRows) -> str:
    """Name the column that time is read from; empty without one."""
    dates = (field.name for field in scored.fields.values() if field.kind is Kind.DATE)
    return next(dates, "")


def _bands(scored: ScoredRows, rows: int) -> tuple[BandShare, ...]:
    highs = [low for _, low in BANDS[1:]] + [100.0]
    # The topmost band holds severity 100 itself, the others end before the next begins.
    spans = [
        (low, high if high < 100.0 else 101.0)  # noqa: PLR2004 - the top of the scale
        for (_, low), high in zip(BANDS, highs, strict=True)
    ]
    counts = scored.between(spans)
    return tuple(
        BandShare(name, low, high, count, count / rows if rows else 0.0)
        for (name, low), high, count in zip(BANDS, highs, counts, strict=True)
    )
