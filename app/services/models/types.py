"""Versions and aliases of the registered model, and the decisions that changed them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from app.services.runs.types import Run


class Alias(StrEnum):
    """An alias of the registered model."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


@dataclass(frozen=True)
class Version:
    """A version of the registered model, and the train run that made it."""

    number: int
    run_id: str


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class ModelChange:
    """An alias that was moved; the fields are the columns of the table ``model_changes``.

    Attributes
    ----------
    id, changed_at
        Assigned by the database; before that 0 and the present time.
    """

    alias: str
    action: str
    previous_run_id: str | None
    previous_version: int | None
    model_run_id: str | None
    version: int | None
    reason: str
    changed_by: str
    evidence: dict[str, Any] = field(default_factory=dict)
    id: int = 0
    changed_at: datetime = field(default_factory=_now)


@dataclass(frozen=True)
class ThresholdChange:
    """A threshold that was changed; the fields are the columns of ``threshold_changes``.

    Attributes
    ----------
    previous, threshold
        On the scale of the train run's metric ``threshold``.
    id, changed_at
        Assigned by the database; before that 0 and the present time.
    """

    model_run_id: str
    run_id: str | None
    previous: float
    threshold: float
    rows_gained: int | None
    rows_lost: int | None
    reason: str
    changed_by: str
    id: int = 0
    changed_at: datetime = field(default_factory=_now)


Decision = ModelChange | ThresholdChange


@dataclass(frozen=True)
class DecisionFilter:
    """Which decisions to list; an empty field does not filter."""

    alias: str = ""
    model_run_id: str = ""
    changed_by: str = ""


def already_changed(newest: Decision) -> str:
    """Explain a conflict with a decision that another operator made in the meantime."""
    what = newest.alias if isinstance(newest, ModelChange) else "threshold"
    return (
        f"{newest.changed_by} has changed the {what} meanwhile: {newest.reason}. Nothing was "
        "changed; look at it and decide again."
    )


@dataclass(frozen=True)
class AliasHolder:
    """An alias and the model that it names at present.

    Attributes
    ----------
    version, run
        As MLflow has them; None when the alias names no version, or its run is gone.
    change
        The newest decision on this alias; None when there is none.
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
        """Whether MLflow names the decided model; False after a change made in MLflow itself."""
        return self.run_id == self.decided_run_id
