"""How scores are distributed in scored files that are not explored but compared.

Only one column of each Parquet file is read: on a million rows that takes a tenth of what
preparing the file for the Anomalies page does.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import duckdb

from app.clients.errors import Rejected
from app.services.explore_shape import steps
from app.services.scored_store import SETTINGS

BINS, STEPS_A_DECADE, DECADES = 60, 10, 4


class ShapeOf(StrEnum):
    """What is counted."""

    SEVERITY = "severity"
    SCORE = "anomaly_score"


@dataclass(frozen=True)
class Shape:
    """Rows by severity or score.

    Attributes
    ----------
    edges
        One more than there are shares.
    shares
        Rows of each bin by all rows.
    threshold
        Where the run's own flag begins; None when it flagged no row.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    rows: int
    threshold: float | None


def shapes(files: Sequence[Path], of: ShapeOf) -> list[Shape]:
    """Return how each file is distributed, all by the same edges.

    Raises
    ------
    Rejected
        A file is no scored Parquet file.
    """
    try:
        with closing(duckdb.connect(config=SETTINGS)) as connection:
            edges = severity_edges() if of is ShapeOf.SEVERITY else _edges(connection, files)
            return [_shape(connection, file, of, edges) for file in files]
    except (duckdb.BinderException, duckdb.InvalidInputException) as error:
        raise Rejected("console", f"The scored rows cannot be read: {error}") from error


def severity_edges() -> tuple[float, ...]:
    """Return severities of which each tenth is ten times rarer than that ten before.

    >>> [round(edge, 2) for edge in severity_edges()[::10]]
    [0.0, 90.0, 99.0, 99.9, 99.99]
    """
    count = STEPS_A_DECADE * DECADES + 1
    beyond = (10 ** (-step / STEPS_A_DECADE) for step in range(count))
    return (*(100.0 * (1.0 - share) for share in beyond), 100.0)


def severity_step(column: str, steps: int) -> str:
    """Write in SQL which step of ``severity_edges`` a severity lies in."""
    rarity = f"-log10(greatest(1 - {column} / 100, 1e-9))"
    return f"least(floor({rarity} * {STEPS_A_DECADE} + 1e-9), {steps - 1})::INTEGER"


def _edges(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> tuple[float, ...]:
    """Divide the span of all scores evenly."""
    query = "SELECT min(anomaly_score), max(anomaly_score) FROM read_parquet(?)"
    ends = [connection.execute(query, [str(file)]).fetchall()[0] for file in files]
    low = min((low for low, _ in ends if low is not None), default=0.0)
    high = max((high for _, high in ends if high is not None), default=0.0)
    first, step, count = steps(low, high, 0.0, BINS)
    return tuple(first + place * step for place in range(count + 1))


def _shape(
    connection: duckdb.DuckDBPyConnection, file: Path, of: ShapeOf, edges: tuple[float, ...]
) -> Shape:
    steps = len(edges) - 1
    by_score = f"greatest(floor(({of} - {edges[0]!r}) / {edges[1] - edges[0]!r}), 0)"
    step = severity_step(of, steps) if of is ShapeOf.SEVERITY else by_score
    begin = "min(severity)" if of is ShapeOf.SEVERITY else "max(anomaly_score)"
    found = connection.execute(
        f"SELECT least({step}, {steps - 1})::INTEGER AS step, count(*), "  # noqa: S608 - own names
        f"{begin} FILTER (anomaly_pred = -1) FROM read_parquet(?) GROUP BY step",
        [str(file)],
    ).fetchall()
    counts = {step: rows for step, rows, _ in found}
    rows = sum(counts.values())
    begins = [value for *_, value in found if value is not None]
    first = min if of is ShapeOf.SEVERITY else max
    shares = tuple(counts.get(step, 0) / max(rows, 1) for step in range(steps))
    return Shape(edges, shares, rows, first(begins) if begins else None)
