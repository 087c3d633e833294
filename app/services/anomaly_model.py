"""What the Anomalies page shows of a scored run."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa


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
    bands
        Of the severity bands, least severe first.
    columns
        Every column, the operator's own first, then the scored ones.
    date_column
        The column the trend over time goes by; empty without one.
    """

    run_id: str
    rows: int
    anomalies: int
    rate: float
    threshold: float | None
    bands: tuple[BandShare, ...]
    columns: tuple[str, ...]
    date_column: str


@dataclass(frozen=True)
class Histogram:
    """Counts of rows between edges; ``edges`` has one more entry than the counts.

    Attributes
    ----------
    normal, anomalous
        Rows of each bin by their flag.
    threshold
        Where the flag begins, in the unit of the edges.
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
    """Some rows by severity, most severe first.

    Attributes
    ----------
    rows
        The chosen columns and ``row``, the row's number in the file from 1.
    total
        Rows that could be shown.
    """

    rows: pa.Table
    offset: int
    total: int
