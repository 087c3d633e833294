"""Which model is in charge, and what was decided on models, as operators see it."""

from dataclasses import dataclass
from enum import StrEnum

from app.clients.model_decisions_model import (
    ChangeFilter,
    ModelChange,
    NewModelChange,
    NewThresholdChange,
    ThresholdChange,
)
from app.services.registry import Version
from app.services.run_model import Run

__all__ = [
    "Alias",
    "ChangeFilter",
    "Decision",
    "Former",
    "ModelChange",
    "NewModelChange",
    "NewThresholdChange",
    "Post",
    "ThresholdChange",
]

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
