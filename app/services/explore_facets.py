"""Columns that split rows into groups: categories, numbers of few values, numbers in bins."""

# ruff: noqa: S608 - no text of an operator's gets into these queries

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.services.explore_model import Field, Filter, Kind, Op
from app.services.explore_sql import BASE, quoted
from app.services.scored_rows import ScoredRows
from app.services.scored_store import FEW_VALUES, bin_column
from pipeline.schema import SCORED_COLUMNS

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
