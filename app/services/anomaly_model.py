"""What the Anomalies page shows of a scored run as a whole."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from app.services.explore_model import Field, Kind


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
