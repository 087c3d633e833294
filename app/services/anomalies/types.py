"""What an operator narrows scored rows down to, and what the Anomalies page shows of them."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

import pyarrow as pa

from app.services.filters import Filter


class Kind(StrEnum):
    """What a column can be filtered, drawn and grouped as."""

    NUMBER = "number"
    CATEGORY = "category"
    DATE = "date"
    TEXT = "text"


@dataclass(frozen=True)
class View:
    """The rows an operator looks at, and where anomalies begin among them.

    Attributes
    ----------
    threshold
        Severity from which a row counts as an anomaly; None means the model's own flag.
    """

    filters: tuple[Filter, ...] = ()
    threshold: float | None = None

    def with_filters(self, *added: Filter) -> Self:
        """Return the view narrowed further; a filter takes the place of its like."""
        likes = {(each.column, each.op) for each in added}
        kept = (each for each in self.filters if (each.column, each.op) not in likes)
        return replace(self, filters=(*kept, *added))

    def without(self, dropped: Filter) -> Self:
        """Return the view without one of its filters."""
        return replace(self, filters=tuple(each for each in self.filters if each != dropped))


@dataclass(frozen=True)
class Field:
    """One column; ``distinct`` counts its values, about."""

    name: str
    kind: Kind
    distinct: int


@dataclass(frozen=True)
class Counts:
    """Rows of a view in numbers.

    Attributes
    ----------
    anomalies
        Rows from the view's threshold up.
    flagged
        Rows that the model itself flagged.
    bands
        Anomalies of the view by severity band, least severe first; below the first band none.
    """

    rows: int
    anomalies: int
    flagged: int
    bands: tuple[int, ...]

    @property
    def rate(self) -> float:
        """Anomalies per row."""
        return self.anomalies / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Tail:
    """Rows by severity, the upper end enlarged: ten steps take a tenth of the rows away.

    Attributes
    ----------
    edges
        Severities, one more than there are counts.
    expected
        Rows that each bin would have if the rows were like the training data.
    """

    edges: tuple[float, ...]
    rows: tuple[int, ...]
    anomalies: tuple[int, ...]
    expected: tuple[float, ...]


@dataclass(frozen=True)
class Lanes:
    """Severity by time and by the values of one column.

    Attributes
    ----------
    starts
        Begin of each step of time, one more than there are steps.
    names
        The lanes, most rows first.
    picks
        The filter that picks each lane.
    rows, anomalies
        For each lane, for each step.
    severity
        The severity that one row in ten reaches; None where there are too few rows to say.
    """

    column: str
    by: str
    starts: tuple[datetime, ...]
    names: tuple[str, ...]
    picks: tuple[Filter, ...]
    rows: tuple[tuple[int, ...], ...]
    anomalies: tuple[tuple[int, ...], ...]
    severity: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Cloud:
    """Rows to draw as points.

    Attributes
    ----------
    anomalies, normals
        Tables with the two features, ``severity`` and ``row``.
    all_anomalies, all_normals
        How many there are, drawn or not.
    """

    anomalies: pa.Table
    normals: pa.Table
    all_anomalies: int
    all_normals: int


@dataclass(frozen=True)
class BandShare:
    """Rows of one severity band; ``low`` and ``high`` are severities, 0 to 100."""

    name: str
    low: float
    high: float
    rows: int
    share: float


@dataclass(frozen=True)
class Summary:
    """A scored run in numbers.

    Attributes
    ----------
    rate
        Anomalies per row, 0 to 1.
    threshold
        Severity from which a row is an anomaly; None when no row is one.
    score_threshold
        Raw score below which the run flagged its rows.
    bands
        Of the severity bands, least severe first.
    fields
        Every column, the operator's own first, then the scored ones.
    facets
        Columns whose values can be told apart in a chart.
    """

    run_id: str
    rows: int
    anomalies: int
    rate: float
    threshold: float | None
    score_threshold: float
    bands: tuple[BandShare, ...]
    fields: tuple[Field, ...]
    facets: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(field.name for field in self.fields)

    def named(self, *kinds: Kind) -> tuple[str, ...]:
        """Names of the columns of some kinds."""
        return tuple(field.name for field in self.fields if field.kind in kinds)

    @property
    def date_column(self) -> str:
        """The column that a trend over time goes by; empty without one."""
        return next(iter(self.named(Kind.DATE)), "")


@dataclass(frozen=True)
class Histogram:
    """Counts of rows between edges; ``edges`` has one more entry than the counts.

    Attributes
    ----------
    normal, anomalous
        Rows of each bin by their flag.
    threshold
        Where the model's own flag begins, in the unit of the edges.
    """

    edges: tuple[float, ...]
    normal: tuple[int, ...]
    anomalous: tuple[int, ...]
    threshold: float


@dataclass(frozen=True)
class TrendPoint:
    """A span of time that begins at ``start``."""

    start: datetime
    rows: int
    anomalies: int
    rate: float


@dataclass(frozen=True)
class Trend:
    """Anomaly rate over the time in the data; without a date column both texts are empty.

    Attributes
    ----------
    strays
        Rows that no point counts, because their date lies far from all others.
    """

    column: str
    grain: str
    points: tuple[TrendPoint, ...]
    strays: int = 0


@dataclass(frozen=True)
class RowPage:
    """Some rows, in the order asked for.

    Attributes
    ----------
    rows
        The chosen columns and the row's number in the file from 1.
    total
        Rows that could be shown.
    """

    rows: pa.Table
    offset: int
    total: int
