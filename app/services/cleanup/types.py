"""Acts of tidying up on their way into the database and out of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from app.services.runs.types import RunStatus, Stage, moment, pairs, stage_of


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


PROXIED = "mlflow-artifacts"


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
    Act.ARCHIVE: {Stage.ACTIVE},
    Act.UNARCHIVE: {Stage.ARCHIVED},
    Act.DELETE: {Stage.ACTIVE, Stage.ARCHIVED},
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
    """A run or a data set, as far as tidying up looks at it.

    Attributes
    ----------
    path
        Its folder behind MLflow's artifact proxy; empty where its files lie elsewhere.
    model_ids
        The logged models that it put out.
    """

    run_id: str
    kind: Kind
    name: str
    status: RunStatus
    stage: Stage
    started: datetime
    dataset_id: str
    model_run_id: str
    path: str
    model_ids: tuple[str, ...]

    @property
    def busy(self) -> bool:
        """Whether it is still being worked on."""
        return self.status in {RunStatus.RUNNING, RunStatus.SCHEDULED}

    @property
    def paths(self) -> tuple[str, ...]:
        """Every folder of the artifact store that is its own."""
        if not self.path:
            return ()
        root = self.path.removesuffix(self.run_id)
        return (self.path, *(f"{root}models/{model_id}" for model_id in self.model_ids))


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
        seen = [(e.thing.run_id, e.thing.stage, e.thing.status) for e in self.entries]
        refused = [(each.name, each.reason) for each in self.refusals]
        written = json.dumps([self.act, sorted(seen), sorted(refused)])
        return hashlib.sha256(written.encode()).hexdigest()


def parse_thing(answer: Mapping[str, Any]) -> Thing:
    """Read one run of MLflow's REST answer."""
    info, tags = answer["info"], pairs(answer.get("data", {}).get("tags", ()))
    outputs = answer.get("outputs", {}).get("model_outputs", ())
    run_id = str(info["run_id"])
    return Thing(
        run_id=run_id,
        kind=_kind(tags),
        name=tags.get("name") or info.get("run_name", "") or run_id,
        status=RunStatus(info["status"]),
        stage=stage_of(info, tags),
        started=moment(info["start_time"]),
        dataset_id=tags.get("dataset_id", ""),
        model_run_id=tags.get("model_run_id", ""),
        path=_folder(str(info.get("artifact_uri", "")), run_id),
        model_ids=tuple(output["model_id"] for output in outputs),
    )


def _folder(uri: str, run_id: str) -> str:
    """Return the folder of a run's own, which is all that is ever removed."""
    parts = urlsplit(uri)
    folder = parts.path.strip("/").removesuffix("/artifacts")
    return folder if parts.scheme == PROXIED and folder.endswith(f"/{run_id}") else ""


def _kind(tags: Mapping[str, str]) -> Kind:
    """Tell by the tag ``run_kind``; older data sets have none but a hash."""
    said = tags.get("run_kind", "")
    if said in set(Kind):
        return Kind(said)
    return Kind.DATASET if "sha256" in tags else Kind.OTHER
