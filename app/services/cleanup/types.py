"""Records of cleanup: the items, the operations on them, their previews and their log."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.tracking.client import PROXIED
from pipeline.tracking.runs import Run, RunStatus, Stage


class Operation(StrEnum):
    """What can be done to runs and data sets; ``PURGE`` deletes for good."""

    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    DELETE = "delete"
    RESTORE = "restore"
    PURGE = "purge"

    @property
    def hides(self) -> bool:
        """Whether the items are no longer active afterwards."""
        return self in {Operation.ARCHIVE, Operation.DELETE, Operation.PURGE}

    @property
    def cascades(self) -> bool:
        """Whether the score runs of a model follow it."""
        return self in {Operation.DELETE, Operation.RESTORE, Operation.PURGE}


POSSIBLE = {
    Operation.ARCHIVE: {Stage.ACTIVE},
    Operation.UNARCHIVE: {Stage.ARCHIVED},
    Operation.DELETE: {Stage.ACTIVE, Stage.ARCHIVED},
    Operation.RESTORE: {Stage.DELETED},
    Operation.PURGE: {Stage.DELETED},
}
"""The stages at which an operation is possible."""


class ItemKind(StrEnum):
    """What a run in one of the console's experiments stands for."""

    TRAIN = "train"
    SCORE = "score"
    DATASET = "dataset"
    OTHER = "other"


@dataclass(frozen=True)
class Item:
    """A run or a data set with what cleanup needs to know about it.

    Attributes
    ----------
    locations
        Every folder that belongs to it alone, its own and those of its models; empty where its
        files are not behind MLflow's artifact proxy.
    model_ids
        The logged models that it created.
    """

    run_id: str
    kind: ItemKind
    name: str
    status: RunStatus
    stage: Stage
    started: datetime
    dataset_id: str
    model_run_id: str
    locations: tuple[str, ...]
    model_ids: tuple[str, ...]

    @property
    def running(self) -> bool:
        """Whether it is still in progress."""
        return self.status in {RunStatus.RUNNING, RunStatus.SCHEDULED}


@dataclass(frozen=True)
class Entry:
    """One line of a preview.

    Attributes
    ----------
    because
        Why a dependent item is included; empty where the operator chose the item.
    versions
        Its versions in the model registry, as name and number.
    """

    item: Item
    size_bytes: int
    because: str = ""
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Refusal:
    """A chosen item that the operation leaves out, with the reason."""

    name: str
    reason: str


@dataclass(frozen=True)
class CleanupPreview:
    """What an operation would do.

    Attributes
    ----------
    chosen
        The run ids that the operator chose.
    notes
        Sentences about runs that stay and what they will miss.
    """

    operation: Operation
    chosen: tuple[str, ...]
    entries: tuple[Entry, ...]
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Stored bytes of all entries."""
        return sum(entry.size_bytes for entry in self.entries)

    @property
    def phrase(self) -> str:
        """What has to be typed to confirm a purge."""
        return f"remove {len(self.entries)}"

    @property
    def fingerprint(self) -> str:
        """A hash that changes as soon as the preview is out of date."""
        seen = [(e.item.run_id, e.item.stage, e.item.status) for e in self.entries]
        refused = [(each.name, each.reason) for each in self.refusals]
        written = json.dumps([self.operation, sorted(seen), sorted(refused)])
        return hashlib.sha256(written.encode()).hexdigest()


@dataclass(frozen=True)
class Retention:
    """After how many days runs are proposed for deletion, and deleted runs for purging.

    None keeps all.
    """

    days: int | None = None
    purge_days: int | None = None


@dataclass(frozen=True)
class StageCounts:
    """How many runs and data sets there are at each stage."""

    active: int
    archived: int
    deleted: int


@dataclass(frozen=True)
class LoggedItem:
    """One item of a logged operation; the names are those of its JSON in the database."""

    run_id: str
    kind: str
    name: str
    size_bytes: int


@dataclass(frozen=True)
class LoggedOperation:
    """An operation with its outcome, as the database keeps it.

    Attributes
    ----------
    done
        How many items were processed; None while it runs or where it was interrupted.
    """

    id: int
    operation: Operation
    items: tuple[LoggedItem, ...]
    reason: str
    done_by: str
    begun_at: datetime
    done: int | None = None
    freed_bytes: int = 0
    failure: str = ""
    ended_at: datetime | None = None

    @property
    def size_bytes(self) -> int:
        """Stored bytes of all items, as the preview measured them."""
        return sum(item.size_bytes for item in self.items)


def item_of(run: Run) -> Item:
    """Return what cleanup needs to know about a run of MLflow."""
    return Item(
        run_id=run.run_id,
        kind=_kind(run.tags),
        name=run.tags.get("name") or run.name or run.run_id,
        status=run.status,
        stage=run.stage,
        started=run.started,
        dataset_id=run.dataset_id,
        model_run_id=run.model_run_id,
        locations=_locations(run),
        model_ids=run.model_ids,
    )


def _locations(run: Run) -> tuple[str, ...]:
    """Return the folders of the run and its models, the only ones that a purge may remove."""
    root, own, _ = run.artifact_uri.partition(f"/{run.run_id}")
    if not own or not root.startswith(PROXIED):
        return ()
    return (root + own, *(f"{root}/models/{model_id}" for model_id in run.model_ids))


def _kind(tags: Mapping[str, str]) -> ItemKind:
    """Read the tag ``run_kind``; data sets of earlier versions have only a hash."""
    tagged = tags.get("run_kind", "")
    if tagged in set(ItemKind):
        return ItemKind(tagged)
    return ItemKind.DATASET if "sha256" in tags else ItemKind.OTHER
