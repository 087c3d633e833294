"""Records of scored rows: a view of them, and what charts and tables show of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

import pyarrow as pa

from app.services.filters import Filter


class ColumnKind(StrEnum):
    """How a column is filtered, drawn and grouped."""

    NUMBER = "number"
    CATEGORY = "category"
    DATE = "date"
    TEXT = "text"


@dataclass(frozen=True)
class View:
    """Some rows of a run and the threshold for anomalies among them.

    Attributes
    ----------
    threshold
        Severity from which a row counts as an anomaly; None means the model's own flag.
    """

    filters: tuple[Filter, ...] = ()
    threshold: float | None = None

    def with_filters(self, *added: Filter) -> Self:
        """Return the view with further filters; each replaces one of its column and operator."""
        replaced = {(each.column, each.op) for each in added}
        kept = (each for each in self.filters if (each.column, each.op) not in replaced)
        return replace(self, filters=(*kept, *added))


def parse_threshold(text: str) -> float | None:
    """Read a severity from an address; None for anything else."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 <= value <= 100.0 else None  # noqa: PLR2004 - the scale


@dataclass(frozen=True)
class ScoredColumn:
    """One column; ``distinct`` is the approximate number of its values."""

    name: str
    kind: ColumnKind
    distinct: int


@dataclass(frozen=True)
class Counts:
    """Counts of a view.

    Attributes
    ----------
    anomalies
        Rows from the view's threshold up.
    flagged
        Rows that the model itself flagged.
    bands
        Anomalies by severity band, least severe first; those below all bands are not in it.
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
class Heatmap:
    """Severity by time and by the values of one column.

    Attributes
    ----------
    starts
        Start of each time step, and the end of the last.
    names
        The values, one per line of the heatmap, most rows first.
    filters
        The filter that selects each line.
    rows, anomalies
        Counts by line and step.
    severity
        The severity that one row in ten reaches; None for cells with too few rows.
    """

    column: str
    by: str
    starts: tuple[datetime, ...]
    names: tuple[str, ...]
    filters: tuple[Filter, ...]
    rows: tuple[tuple[int, ...], ...]
    anomalies: tuple[tuple[int, ...], ...]
    severity: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Scatter:
    """Rows to draw as points.

    Attributes
    ----------
    anomalies, normals
        Tables with the columns ``x``, ``y``, ``severity`` and ``row``.
    all_anomalies, all_normals
        Number of rows in the view, drawn or not.
    """

    anomalies: pa.Table
    normals: pa.Table
    all_anomalies: int
    all_normals: int


@dataclass(frozen=True)
class Summary:
    """A scored run in numbers.

    Attributes
    ----------
    threshold
        Severity from which a row is an anomaly; None when no row is one.
    score_threshold
        Raw score below which the run flagged its rows.
    fields
        Every column, the operator's own first, then the scored ones.
    facets
        Columns with few enough values to group by.
    """

    run_id: str
    rows: int
    anomalies: int
    threshold: float | None
    score_threshold: float
    fields: tuple[ScoredColumn, ...]
    facets: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(field.name for field in self.fields)

    def threshold_in(self, view: View) -> float | None:
        """Severity from which the rows of a view are anomalies; None when no row is one."""
        return self.threshold if view.threshold is None else view.threshold

    def named(self, *kinds: ColumnKind) -> tuple[str, ...]:
        """Names of the columns of some kinds."""
        return tuple(field.name for field in self.fields if field.kind in kinds)

    @property
    def date_column(self) -> str:
        """The column that a trend over time goes by; empty without one."""
        return next(iter(self.named(ColumnKind.DATE)), "")


@dataclass(frozen=True)
class Histogram:
    """Rows by severity or by score; ``edges`` has one more entry than the counts.

    Attributes
    ----------
    normal, anomalous
        Rows of each bin, by the threshold of the view.
    expected
        Rows of each bin if they were like the training data; empty for scores.
    """

    edges: tuple[float, ...]
    normal: tuple[int, ...]
    anomalous: tuple[int, ...]
    expected: tuple[float, ...] = ()


@dataclass(frozen=True)
class TrendPoint:
    """A period that begins at ``start``."""

    start: datetime
    rows: int
    anomalies: int

    @property
    def rate(self) -> float:
        """Anomalies per row."""
        return self.anomalies / self.rows


@dataclass(frozen=True)
class Trend:
    """Anomaly rate over the time in the data; without a date column both texts are empty.

    Attributes
    ----------
    outliers
        Rows that no point counts because their date lies far from all others.
    """

    column: str
    grain: str
    points: tuple[TrendPoint, ...]
    outliers: int = 0


@dataclass(frozen=True)
class RowPage:
    """A page of rows in the chosen order; ``total`` counts those of all pages."""

    rows: pa.Table
    offset: int
    total: int
