"""Before a run: the checks that must pass, and an estimate of how long it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log

from app.clients.airflow import AirflowClient
from app.services.datasets.service import Datasets
from app.services.identity import Identity
from pipeline.errors import NotFound, ServiceError
from pipeline.tracking.datasets import Dataset

NEAREST = 8
SIMILAR = 10.0


@dataclass(frozen=True)
class Estimate:
    """How long a run will take.

    Attributes
    ----------
    low, high
        Seconds; both 0 without a past run to go by.
    past_runs
        How many finished runs it rests on.
    sentence
        The same in words.
    """

    low: float
    high: float
    past_runs: int
    sentence: str


@dataclass(frozen=True)
class PastRun:
    """A finished run: its ``work`` (such as rows times trees) and how long it took."""

    work: float
    seconds: float


UNKNOWN = Estimate(0.0, 0.0, 0, "No past run to go by yet.")
UNLIKE = Estimate(0.0, 0.0, 0, "No past run of a similar size to go by yet.")


def estimate(work: float, past: Sequence[PastRun]) -> Estimate:
    """Bound the seconds that ``work`` takes.

    A run's time grows with its work, and at most in proportion, because starting and storing cost
    the same for any size. So a smaller past run bounds it from below with its own time and from
    above with its time scaled up; a larger one the other way round. The past runs nearest in size
    are taken, and the range spans what they say. Runs of more than ten times or less than a tenth
    of the work say nothing worth showing.
    """
    usable = [run for run in past if run.work > 0 and run.seconds > 0]
    if not usable or work <= 0:
        return UNKNOWN
    similar = [run for run in usable if 1 / SIMILAR <= work / run.work <= SIMILAR]
    if not similar:
        return UNLIKE
    nearest = sorted(similar, key=lambda run: abs(log(work / run.work)))[:NEAREST]
    low = min(run.seconds * min(1.0, work / run.work) for run in nearest)
    high = max(run.seconds * max(1.0, work / run.work) for run in nearest)
    noun = "run" if len(nearest) == 1 else "runs"
    return Estimate(
        low, high, len(nearest), f"{span(low, high)}, going by {len(nearest)} past {noun}."
    )


def span(low: float, high: float) -> str:
    """Write a range of seconds, such as ``12 to 15 s`` or ``about 2 min``."""
    unit, name = (60.0, "min") if high >= 120 else (1.0, "s")  # noqa: PLR2004 - two minutes
    first, last = max(1, round(low / unit)), max(1, round(high / unit))
    return f"about {last} {name}" if first == last else f"{first} to {last} {name}"


class CheckState(StrEnum):
    """What a check found; only ``BLOCK`` stands in the way."""

    OK = "ok"
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True)
class Check:
    """One line of the pre-flight card.

    Attributes
    ----------
    can_unpause
        Whether unpausing the DAG is the fix.
    """

    title: str
    state: CheckState
    detail: str
    can_unpause: bool = False


@dataclass(frozen=True)
class Preflight:
    """What is known before a run is triggered; ``dataset`` is None when it was not found."""

    dataset: Dataset | None
    checks: tuple[Check, ...]
    estimate: Estimate
    queued: int

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way."""
        return all(check.state is not CheckState.BLOCK for check in self.checks)


def check_role(identity: Identity) -> Check:
    """Check whether this operator may trigger at all."""
    role = identity.role or "This account"
    if identity.can_trigger:
        return Check("Your role", CheckState.OK, f"The role {role} may start runs.")
    detail = f"The role {role} may look at everything and start nothing."
    return Check("Your role", CheckState.BLOCK, detail)


def check_airflow(airflow: AirflowClient, dag_id: str) -> tuple[tuple[Check, ...], int]:
    """Check the scheduler, the DAG and its queue; return also how many runs come first."""
    try:
        scheduler, dag = _check_scheduler(airflow), _check_dag(airflow, dag_id)
        queued = len(airflow.runs(dag_id, limit=100, states=("queued", "running")))
    except ServiceError as error:
        return (Check("Airflow", CheckState.BLOCK, error.message),), 0
    return (scheduler, dag, _check_queue(queued)), queued


def check_dataset(datasets: Datasets, dataset_id: str) -> tuple[Check, Dataset | None]:
    """Check whether the data set exists, and return it."""
    try:
        found = datasets.get(dataset_id)
    except ServiceError as error:
        return Check("Data set", CheckState.BLOCK, error.message), None
    detail = f"{found.name}: {found.rows:,} rows, {found.columns} columns."
    return Check("Data set", CheckState.OK, detail), found


def _check_scheduler(airflow: AirflowClient) -> Check:
    """Check whether Airflow would start a run."""
    body = airflow.health()
    states = {"database": body.metadatabase.status, "scheduler": body.scheduler.status}
    ill = [name for name, state in states.items() if state != "healthy"]
    if ill:
        detail = f"No run can start: no sign of life from the {' and the '.join(ill)}."
        return Check("Airflow", CheckState.BLOCK, detail)
    return Check("Airflow", CheckState.OK, "The scheduler is alive.")


def _check_dag(airflow: AirflowClient, dag_id: str) -> Check:
    """Check whether the DAG is known, readable and not paused."""
    try:
        dag = airflow.dag(dag_id)
    except NotFound:
        return Check("DAG", CheckState.BLOCK, _why_unknown(airflow, dag_id))
    if dag.has_import_errors or dag.is_stale:
        return Check("DAG", CheckState.BLOCK, _why_unknown(airflow, dag_id))
    if dag.is_paused:
        detail = f"{dag_id} is paused: a run would wait without a word."
        return Check("DAG", CheckState.BLOCK, detail, can_unpause=True)
    return Check("DAG", CheckState.OK, f"{dag_id} is known and not paused.")


def _check_queue(queued: int) -> Check:
    """Check whether other runs of the DAG come first."""
    if not queued:
        return Check("Queue", CheckState.OK, "Nothing else is under way.")
    noun = "run is" if queued == 1 else "runs are"
    detail = f"{queued} {noun} under way; this one may have to wait."
    return Check("Queue", CheckState.WARN, detail)


def _why_unknown(airflow: AirflowClient, dag_id: str) -> str:
    """Quote the last line of the import error, which names the cause."""
    for error in airflow.import_errors():
        lines = error.stack_trace.strip().splitlines()
        return f"{error.filename.rsplit('/', 1)[-1]} cannot be read: {lines[-1]}"
    return f"Airflow does not know {dag_id} (yet); new DAG files are read within a minute."
