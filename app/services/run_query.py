"""Which runs, in which order: said in MLflow's own search language."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.services.run_conditions import Condition
from app.services.run_model import ARCHIVED_TAG, RunKind, RunStatus, Stage

RUN_ID = re.compile(r"[0-9a-f]{32}")
NOT_ARCHIVED = f"tags.{ARCHIVED_TAG} IS NULL"
ARCHIVE: dict[Stage | None, str] = {
    Stage.SHOWN: NOT_ARCHIVED,
    Stage.ARCHIVED: f"tags.{ARCHIVED_TAG} IS NOT NULL",
}
DATASET_ID = re.compile(r"[0-9a-f]{16}")


class SortKey(StrEnum):
    """What the list of runs can be sorted by, on the server."""

    STARTED = "started"
    ENDED = "ended"
    NAME = "name"
    ANOMALY_RATE = "anomaly_rate"
    ROWS = "rows"
    CONTAMINATION = "contamination"
    TRAINING_SECONDS = "training_seconds"
    SCORING_SECONDS = "scoring_seconds"
    INJECTED_RECALL = "injected_recall"
    DRIFT_MAX = "drift_max"


@dataclass(frozen=True)
class RunFilter:
    """Which runs to list; what is None or empty does not filter.

    Attributes
    ----------
    text
        Part of the run's name, or a whole run, data set or DAG run id.
    since, until
        Earliest start, and the first moment that is too late for one.
    conditions
        On parameters and metrics; all have to hold.
    stage
        None for all that are not deleted, archived or not.
    """

    kind: RunKind | None = None
    status: RunStatus | None = None
    dataset_id: str = ""
    requested_by: str = ""
    model_run_id: str = ""
    dag_run_id: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    conditions: tuple[Condition, ...] = ()
    stage: Stage | None = None

    def clause(self) -> str:
        """Return the filter in MLflow's search language; empty when everything is wanted."""
        return " AND ".join(self._parts())

    @property
    def compared_here(self) -> tuple[Condition, ...]:
        """The conditions that MLflow's server answers only in part."""
        return tuple(each for each in self.conditions if not each.is_served)

    def _parts(self) -> Iterator[str]:
        tags = {
            "run_kind": self.kind or "",
            "dataset_id": self.dataset_id,
            "requested_by": self.requested_by,
            "model_run_id": self.model_run_id,
            "dag_run_id": self.dag_run_id,
        }
        yield from (f"tags.{key} = {quoted(value)}" for key, value in tags.items() if value)
        if self.status:
            yield f"attributes.status = {quoted(self.status)}"
        if self.since:
            yield f"attributes.start_time >= {milliseconds(self.since)}"
        if self.until:
            yield f"attributes.start_time < {milliseconds(self.until)}"
        if self.text.strip():
            yield text_clause(self.text.strip())
        if self.stage in ARCHIVE:
            yield ARCHIVE[self.stage]
        yield from (each.clause() for each in self.conditions)


def milliseconds(when: datetime) -> int:
    """Write a moment as MLflow does."""
    return int(when.timestamp() * 1000)


def text_clause(text: str) -> str:
    """Look for ``text`` where it can be: whole ids by their form, anything else in the name."""
    if RUN_ID.fullmatch(text):
        return f"attributes.run_id = {quoted(text)}"
    if DATASET_ID.fullmatch(text):
        return f"tags.dataset_id = {quoted(text)}"
    if "__" in text:
        return f"tags.dag_run_id = {quoted(text)}"
    return f"attributes.run_name ILIKE {quoted(f'%{text}%')}"


def quoted(value: str) -> str:
    """Quote a value; the language has no escape, so a quote inside is dropped."""
    return "'" + value.replace("'", "") + "'"


ORDER = {
    SortKey.STARTED: "attributes.start_time",
    SortKey.ENDED: "attributes.end_time",
    SortKey.NAME: "attributes.run_name",
    SortKey.CONTAMINATION: "params.contamination",
}


def order_by(sort: SortKey, *, descending: bool) -> list[str]:
    """Return the order, the newest first among equals."""
    field = ORDER.get(sort, f"metrics.{sort.value}")
    direction = "DESC" if descending else "ASC"
    newest = [] if sort is SortKey.STARTED else ["attributes.start_time DESC"]
    return [f"{field} {direction}", *newest]
