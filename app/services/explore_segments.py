"""Values and pairs of values that are over-represented among the anomalies of a view."""

# ruff: noqa: S608 - names of columns are quoted, values are parameters

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from app.services.explore_facets import Facet, facets
from app.services.explore_model import Filter, View
from app.services.explore_sql import BASE, anomalous
from app.services.scored_rows import ScoredRows
from app.services.segments import (
    LEAST_ANOMALIES,
    LEAST_ROWS,
    Ratio,
    informative,
    risk_ratio,
)

PAIRED_COLUMNS = 7
"""Pairs are formed among the columns that differ most, since their number grows with the square."""

Key = tuple[tuple[str, Any], ...]
Groups = dict[Key, int]


@dataclass(frozen=True)
class Segment:
    """Rows that share a value, or two.

    Attributes
    ----------
    names
        Column and value of each part.
    picks
        The filters that pick its rows.
    ratio
        How many times more frequent anomalies are than among all other rows of the view.
    """

    names: tuple[str, ...]
    picks: tuple[Filter, ...]
    rows: int
    anomalies: int
    ratio: Ratio

    @property
    def label(self) -> str:
        """Its values with their columns, in words."""
        return " and ".join(self.names)

    @property
    def rate(self) -> float:
        """Anomalies per row."""
        return self.anomalies / self.rows


@dataclass(frozen=True)
class Segments:
    """What stands out, most certain first; ``telling`` names columns, most telling first."""

    values: tuple[Segment, ...]
    telling: tuple[str, ...]


def grouped(
    scored: ScoredRows,
    view: View,
    sets: Sequence[tuple[str, ...]],
    *,
    odd: bool,
    outside: bool = False,
) -> Groups:
    """Count the rows of a view by the values of each set of columns.

    Parameters
    ----------
    odd
        Count its anomalies only.
    outside
        Count the rows that its filters leave out instead.
    """
    known = facets(scored)
    used = [name for name in known if any(name in each for each in sets)]
    if not used:
        return {}
    columns = ", ".join(known[name].sql for name in used)
    wanted = ", ".join(f"({', '.join(known[name].sql for name in each)})" for each in sets)
    where, given = scored.where(view)
    where = f"NOT coalesce({where}, false)" if outside else where
    where += f" AND {anomalous(view)}" if odd else ""
    found = scored.ask(
        f"SELECT grouping({columns}), count(*), {columns} FROM {BASE}.rows WHERE {where} "
        f"GROUP BY GROUPING SETS ({wanted})",
        given,
    )
    return {_key(used, mask, values): rows for mask, rows, *values in found}


def _key(used: Sequence[str], mask: int, values: Sequence[Any]) -> Key:
    """Read which columns a group is of: their bits, leftmost first, are 0 in the mask."""
    last = len(used) - 1
    return tuple(
        (name, value)
        for place, (name, value) in enumerate(zip(used, values, strict=True))
        if not mask >> (last - place) & 1
    )


def without(whole: Groups, outside: Groups) -> Groups:
    """Return the groups of a view from those of all rows and those it leaves out."""
    left = {key: rows - outside.get(key, 0) for key, rows in whole.items()}
    return {key: rows for key, rows in left.items() if rows}


def single_sets(scored: ScoredRows) -> tuple[tuple[str, ...], ...]:
    """Return every column that can be grouped by, alone."""
    return tuple((name,) for name in facets(scored))


def pair_sets(telling: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the pairs of the most telling columns."""
    return tuple(combinations(telling[:PAIRED_COLUMNS], 2))


def ranked(
    known: Mapping[str, Facet], background: Groups, odd: Groups, whole: tuple[int, int]
) -> Segments:
    """Rank groups by the lower end of their ratio's interval.

    Parameters
    ----------
    background, odd
        Rows and anomalies by group.
    whole
        Rows and anomalies of the view.
    """
    found = (
        _segment(known, key, (background[key], anomalies), whole)
        for key, anomalies in odd.items()
        if anomalies >= LEAST_ANOMALIES and LEAST_ROWS <= background[key] < whole[0]
    )
    over = [each for each in found if each.ratio.low > 1.0]
    over.sort(key=lambda each: (-each.ratio.low, each.label))
    return Segments(tuple(over), telling(background, odd))


def _segment(
    known: Mapping[str, Facet], key: Key, own: tuple[int, int], whole: tuple[int, int]
) -> Segment:
    rows, anomalies = own
    return Segment(
        names=tuple(f"{name} = {known[name].said(value)}" for name, value in key),
        picks=tuple(known[name].pick(value) for name, value in key),
        rows=rows,
        anomalies=anomalies,
        ratio=risk_ratio(anomalies, rows, whole[1] - anomalies, whole[0] - rows),
    )


def telling(background: Groups, odd: Groups) -> tuple[str, ...]:
    """Return the single columns by how much their values differ, most first."""
    tables: dict[str, list[tuple[int, int]]] = {}
    for key, rows in background.items():
        if len(key) == 1:
            tables.setdefault(key[0][0], []).append((rows, odd.get(key, 0)))
    return tuple(sorted(tables, key=lambda name: -informative(tables[name])))


def varied(found: Sequence[Segment], most: int, of_a_kind: int = 2) -> tuple[Segment, ...]:
    """Return the first segments, no more than a few of the same columns."""
    seen: dict[tuple[str, ...], int] = {}
    kept = []
    for each in found:
        columns = tuple(pick.column for pick in each.picks)
        seen[columns] = seen.get(columns, 0) + 1
        if seen[columns] <= of_a_kind:
            kept.append(each)
    return tuple(kept[:most])


def more_than_parts(pairs: Segments, singles: Segments) -> Segments:
    """Keep the pairs that say more than either of their values: surely above both ratios."""
    alone = {each.picks[0]: each.ratio.value for each in singles.values}
    kept = tuple(
        each
        for each in pairs.values
        if each.ratio.low > max(alone.get(pick, 1.0) for pick in each.picks)
    )
    return Segments(kept, singles.telling)
