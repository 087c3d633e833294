"""Conditions on any parameter or metric of a run.

MLflow compares metrics as numbers on its server, but parameters as text and only for being equal:
it refuses ``params.n_estimators > '100'``. Where an operator asks for that all the same, MLflow is
asked for the runs that have the parameter, and the console compares the numbers itself.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite
from operator import eq, ge, gt, le, lt, ne

from app.clients.errors import Rejected
from app.services.runs.types import ARCHIVED_TAG, Run, RunKind, RunPage, RunStatus, Stage

WRITTEN = re.compile(r"(metrics|params)\.(.+?) (<=|>=|!=|<|>|=) (.*)", re.DOTALL)
LONGEST = 250
COMPARE = {"<": lt, "<=": le, "=": eq, "!=": ne, ">=": ge, ">": gt}
TEXTUAL = ("=", "!=")


class Subject(StrEnum):
    """What a condition is on, as MLflow's search language calls it."""

    METRIC = "metrics"
    PARAM = "params"


@dataclass(frozen=True)
class Condition:
    """One comparison; ``condition`` makes one that holds to the rules.

    Attributes
    ----------
    comparison
        One of ``<``, ``<=``, ``=``, ``!=``, ``>=`` and ``>``.
    value
        A number, or any text where a parameter is compared for being equal.
    """

    subject: Subject
    name: str
    comparison: str
    value: str

    @property
    def is_served(self) -> bool:
        """Whether MLflow's server answers the whole of it."""
        return self.subject is Subject.METRIC or self.comparison in TEXTUAL

    def clause(self) -> str:
        """Return what MLflow is asked; for the order of a parameter, that it is there."""
        field = f"{self.subject}.`{self.name}`"
        if not self.is_served:
            return f"{field} IS NOT NULL"
        value = self.value if self.subject is Subject.METRIC else _quoted(self.value)
        return f"{field} {self.comparison} {value}"

    def holds(self, run: Run) -> bool:
        """Tell whether a run that MLflow found fulfils the rest; text is never in order."""
        if self.is_served:
            return True
        found = _number(run.params.get(self.name, ""))
        return found is not None and COMPARE[self.comparison](found, float(self.value))

    def __str__(self) -> str:
        """Write it for an address and for a reader."""
        return f"{self.subject}.{self.name} {self.comparison} {self.value}"


def condition(subject: Subject, name: str, comparison: str, value: str) -> Condition:
    """Return a condition.

    >>> str(condition(Subject.METRIC, "anomaly_rate", ">", " 0.10 "))
    'metrics.anomaly_rate > 0.1'

    Raises
    ------
    Rejected
        A part is missing or cannot be compared; the message says which.
    """
    name, value = name.strip(), value.strip()
    if not name or "`" in name or len(name) > LONGEST:
        raise _refusal(f"name a metric or parameter in 1 to {LONGEST} characters without `", name)
    if comparison not in COMPARE:
        raise _refusal(f"compare with one of {', '.join(COMPARE)}", comparison)
    number = _number(value)
    if number is not None:
        return Condition(subject, name, comparison, f"{number:.15g}")
    if subject is Subject.METRIC or comparison not in TEXTUAL:
        raise _refusal(f"{name} {comparison} needs a number, such as 0.1", value)
    if not value or len(value) > LONGEST or {"'", '"'} <= set(value):
        raise _refusal(f"{name} needs 1 to {LONGEST} characters with one kind of quote", value)
    return Condition(subject, name, comparison, value)


def parse(text: str) -> Condition:
    """Read what a condition was written as.

    Raises
    ------
    Rejected
        It is none, or breaks a rule.
    """
    found = WRITTEN.fullmatch(text)
    if not found:
        raise _refusal(
            "write it as in metrics.anomaly_rate > 0.1 or params.n_estimators = 200", text
        )
    subject, name, comparison, value = found.groups()
    return condition(Subject(subject), name, comparison, value)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _quoted(value: str) -> str:
    mark = '"' if "'" in value else "'"
    return f"{mark}{value}{mark}"


def _refusal(rule: str, got: str) -> Rejected:
    return Rejected("console", f"This condition cannot be used: {rule}; got {got!r}.")


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


READ_AT_ONCE, MOST_READ = 250, 1_000
"""Runs that one page reads at the most where the console has to compare by itself."""

Search = Callable[[int, str], RunPage]


@dataclass(frozen=True)
class RunSlice:
    """Some runs of a list.

    Attributes
    ----------
    offset
        Runs before the first one that was read.
    following
        Where the next page begins; None at the end of the list.
    read
        Runs that were read to find these; more where the console compared by itself.
    """

    runs: tuple[Run, ...]
    offset: int
    following: int | None
    read: int


def token_at(offset: int) -> str:
    """Write the token of a page as MLflow's server does: it holds the place in the list.

    >>> token_at(25)
    'eyJvZmZzZXQiOiAyNX0='
    """
    return b64encode(json.dumps({"offset": offset}).encode()).decode() if offset else ""


def read_slice(
    search: Search, conditions: tuple[Condition, ...], offset: int, limit: int
) -> RunSlice:
    """Return the page that begins at ``offset``.

    Parameters
    ----------
    search
        Asks MLflow for so many runs, from the page of a token.
    conditions
        What MLflow could not compare; none where it answers everything.
    """
    if not conditions:
        page = search(limit, token_at(offset))
        following = offset + len(page.runs) if page.next_token else None
        return RunSlice(page.runs, offset, following, len(page.runs))
    return _compared(search, conditions, offset, limit)


def _compared(
    search: Search, conditions: tuple[Condition, ...], offset: int, limit: int
) -> RunSlice:
    """Read on until the page is full, the list ends or enough was read."""
    kept: list[Run] = []
    place = offset
    while place - offset < MOST_READ:
        page = search(READ_AT_ONCE, token_at(place))
        for run in page.runs:
            place += 1
            if all(each.holds(run) for each in conditions):
                kept.append(run)
            if len(kept) == limit:
                return RunSlice(tuple(kept), offset, place, place - offset)
        if not page.next_token:
            return RunSlice(tuple(kept), offset, None, place - offset)
    return RunSlice(tuple(kept), offset, place, place - offset)
