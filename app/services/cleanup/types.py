"""Acts of tidying up on their way into the database and out of it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.tracking.client import PROXIED
from pipeline.tracking.runs import Run, RunStatus, Stage


@dataclass(frozen=True)
class TidyItem:
    """One run or data set of an act; ``kind`` is ``train``, ``score`` or ``dataset``."""

    run_id: str
    kind: str
    name: str
    size_bytes: int


@dataclass(frozen=True)
class NewAct:
    """What somebody asks for; the names are those of ``app.database.tables``."""

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


class Act(StrEnum):
    """What can be done; ``PURGE`` is the removal for good."""

    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    DELETE = "delete"
    RESTORE = "restore"
    PURGE = "purge"

    @property
    def takes(self) -> bool:
        """Whether something is gone from the lists afterwards."""
        return self in {Act.ARCHIVE, Act.DELETE, Act.PURGE}


POSSIBLE = {
    Act.ARCHIVE: {Stage.SHOWN},
    Act.UNARCHIVE: {Stage.ARCHIVED},
    Act.DELETE: {Stage.SHOWN, Stage.ARCHIVED},
    Act.RESTORE: {Stage.DELETED},
    Act.PURGE: {Stage.DELETED},
}
"""At which stages an act makes sense."""


class Kind(StrEnum):
    """What a run of our experiments stands for."""

    TRAIN = "train"
    SCORE = "score"
    DATASET = "dataset"
    OTHER = "other"


@dataclass(frozen=True)
class Thing:
    """A run or a data set, as far as tidying up looks at it."""

    run: Run

    @property
    def run_id(self) -> str:
        """Id of its run in MLflow."""
        return self.run.run_id

    @property
    def stage(self) -> Stage:
        """Where it is."""
        return self.run.stage

    @property
    def dataset_id(self) -> str:
        """The data set that it is, or was made from."""
        return self.run.dataset_id

    @property
    def kind(self) -> Kind:
        """What it is, by the tag ``run_kind``; older data sets have none but a hash."""
        said = self.run.tags.get("run_kind", "")
        if said in set(Kind):
            return Kind(said)
        return Kind.DATASET if "sha256" in self.run.tags else Kind.OTHER

    @property
    def name(self) -> str:
        """Name of the data set or the run."""
        return self.run.tags.get("name") or self.run.name or self.run_id

    @property
    def busy(self) -> bool:
        """Whether it is still being worked on."""
        return self.run.status in {RunStatus.RUNNING, RunStatus.SCHEDULED}

    @property
    def locations(self) -> tuple[str, ...]:
        """Every folder of its own behind MLflow's artifact proxy, which is all that is removed."""
        root, own, _ = self.run.artifact_uri.partition(f"/{self.run_id}")
        if not own or not root.startswith(PROXIED):
            return ()
        return (root + own, *(f"{root}/models/{model_id}" for model_id in self.run.model_ids))


@dataclass(frozen=True)
class Entry:
    """One line of a preview.

    Attributes
    ----------
    because
        Why it goes along; empty where it was chosen.
    versions
        Its versions in the registry, as name and number.
    """

    thing: Thing
    size_bytes: int
    because: str = ""
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Refusal:
    """What was chosen and is left out, with the reason."""

    name: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """What an act would do; nothing is done yet.

    Attributes
    ----------
    chosen
        The run ids that were asked for.
    notes
        Sentences about what stays and what it will lack.
    """

    act: Act
    chosen: tuple[str, ...]
    entries: tuple[Entry, ...]
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Of all entries together."""
        return sum(entry.size_bytes for entry in self.entries)

    @property
    def phrase(self) -> str:
        """What has to be typed before a removal for good."""
        return f"remove {len(self.entries)}"

    @property
    def fingerprint(self) -> str:
        """The same as long as what was previewed is still so."""
        seen = [(e.thing.run_id, e.thing.stage, e.thing.run.status) for e in self.entries]
        refused = [(each.name, each.reason) for each in self.refusals]
        written = json.dumps([self.act, sorted(seen), sorted(refused)])
        return hashlib.sha256(written.encode()).hexdigest()
