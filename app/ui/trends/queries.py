"""Questions of the Trends page, whose answers several parts and a redraw share for a moment."""

from datetime import datetime

from app.services.system.names import DRIFT
from app.services.trends.types import (
    Activity,
    Change,
    Choice,
    DriftCell,
    DriftedRun,
    Headline,
    Means,
    Precision,
    Quality,
    RatePoint,
    Scope,
    Shift,
    TrendRun,
    shift_of,
)
from app.ui.kit.caching import question
from app.ui.kit.context import console
from app.wiring import Console

SHORT = 15


@question(SHORT)
def headline(console: Console, scope: Scope) -> Headline:
    """The period in single numbers."""
    return console.trends.headline(scope)


@question(SHORT)
def rates(console: Console, scope: Scope) -> list[RatePoint]:
    """Anomaly rate on new data."""
    return console.trends.rates(scope)


@question(SHORT)
def training_rates(console: Console, scope: Scope) -> list[RatePoint]:
    """Anomaly rate on training data."""
    return console.trends.training_rates(scope)


@question(SHORT)
def changes(console: Console, scope: Scope) -> list[Change]:
    """Decisions on thresholds and models."""
    return console.trends.changes(scope)


@question(SHORT)
def statuses(console: Console, scope: Scope) -> dict[str, int]:
    """Runs by how they ended."""
    return console.trends.statuses(scope)


@question(SHORT)
def activity(console: Console, scope: Scope) -> list[Activity]:
    """Runs and rows over time."""
    return console.trends.activity(scope)


@question(SHORT)
def means(console: Console, scope: Scope) -> list[Means]:
    """Durations and odd values over time."""
    return console.trends.means(scope)


@question(SHORT)
def quality(console: Console, scope: Scope) -> list[Quality]:
    """The models' own tests."""
    return console.trends.quality(scope)


@question(SHORT)
def precision(console: Console, scope: Scope) -> list[Precision]:
    """What reviewers said of the models."""
    return console.trends.precision(scope)


@question(SHORT)
def drift(console: Console, scope: Scope) -> list[DriftCell]:
    """The largest index by feature and time."""
    return console.trends.drift(scope)


@question(SHORT)
def drifted_run(console: Console, scope: Scope, feature: str, begin: datetime) -> DriftedRun | None:
    """The run behind a cell of the drift map."""
    return console.trends.drifted_run(scope, feature, begin)


@question(SHORT)
def recent(console: Console, scope: Scope) -> list[TrendRun]:
    """The newest runs."""
    return console.trends.recent(scope)


@question(SHORT)
def failures(console: Console, scope: Scope) -> list[TrendRun]:
    """The newest runs that went wrong."""
    return console.trends.failures(scope)


@question(SHORT)
def datasets(console: Console) -> list[Choice]:
    """Data sets to narrow to."""
    return console.trends.datasets()


@question(SHORT)
def models(console: Console) -> list[Choice]:
    """Models to narrow to."""
    return console.trends.models()


def shift(run_id: str, feature: str) -> Shift | None:
    """Where a feature's rows lay at training and in a run, from what the run stored."""
    return shift_of(console().runs.text(run_id, DRIFT), feature)
