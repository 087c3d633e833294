"""What runs to search for, in MLflow's search language: filters, conditions, order and pages.

MLflow compares metrics as numbers on its server, but parameters as text and only for equality: it
refuses ``params.n_estimators > '100'``. For such a condition MLflow is asked for the runs that
have the parameter, and the console compares the numbers itself.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite
from operator import eq, ge, gt, le, lt, ne

from app.services import filters
from app.services.filters import Filter, Op
from pipeline.errors import Rejected
from pipeline.tracking.names import ARCHIVED_TAG, NOT_ARCHIVED
from pipeline.tracking.runs import Run, RunKind, RunPage, RunStatus, Stage

METRICS, PARAMS = "metrics", "params"
"""Where the value of a condition is, as MLflow's search language calls it."""

OLD_CONDITION = re.compile(r"(.+?) (<=|>=|!=|<|>|=) (.*)", re.DOTALL)
"""How addresses of earlier versions wrote a condition: ``metrics.anomaly_rate > 0.1``."""

LONGEST = 250
COMPARISONS = {
    Op.BELOW: lt,
    Op.AT_MOST: le,
    Op.EQUAL: eq,
    Op.UNEQUAL: ne,
    Op.AT_LEAST: ge,
    Op.ABOVE: gt,
}
EQUALITY = (Op.EQUAL, Op.UNEQUAL)
RUN_ID = re.compile(r"[0-9a-f]{32}")
DATASET_ID = re.compile(r"[0-9a-f]{16}")
ARCHIVE: dict[Stage | None, str] = {
    Stage.ACTIVE: NOT_ARCHIVED,
    Stage.ARCHIVED: f"tags.{ARCHIVED_TAG} IS NOT NULL",
}


def run_condition(column: str, op: str, value: str) -> Filter:
    """Return a condition on a metric or parameter of runs.

    >>> run_condition("metrics.anomaly_rate", ">", " 0.10 ").to_text()
    '["metrics.anomaly_rate",">",0.1]'

    Parameters
    ----------
    column
        ``metrics.`` or ``params.`` and a name.
    value
        A number, or any text where a parameter is compared for equality.

    Raises
    ------
    Rejected
        A part is missing or cannot be compared; the message says which.
    """
    kind, _, name = column.partition(".")
    name, value = name.strip(), value.strip()
    if kind not in (METRICS, PARAMS):
        raise _refusal("write it as in metrics.anomaly_rate > 0.1", column)
    if not name or "`" in name or len(name) > LONGEST:
        raise _refusal(f"name a metric or parameter in 1 to {LONGEST} characters without `", name)
    if op not in COMPARISONS:
        raise _refusal(f"compare with one of {', '.join(COMPARISONS)}", op)
    number = _number(value)
    if number is not None:
        return Filter(f"{kind}.{name}", Op(op), (number,))
    if kind == METRICS or op not in EQUALITY:
        raise _refusal(f"{name} {op} needs a number, such as 0.1", value)
    if not value or len(value) > LONGEST or {"'", '"'} <= set(value):
        raise _refusal(f"{name} needs 1 to {LONGEST} characters with one kind of quote", value)
    return Filter(f"{kind}.{name}", Op(op), (value,))


def parse_condition(text: str) -> Filter:
    """Read a condition from an address; raises as ``run_condition`` does."""
    if found := filters.parse(text):
        return run_condition(found.column, found.op, str(found.values[0]))
    if old := OLD_CONDITION.fullmatch(text):
        return run_condition(*old.groups())
    raise _refusal("write it as in metrics.anomaly_rate > 0.1 or params.n_estimators = 200", text)


def is_served(condition: Filter) -> bool:
    """Tell whether MLflow's server can compare the whole condition."""
    return condition.column.startswith(METRICS) or condition.op in EQUALITY


def holds(condition: Filter, run: Run) -> bool:
    """Tell whether a run that MLflow found meets the condition; text has no order."""
    if is_served(condition):
        return True
    found = _number(run.params.get(condition.column.partition(".")[2], ""))
    return found is not None and COMPARISONS[condition.op](found, float(condition.values[0] or 0))


