"""Which runs a trend is about: a stretch of time, a grain, a data set and a model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self

from pydantic import TypeAdapter, ValidationError

from app.clients.errors import Rejected
from pipeline.model.drift import metric_name

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


@dataclass(frozen=True)
class Headline:
    """A period in single numbers; None where nothing was measured.

    Attributes
    ----------
    running
        Runs in progress, whenever they began.
    rows
        Rows that finished runs have read.
    first
        When the first of the runs began.
    latest_rate
        Of the newest scoring, on new data where there is any.
    threshold
        Of the newest model, changes since its training included.
    precision
        Of the model that was judged last.
    hours_since_success
        Since a run last finished, in any experiment.
    """

    runs: int
    finished: int
    failed: int
    running: int
    rows: float
    datasets: int
    first: datetime | None
    latest_rate: float | None
    latest_drift: float | None
    recall: float | None
    threshold: float | None
    precision: float | None
    hours_since_success: float | None

    @property
    def success(self) -> float | None:
        """Finished / (finished + failed); None before either."""
        ended = self.finished + self.failed
        return self.finished / ended if ended else None


@dataclass(frozen=True)
class RatePoint:
    """The mean anomaly rate of a run, a day, a week or a month, and the band it should lie in.

    Attributes
    ----------
    low, high
        Empty until ten runs have gone before.
    run_id, dataset_name
        Of one of the runs; at the grain of a run there is only the one.
    outside
        How many of the runs lie beyond their own band.
    """

    begin: datetime
    rate: float
    low: float | None
    high: float | None
    runs: int
    run_id: str
    dataset_name: str
    outside: int


@dataclass(frozen=True)
class Activity:
    """How many runs of a kind began in a stretch of time and ended in a state."""

    begin: datetime
    kind: str
    status: str
    runs: int
    rows: float


@dataclass(frozen=True)
class Means:
    """Means over a stretch of time: seconds of work, and shares of odd values in scored data."""

    begin: datetime
    training: float | None
    scoring: float | None
    missing: float | None
    unseen: float | None


@dataclass(frozen=True)
class Quality:
    """A new model's own test on deliberately corrupted rows."""

    trained: datetime
    run_id: str
    recall: float
    auc: float | None


@dataclass(frozen=True)
class Precision:
    """What reviewers said of the rows that a model had flagged; the ends are of a 95 % interval."""

    model_run_id: str
    trained: datetime | None
    precision: float
    low: float
    high: float
    confirmed: int
    false_alarms: int
    unsure: int


@dataclass(frozen=True)
class Change:
    """A decision that may explain a step in a trend.

    Attributes
    ----------
    kind
        ``threshold`` or ``model``.
    """

    when: datetime
    kind: str
    words: str
    who: str
    reason: str
    model_run_id: str


@dataclass(frozen=True)
class DriftCell:
    """The largest population stability index of a feature in a stretch of time."""

    begin: datetime
    feature: str
    psi: float


@dataclass(frozen=True)
class DriftedRun:
    """The run behind a cell of the drift map: the one with the largest index."""

    run_id: str
    started: datetime
    dataset_name: str
    psi: float
    model_run_id: str


@dataclass(frozen=True)
class TrendRun:
    """One run of the list, with what its links need; texts are empty where nothing is known.

    Attributes
    ----------
    stage
        ``active``; ``deleted``: in MLflow's bin; ``purged``: gone from MLflow.
    """

    run_id: str
    name: str
    kind: str
    status: str
    stage: str
    started: datetime
    seconds: float | None
    dataset_name: str
    anomaly_rate: float | None
    drift_max: float | None
    rows: float | None
    requested_by: str
    experiment_id: str
    dag_id: str
    dag_run_id: str


@dataclass(frozen=True)
class Choice:
    """A data set or a model that runs can be narrowed to; ``newest`` is its last run."""

    key: str
    name: str
    newest: datetime


MOST_FEATURES = 40
PREFIX = "drift/"


@dataclass(frozen=True)
class DriftMap:
    """The index of each feature in each stretch of time.

    Attributes
    ----------
    features
        The most drifted first.
    values
        One list for each feature; None where nothing was scored.
    hidden
        How many features, less drifted than these, are left out.
    """

    features: tuple[str, ...]
    begins: tuple[datetime, ...]
    values: tuple[tuple[float | None, ...], ...]
    hidden: int

    def peak(self) -> tuple[str, datetime] | None:
        """Return feature and time of the largest index in the newest stretch; None if empty."""
        if not self.begins:
            return None
        newest = [row[-1] or 0.0 for row in self.values]
        return self.features[newest.index(max(newest))], self.begins[-1]


@dataclass(frozen=True)
class Shift:
    """Where the rows of a column lie: their share in each bin, at training and in a run."""

    name: str
    labels: tuple[str, ...]
    expected: tuple[float, ...]
    actual: tuple[float, ...]


def drift_map(cells: Sequence[DriftCell]) -> DriftMap:
    """Arrange cells as a map of the most drifted features."""
    largest: dict[str, float] = {}
    for cell in cells:
        largest[cell.feature] = max(cell.psi, largest.get(cell.feature, 0.0))
    ranked = sorted(largest, key=lambda name: (-largest[name], name))
    begins = tuple(sorted({cell.begin for cell in cells}))
    known = {(cell.feature, cell.begin): cell.psi for cell in cells}
    shown = tuple(ranked[:MOST_FEATURES])
    values = tuple(tuple(known.get((name, begin)) for begin in begins) for name in shown)
    return DriftMap(shown, begins, values, len(ranked) - len(shown))


def shift_of(stored: str, feature: str) -> Shift | None:
    """Find a feature in what a score run stored; None where it is not among its columns.

    Raises
    ------
    Rejected
        The file is not as the pipeline writes it.
    """
    try:
        shifts = TypeAdapter(list[Shift]).validate_json(stored)
    except ValidationError as error:
        raise Rejected("MLflow", "the run's drift.json is not as a scoring writes it") from error
    return next((each for each in shifts if metric_name(each.name) == PREFIX + feature), None)
