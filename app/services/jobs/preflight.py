"""How long a run will take, told from past runs as honestly as they allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log

from app.clients.airflow import AirflowClient
from app.clients.errors import NotFound, ServiceError
from app.services.datasets.service import Datasets
from app.services.datasets.types import Dataset
from app.services.system.identity import Identity

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
    mend
        What the console can do about it: ``unpause`` or empty.
    """

    title: str
    state: CheckState
    detail: str
    mend: str = ""


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


class Checks:
    """The checks that training and scoring share.

    Parameters
    ----------
    dag_id
        The DAG that would run.
    """

    def __init__(
        self, dag_id: str, identity: Identity, airflow: AirflowClient, datasets: Datasets
    ) -> None:
        self._dag_id = dag_id
        self._identity = identity
        self._airflow = airflow
        self._datasets = datasets

    def all(self, dataset_id: str) -> tuple[tuple[Check, ...], Dataset | None, int]:
        """Return the checks, the data set when it is there, and how many runs come first."""
        airflow, queued = self._airflow_checks()
        check, dataset = self._dataset(dataset_id)
        return (self._role(), *airflow, check), dataset, queued

    def _airflow_checks(self) -> tuple[tuple[Check, ...], int]:
        try:
            scheduler, dag = self._scheduler(), self._dag()
            queue, queued = self._queue()
        except ServiceError as error:
            return (Check("Airflow", CheckState.BLOCK, error.message),), 0
        return (scheduler, dag, queue), queued

    def _role(self) -> Check:
        """Whether this operator may trigger at all."""
        role = self._identity.role or "This account"
        if self._identity.can_trigger:
            return Check("Your role", CheckState.OK, f"The role {role} may start runs.")
        detail = f"The role {role} may look at everything and start nothing."
        return Check("Your role", CheckState.BLOCK, detail)

    def _scheduler(self) -> Check:
        """Whether Airflow would start a run."""
        body = self._airflow.health()
        states = {"database": body.metadatabase.status, "scheduler": body.scheduler.status}
        ill = [name for name, state in states.items() if state != "healthy"]
        if ill:
            detail = f"No run can start: no sign of life from the {' and the '.join(ill)}."
            return Check("Airflow", CheckState.BLOCK, detail)
        return Check("Airflow", CheckState.OK, "The scheduler is alive.")

    def _dag(self) -> Check:
        """Whether the DAG is known, readable and not paused."""
        try:
            dag = self._airflow.dag(self._dag_id)
        except NotFound:
            return Check("DAG", CheckState.BLOCK, self._why_unknown())
        if dag.has_import_errors or dag.is_stale:
            return Check("DAG", CheckState.BLOCK, self._why_unknown())
        if dag.is_paused:
            detail = f"{self._dag_id} is paused: a run would wait without a word."
            return Check("DAG", CheckState.BLOCK, detail, mend="unpause")
        return Check("DAG", CheckState.OK, f"{self._dag_id} is known and not paused.")

    def _queue(self) -> tuple[Check, int]:
        """Whether other runs of the DAG come first, and how many."""
        active = len(self._airflow.runs(self._dag_id, limit=100, states=("queued", "running")))
        if not active:
            return Check("Queue", CheckState.OK, "Nothing else is under way."), 0
        noun = "run is" if active == 1 else "runs are"
        detail = f"{active} {noun} under way; this one may have to wait."
        return Check("Queue", CheckState.WARN, detail), active

    def _dataset(self, dataset_id: str) -> tuple[Check, Dataset | None]:
        """Whether the data set is there."""
        try:
            found = self._datasets.get(dataset_id)
        except ServiceError as error:
            return Check("Data set", CheckState.BLOCK, error.message), None
        detail = f"{found.name}: {found.rows:,} rows, {found.columns} columns."
        return Check("Data set", CheckState.OK, detail), found

    def _why_unknown(self) -> str:
        """Quote the last line of the import error, which names the fault."""
        for error in self._airflow.import_errors():
            lines = error.stack_trace.strip().splitlines()
            return f"{error.filename.rsplit('/', 1)[-1]} cannot be read: {lines[-1]}"
        return (
            f"Airflow does not know {self._dag_id} (yet); new DAG files are read within a minute."
        )
