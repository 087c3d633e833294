"""What the trends answer with; rates and shares are 0 to 1, times in UTC."""

from dataclasses import dataclass
from datetime import datetime


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
