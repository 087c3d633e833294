"""Which values stand out among the anomalies: ratios with their confidence intervals."""

# ruff: noqa: S608 - no text of an operator's gets into these queries
# ruff: noqa: S608 - names of columns are quoted, values are parameters

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import exp, inf, log, sqrt
from typing import Any

from app.services.anomalies.database import FEW_VALUES, bin_column
from app.services.anomalies.filters import BASE, anomalous, quoted
from app.services.anomalies.rows import ScoredRows
from app.services.anomalies.types import Field, Kind, View
from app.services.filters import Filter, Op
from pipeline.tables.schema import SCORED_COLUMNS

LEAST_ANOMALIES = 5
LEAST_ROWS = 20
"""Fewer anomalies or rows than these say nothing: chance alone makes such ratios."""

NORMAL_975 = 1.959963984540054
"""Upper 97.5 % point of the standard normal distribution, for intervals of 95 %."""


@dataclass(frozen=True)
class Ratio:
    """How many times more frequent anomalies are, with a confidence interval of 95 %."""

    value: float
    low: float
    high: float


def risk_ratio(anomalies: int, rows: int, other_anomalies: int, other_rows: int) -> Ratio:
    """Compare the share of anomalies among some rows with that among all others.

    The interval is the log-ratio interval of Katz et al. (1978), "Obtaining confidence intervals
    for the risk ratio in cohort studies", Biometrics 34, 469-474:
    ``ln RR ± z · sqrt(1/a - 1/m + 1/b - 1/n)``. Where no other row is an anomaly, half a row is
    added to each of the four numbers (Walter 1975, Biometrika 62, 371-374), which keeps the ratio
    finite.

    Parameters
    ----------
    anomalies, rows
        Of the group, a of m.
    other_anomalies, other_rows
        Of all rows outside it, b of n.

    Examples
    --------
    >>> ratio = risk_ratio(20, 100, 10, 100)
    >>> f"{ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
    '2.00 (0.99 to 4.05)'
    """
    if not anomalies or not rows or not other_rows:
        return Ratio(0.0 if rows and other_rows else 1.0, 0.0, inf)
    a, m, b, n = (float(each) for each in (anomalies, rows, other_anomalies, other_rows))
    if not other_anomalies:
        a, m, b, n = a + 0.5, m + 0.5, b + 0.5, n + 0.5
    middle = log((a / m) / (b / n))
    width = NORMAL_975 * sqrt(max(1 / a - 1 / m + 1 / b - 1 / n, 0.0))
    return Ratio(exp(middle), exp(middle - width), exp(middle + width))


def informative(groups: Iterable[tuple[int, int]]) -> float:
    """Return how much a column's values differ in their share of anomalies.

    The G statistic of the table of groups by flag (Woolf 1957, Annals of Human Genetics 21,
    397-409), less its degrees of freedom, so that a column of many values has no advantage.

    Parameters
    ----------
    groups
        Rows and anomalies of each value.
    """
    counted = [(rows, odd) for rows, odd in groups if rows]
    whole, anomalies = sum(rows for rows, _ in counted), sum(odd for _, odd in counted)
    if not 0 < anomalies < whole:
        return 0.0
    cells = [
        (seen, rows * part / whole)
        for rows, odd in counted
        for seen, part in ((odd, anomalies), (rows - odd, whole - anomalies))
    ]
    g = 2 * sum(seen * log(seen / expected) for seen, expected in cells if seen)
    return g - (len(counted) - 1)


MOST_GROUPS = 200
MOST_FACETS = 40


@dataclass(frozen=True)
class Facet:
    """A column to group by.

    Attributes
    ----------
    sql
        What stands behind GROUP BY.
    bins
        For numbers in bins, the lowest and the highest value of each.
    """

    column: str
    sql: str
    bins: Mapping[int, tuple[float, float]]

    def pick(self, value: Any) -> Filter:  # noqa: ANN401 - whatever the column holds
        """Return the filter that picks one group."""
        if self.bins and value is not None:
            return Filter(self.column, Op.BETWEEN, self.bins[value])
        return Filter(self.column, Op.IN, (value,))

    def said(self, value: Any) -> str:  # noqa: ANN401 - as above
        """Name one group."""
        if value is None:
            return "missing"
        if not self.bins:
            return str(value)
        low, high = self.bins[value]
        return f"{low:g}" if low == high else f"{low:g} to {high:g}"


@lru_cache(maxsize=64)
def facets(scored: ScoredRows) -> dict[str, Facet]:
    """Return every column that splits the rows into a readable number of groups."""
    found = scored.ask(f"SELECT name, bin, low, high FROM {BASE}.bins")
    bins: dict[str, dict[int, tuple[float, float]]] = {}
    for column, number, low, high in found:
        bins.setdefault(column, {})[number] = (low, high)
    made = (_facet(field, bins.get(field.name, {})) for field in scored.fields.values())
    usable = [each for each in made if each is not None]
    return {each.column: each for each in usable[:MOST_FACETS]}


def _facet(field: Field, bins: dict[int, tuple[float, float]]) -> Facet | None:
    if field.name in SCORED_COLUMNS or field.distinct < 1:
        return None
    if bins:
        return Facet(field.name, quoted(bin_column(field.name)), bins)
    most = {Kind.CATEGORY: MOST_GROUPS, Kind.NUMBER: FEW_VALUES}.get(field.kind, 0)
    return Facet(field.name, quoted(field.name), {}) if field.distinct <= most else None


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
