"""The scope of trends, the records they consist of, and the drift heatmap."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import TypeAdapter, ValidationError

from app.services.filters import TimeRange
from pipeline.errors import Rejected
from pipeline.model.drift import metric_name

MOST_FEATURES = 40
MOST_DAYS = {"run": 14, "day": 92, "week": 732}
"""The longest time range in which a grain keeps its points apart."""
PREFIX = "drift/"


class Grain(StrEnum):
    """What one point of a trend stands for; days, weeks (from Monday) and months are in UTC."""

    RUN = "run"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def following(self, begin: datetime) -> datetime:
        """Return the end of the period that starts at ``begin``; that of a run is one moment."""
        if self is Grain.MONTH:
            return (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
        steps = {Grain.DAY: timedelta(days=1), Grain.WEEK: timedelta(days=7)}
        return begin + steps.get(self, timedelta(microseconds=1))


@dataclass(frozen=True)
class Scope(TimeRange):
    """The runs that trends cover: a time range, a data set and a model; empty stands for all."""

    grain: Grain = Grain.DAY
    dataset_id: str = ""
    model_run_id: str = ""

    def by(self, grain: Grain) -> Self:
        """Return the same runs at another grain."""
        return replace(self, grain=grain)

    @property
    def automatic_grain(self) -> Grain:
        """The grain that keeps the points of the time range apart."""
        days = self.days
        if self.first:
            days = ((self.last or datetime.now(UTC).date()) - self.first).days + 1
        if days is None:
            return Grain.WEEK
        return next((Grain(name) for name, most in MOST_DAYS.items() if days <= most), Grain.MONTH)

    @property
    def at_least_daily(self) -> Self:
        """The same runs by days where each run is a point: counts need a period."""
        return self.by(Grain.DAY) if self.grain is Grain.RUN else self


@dataclass(frozen=True)
class Headline:
    """A scope in single numbers; None where nothing was measured.

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
        Of the newest model, with changes since its training.
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
    """The mean anomaly rate of a period, and the band it is expected in.

    Attributes
    ----------
    low, high
        None until ten runs have gone before.
    run_id, dataset_name
        Of one of the runs; at the grain of a run there is only one.
    outside
        How many of the runs lie outside their own band.
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
    """How many runs of a kind and status began in a period, and the rows they read."""

    begin: datetime
    kind: str
    status: str
    runs: int
    rows: float


@dataclass(frozen=True)
class RunMeans:
    """Means over a period: seconds of work, and shares of missing and unseen values."""

    begin: datetime
    training: float | None
    scoring: float | None
    missing: float | None
    unseen: float | None


@dataclass(frozen=True)
class ModelQuality:
    """How well a new model detects injected anomalies."""

    trained: datetime
    run_id: str
    recall: float
    auc: float | None


@dataclass(frozen=True)
class ModelPrecision:
    """The verdict precision of a model, with the ends of its 95 % interval."""

    model_run_id: str
    trained: datetime | None
    precision: float
    low: float
    high: float
    confirmed: int
    false_alarms: int
    unsure: int


@dataclass(frozen=True)
class Decision:
    """A decision that may explain a step in a trend; ``kind`` is ``threshold`` or ``model``."""

    when: datetime
    kind: str
    label: str
    decided_by: str
    reason: str
    model_run_id: str


@dataclass(frozen=True)
class DriftCell:
    """The largest population stability index of a feature in a period."""

    begin: datetime
    feature: str
    psi: float


@dataclass(frozen=True)
class DriftedRun:
    """The run behind a cell of the drift heatmap: the one with the largest index."""

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
        ``active``; ``deleted``: in MLflow's trash; ``purged``: gone from MLflow.
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
class FilterOption:
    """A data set or a model to filter by; ``newest`` is when its last run began."""

    key: str
    name: str
    newest: datetime


@dataclass(frozen=True)
class DriftHeatmap:
    """The index of each feature in each period.

    Attributes
    ----------
    features
        The most drifted first.
    values
        One row for each feature; None where nothing was scored.
    hidden
        How many less drifted features are left out.
    """

    features: tuple[str, ...]
    begins: tuple[datetime, ...]
    values: tuple[tuple[float | None, ...], ...]
    hidden: int

    def peak(self) -> tuple[str, datetime] | None:
        """Return feature and period of the largest index in the newest period; None if empty."""
        if not self.begins:
            return None
        newest = [row[-1] or 0.0 for row in self.values]
        return self.features[newest.index(max(newest))], self.begins[-1]


def drift_heatmap(cells: Sequence[DriftCell]) -> DriftHeatmap:
    """Arrange cells as a heatmap of the most drifted features."""
    largest: dict[str, float] = {}
    for cell in cells:
        largest[cell.feature] = max(cell.psi, largest.get(cell.feature, 0.0))
    ranked = sorted(largest, key=lambda name: (-largest[name], name))
    begins = tuple(sorted({cell.begin for cell in cells}))
    known = {(cell.feature, cell.begin): cell.psi for cell in cells}
    shown = tuple(ranked[:MOST_FEATURES])
    values = tuple(tuple(known.get((name, begin)) for begin in begins) for name in shown)
    return DriftHeatmap(shown, begins, values, len(ranked) - len(shown))


@dataclass(frozen=True)
class Shift:
    """The share of a column's rows in each bin, at training and in a run."""

    name: str
    labels: tuple[str, ...]
    expected: tuple[float, ...]
    actual: tuple[float, ...]


def shift_of(stored: str, feature: str) -> Shift | None:
    """Find a feature in the ``drift.json`` of a score run; None where it is not in there.

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
