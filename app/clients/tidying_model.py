"""Acts of tidying up on their way into the database and out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class TidyItem:
    """One run or data set of an act; ``kind`` is ``train``, ``score`` or ``dataset``."""

    run_id: str
    kind: str
    name: str
    size_bytes: int


@dataclass(frozen=True)
class NewAct:
    """What somebody asks for; the names are those of ``app.database.tidying``."""

    action: str
    items: Sequence[TidyItem]
    reason: str
    done_by: str

    @property
    def size_bytes(self) -> int:
        """Of all items together."""
        return sum(item.size_bytes for item in self.items)


@dataclass(frozen=True)
class StoredAct(NewAct):
    """An act as it is kept.

    Attributes
    ----------
    done
        How many items were done; None where the act was interrupted or is under way.
    """

    id: int
    begun_at: datetime
    done: int | None = None
    freed_bytes: int = 0
    failure: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Counts:
    """How many runs and data sets there are at each stage."""

    shown: int
    archived: int
    deleted: int
