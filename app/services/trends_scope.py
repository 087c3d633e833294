"""Which runs a trend is about: a stretch of time, a grain, a data set and a model."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self

MIDNIGHT = time(tzinfo=UTC)


class Grain(StrEnum):
    """What one point of a trend stands for; days, weeks (from Monday) and months are UTC's."""

    RUN = "run"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def following(self, begin: datetime) -> datetime:
        """Return where the stretch that begins at ``begin`` ends; that of a run holds a moment."""
        if self is Grain.MONTH:
            return (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
        steps = {Grain.DAY: timedelta(days=1), Grain.WEEK: timedelta(days=7)}
        return begin + steps.get(self, timedelta(microseconds=1))


@dataclass(frozen=True)
class Scope:
    """What the operator wants to see.

    Attributes
    ----------
    days
        How far back from now; None for all, or where ``first`` and ``last`` say it.
    first, last
        Days in UTC, both included; None leaves that end open.
    dataset_id, model_run_id
        Only runs on this data set, only runs of this model; empty for all.
    """

    days: int | None = None
    first: date | None = None
    last: date | None = None
    grain: Grain = Grain.DAY
    dataset_id: str = ""
    model_run_id: str = ""

    def since(self, now: datetime) -> datetime | None:
        """Return the first moment that counts; None where all before does."""
        if self.days is not None:
            return now - timedelta(days=self.days)
        return datetime.combine(self.first, MIDNIGHT) if self.first else None

    def until(self) -> datetime | None:
        """Return the first moment that no longer counts; None for an open end."""
        return datetime.combine(self.last, MIDNIGHT) + timedelta(days=1) if self.last else None

    def by(self, grain: Grain) -> Self:
        """Return the same runs at another grain."""
        return replace(self, grain=grain)
