"""The explanation of one scored row; light to import for those who only show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import pandas as pd


class How(StrEnum):
    """What a share counts."""

    SEEN = "seen"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EMPTY = "empty"
    YEAR = "year"
    MONTH = "month"
    WEEKDAY = "day_of_week"
    HOUR = "hour"


@dataclass(frozen=True)
class Rarity:
    """Share of the reference records, 0 to 1, and what it is the share of.

    Attributes
    ----------
    how
        ``seen``: the very value; ``at_least`` and ``at_most``: numbers as high or as low;
        ``empty``: no value; a part of a date: dates with the same one.
    """

    share: float
    how: How


@dataclass(frozen=True)
class Field:
    """One column that the model uses.

    Attributes
    ----------
    saved
        Splits that the value saves in isolating the row: above 0 it makes the row more anomalous.
    """

    column: str
    saved: float
    rarity: Rarity


@dataclass(frozen=True)
class NormalRow:
    """A normal row that resembles the explained one.

    Attributes
    ----------
    distance
        0 (alike) to 1.
    differs
        The values of this row in the columns where the two differ, in the file's order.
    """

    row: int
    distance: float
    differs: dict[str, str]


@dataclass(frozen=True)
class Counterfactual:
    """A value that would make the row normal, or bring it nearest to that.

    Attributes
    ----------
    severity
        Of the row with that value.
    """

    column: str
    value: str
    severity: float
    makes_normal: bool


@dataclass(frozen=True)
class Explanation:
    """Why one row was scored as it was.

    Attributes
    ----------
    splits, typical, threshold
        Splits that isolate the row, a training row on average, and a row at the threshold; fewer
        is more anomalous.
    score
        scikit-learn's ``decision_function``, lower is more anomalous.
    is_anomaly
        Whether the row was flagged.
    fields
        Columns of the model by contribution, the one that speaks most for an anomaly first.
    counterfactuals
        The single changes that make the row normal, smallest first; where none does, the one that
        comes nearest. Empty for a normal row.
    reference_rows
        Records that the rarities count.
    by_training
        Those are records that the model was trained on, otherwise rows that it scored.
    """

    row: int
    splits: float
    typical: float
    threshold: float
    score: float
    is_anomaly: bool
    fields: tuple[Field, ...]
    neighbours: tuple[NormalRow, ...]
    counterfactuals: tuple[Counterfactual, ...]
    reference_rows: int
    by_training: bool


def shown(value: object) -> str:
    """Format a value for display; a missing one is an em dash.

    >>> shown(3.0), shown(None), shown(datetime(2024, 5, 1)), shown(datetime(2024, 5, 1, 9, 30))
    ('3', '—', '2024-05-01', '2024-05-01 09:30')
    """
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):  # noqa: PLR0124
        return "—"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, datetime):
        is_even = not (value.second or value.microsecond)
        text = value.isoformat(sep=" ", timespec="minutes" if is_even else "auto")
        return text.removesuffix(" 00:00")
    return value.isoformat() if isinstance(value, date) else str(value)
