"""What a generated past consists of."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MARK = ("generated_by", "history")
"""Tag that tells a generated run from a real one."""


@dataclass(frozen=True)
class PastDataset:
    """A data set as the console registers one, but without its files."""

    run_id: str
    dataset_id: str
    name: str
    rows: int
    registered: datetime


@dataclass(frozen=True)
class PastRun:
    """One train or score run with all that it logged."""

    run_id: str
    name: str
    status: str
    started: datetime
    ended: datetime
    tags: dict[str, str]
    params: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """``train`` or ``score``."""
        return self.tags["run_kind"]


@dataclass(frozen=True)
class Past:
    """Everything that happened; decisions are rows of the tables in ``app.database.tables``."""

    datasets: list[PastDataset]
    runs: list[PastRun]
    verdicts: list[dict[str, Any]]
    threshold_changes: list[dict[str, Any]]
    model_changes: list[dict[str, Any]]
