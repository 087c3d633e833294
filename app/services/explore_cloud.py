"""Rows as points: every anomaly that can be drawn, and some normal rows for comparison."""

# ruff: noqa: S608 - names of columns are quoted, values are parameters

import pyarrow as pa

from app.services.explore_model import Cloud, Counts, View
from app.services.explore_sql import BASE, anomalous, quoted
from app.services.scored_rows import ROW, WORST_FIRST, ScoredRows
from app.services.scored_store import ROW as ROW_COLUMN

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
