"""A data set and its columns as the operator reads them."""

from dataclasses import dataclass
from datetime import datetime

from app.services.runs.types import Stage
from pipeline.tables.profile import ColumnProfile as StoredColumn

WHOLE_FROM = 10_000.0


@dataclass(frozen=True)
class Dataset:
    """A registered data set; the same bytes are the same data set.

    Attributes
    ----------
    dataset_id
        The first 16 hex digits of the file's SHA-256.
    run_id
        The MLflow run that keeps it.
    size_bytes
        Size of the uploaded file.
    created
        When it was registered, in UTC.
    url
        Its page in MLflow.
    """

    dataset_id: str
    run_id: str
    name: str
    sha256: str
    rows: int
    columns: int
    size_bytes: int
    created: datetime
    requested_by: str
    url: str
    stage: Stage = Stage.ACTIVE


@dataclass(frozen=True)
class ColumnProfile:
    """What one column holds.

    Attributes
    ----------
    role
        ``numeric``, ``categorical``, ``date`` or ``ignored``.
    missing
        Share of empty cells, 0 to 1.
    distinct
        Number of different values; None when it was not counted.
    minimum, maximum, mean
        As text, ready to show; empty where they make no sense.
    top
        The most frequent values with their counts.
    """

    name: str
    role: str
    dtype: str
    missing: float
    distinct: int | None = None
    minimum: str = ""
    maximum: str = ""
    mean: str = ""
    top: tuple[tuple[str, int], ...] = ()


def describe(column: StoredColumn, rows: int) -> ColumnProfile:
    """Write a stored column profile the way the operator reads it."""
    return ColumnProfile(
        name=column.name,
        role=column.role.value,
        dtype=column.dtype,
        missing=column.nulls / rows if rows else 0.0,
        distinct=column.distinct,
        minimum=_shown(column.minimum),
        maximum=_shown(column.maximum),
        mean=_shown(column.mean),
        top=column.top,
    )


def _shown(value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    whole = abs(value) >= WHOLE_FROM or float(value).is_integer()
    return f"{value:,.0f}" if whole else f"{value:.4g}"