def _clause(condition: Filter) -> str:
    """Write a condition for MLflow; for the order of a parameter, that the run has it."""
    kind, _, name = condition.column.partition(".")
    (value,) = condition.values
    if not is_served(condition):
        return f"{kind}.`{name}` IS NOT NULL"
    text = value if isinstance(value, str) else f"{value:.15g}"
    if kind == PARAMS:
        mark = '"' if "'" in text else "'"
        text = f"{mark}{text}{mark}"
    return f"{kind}.`{name}` {condition.op} {text}"


def _number(text: str) -> float | None:
    """Read a finite number; a whole one as such, for the way it is written."""
    try:
        number = float(text)
    except ValueError:
        return None
    if not isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def _refusal(rule: str, got: str) -> Rejected:
    return Rejected("console", f"This condition cannot be used: {rule}; got {got!r}.")


class SortKey(StrEnum):
    """What MLflow can sort runs by."""

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
        Part of the run's name, or a complete run, data set or DAG run id.
    since, until
        Earliest start, and the first moment after the latest.
    conditions
        On parameters and metrics, from ``run_condition``; all have to hold.
    stage
        None for active and archived runs.
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
    conditions: tuple[Filter, ...] = ()
    stage: Stage | None = None

    def clause(self) -> str:
        """Return the filter in MLflow's search language; empty when everything is wanted."""
        return " AND ".join(self._parts())

    @property
    def compared_here(self) -> tuple[Filter, ...]:
        """The conditions that the console has to compare itself."""
        return tuple(each for each in self.conditions if not is_served(each))

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
        yield from map(_clause, self.conditions)


def milliseconds(when: datetime) -> int:
    """Return a time in MLflow's milliseconds since 1970."""
    return int(when.timestamp() * 1000)


def text_clause(text: str) -> str:
    """Search for a complete id by its form, or for a part of the name."""
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


class RunPages:
    """The pages of one list of runs, by their offset, which an address can hold.

    MLflow gives a token for the page after another one and for nothing else, so an offset is
    reached by reading up to it once.

    Parameters
    ----------
    search
        Asks MLflow for so many runs, from the page of a token.
    tokens
        Those that MLflow has given so far, by offset; new ones are added.
    """

    def __init__(self, search: Search, tokens: dict[int, str]) -> None:
        self._search = search
        self._tokens = tokens

    def slice(self, conditions: tuple[Filter, ...], offset: int, limit: int) -> RunSlice:
        """Return the runs from ``offset`` on that meet the conditions that MLflow cannot compare.

        It reads on until there are ``limit``, the list ends or enough was read.
        """
        if not conditions:
            page = self._read(offset, limit)
            following = offset + len(page.runs) if page.next_token else None
            return RunSlice(page.runs, offset, following, len(page.runs))
        kept: list[Run] = []
        position = offset
        while position - offset < MOST_READ:
            page = self._read(position, READ_AT_ONCE)
            for run in page.runs:
                position += 1
                if all(holds(each, run) for each in conditions):
                    kept.append(run)
                if len(kept) == limit:
                    return RunSlice(tuple(kept), offset, position, position - offset)
            if not page.next_token:
                return RunSlice(tuple(kept), offset, None, position - offset)
        return RunSlice(tuple(kept), offset, position, position - offset)

    def _read(self, offset: int, limit: int) -> RunPage:
        """Return the page that begins at ``offset``; an empty one beyond the end of the list."""
        position = max(known for known in list(self._tokens) if known <= offset)
        while position < offset:
            skipped = self._page(position, min(offset - position, MOST_READ))
            if not skipped.next_token:
                return RunPage(())
            position += len(skipped.runs)
        return self._page(position, limit)

    def _page(self, offset: int, limit: int) -> RunPage:
        page = self._search(limit, self._tokens[offset])
        if page.next_token:
            self._tokens[offset + len(page.runs)] = page.next_token
        return page
