"""A data set as the console lists it."""

from dataclasses import dataclass
from datetime import datetime

from app.services.runs.types import Stage


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
