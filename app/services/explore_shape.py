"""How scores and severities of a view are distributed."""

# ruff: noqa: S608 - no text of an operator's gets into these queries

from itertools import pairwise
from math import isclose

from app.services.anomaly_model import Histogram
from app.services.explore_model import Tail, View
from app.services.explore_sql import BASE, anomalous
from app.services.scored_rows import ScoredRows
from app.services.scored_store import LAST_TAIL, TAIL, TAIL_STEPS

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
