"""Decisions on models on their way into the database and out of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.services.runs.types import Run


@dataclass(frozen=True)
class Version:
    """A version of the registered model, and the train run that made it."""

    number: int
    run_id: str


@dataclass(frozen=True)
class NewModelChange:
    """An alias that is to move; the names are those of ``app.database.tables.ModelChange``."""

    alias: str
    action: str
    previous_run_id: str | None
    previous_version: int | None
    model_run_id: str | None
    version: int | None
    reason: str
    changed_by: str
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ModelChange(NewModelChange):
    """A move of an alias as it is kept."""

    id: int
    changed_at: datetime


@dataclass(frozen=True)
class NewThresholdChange:
    """A threshold that is to move; the names are those of ``ThresholdChange`` in the database.

    Attributes
    ----------
    previous, threshold
        On the scale of the train run's metric ``threshold``.
    """

    model_run_id: str
    run_id: str | None
    previous: float
    threshold: float
    rows_gained: int | None
    rows_lost: int | None
    reason: str
    changed_by: str


@dataclass(frozen=True, kw_only=True)
class ThresholdChange(NewThresholdChange):
    """A move of a threshold as it is kept."""

    id: int
    changed_at: datetime


@dataclass(frozen=True)
class ChangeFilter:
    """Which decisions to list; what is empty does not filter."""

    alias: str = ""
    model_run_id: str = ""
    changed_by: str = ""


def surprise(change: ModelChange | ThresholdChange) -> str:
    """Say who was faster."""
    what = change.alias if isinstance(change, ModelChange) else "threshold"
    return (
        f"{change.changed_by} has changed the {what} meanwhile: {change.reason}. Nothing was "
        "changed; look at it and decide again."
    )


Decision = ModelChange | ThresholdChange


class Alias(StrEnum):
    """What a model can be put up as."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


@dataclass(frozen=True)
class Post:
    """An alias with the model that holds it at present.

    Attributes
    ----------
    version, run
        What MLflow says; None when it names no version, or a run that is gone.
    change
        The newest decision on record here; None when there is none.
    """

    alias: Alias
    version: Version | None
    run: Run | None
    change: ModelChange | None

    @property
    def run_id(self) -> str | None:
        """The train run that MLflow names."""
        return self.version.run_id if self.version else None

    @property
    def decided_run_id(self) -> str | None:
        """The train run that the newest decision names."""
        return self.change.model_run_id if self.change else None

    @property
    def agrees(self) -> bool:
        """Whether MLflow names the model that was decided on; not when it was changed there."""
        return self.run_id == self.decided_run_id


@dataclass(frozen=True)
class Former:
    """A model that was champion once, and the decision that had made it so."""

    run_id: str
    version: int | None
    change: ModelChange
