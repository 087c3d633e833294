"""Training and scoring runs as MLflow keeps them: found, started and closed."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from mlflow.data.http_dataset_source import HTTPDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.entities import Dataset as InputDataset
from mlflow.entities import DatasetInput, InputTag, Metric, Param, RunTag, ViewType

from pipeline.errors import MLFLOW, NotFound, ServiceError
from pipeline.tracking.client import tracking_server
from pipeline.tracking.names import ARCHIVED_TAG, DATA, EXPERIMENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from mlflow.entities import Run as MlflowRun

    from pipeline.tracking.client import TrackingServer
    from pipeline.tracking.datasets import Dataset

NEWEST_FIRST = ("attributes.start_time DESC",)
ACTIVE, DELETED, ALL = ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL
"""Which runs a search returns: active ones, those in the trash, or both."""

LONGEST_ERROR = 500
MOST_ATTEMPTS = 100


class RunKind(StrEnum):
    """What a run does; its tag ``run_kind``."""

    TRAIN = "train"
    SCORE = "score"


class RunStatus(StrEnum):
    """MLflow's states of a run."""

    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class Stage(StrEnum):
    """Whether a run or a data set is active, archived by a tag, or in MLflow's trash."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    DELETED = "deleted"


@dataclass(frozen=True)
class Run:
    """One MLflow run.

    Attributes
    ----------
    kind
        None for a run that neither trains nor scores.
    started, ended
        In UTC; ``ended`` is None while it runs.
    seconds
        Duration; up to now while it runs.
    tags
        Without those of MLflow itself.
    dag_run_id, requested_by, model_run_id, dataset_id
        From tags; empty without the tag. ``model_run_id`` is the train run whose model scored.
    error
        Why it failed, in one line; empty otherwise.
    artifact_uri
        Where its files are.
    model_ids
        Ids of the models that it logged.
    """

    run_id: str
    name: str
    kind: RunKind | None
    status: RunStatus
    started: datetime
    ended: datetime | None
    seconds: float
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    dataset_id: str = ""
    dag_run_id: str = ""
    requested_by: str = ""
    model_run_id: str = ""
    error: str = ""
    stage: Stage = Stage.ACTIVE
    experiment_id: str = ""
    artifact_uri: str = ""
    model_ids: tuple[str, ...] = ()

    @property
    def score_threshold(self) -> float:
        """The score below which a score run flagged its rows; runs that do not say used 0."""
        return self.metrics.get("score_threshold", 0.0)

    @property
    def finished(self) -> bool:
        """Whether it ended well."""
        return self.status is RunStatus.FINISHED


@dataclass(frozen=True)
class RunPage:
    """One page of runs; ``next_token`` is empty on the last page."""

    runs: tuple[Run, ...]
    next_token: str = ""


def parse_run(run: MlflowRun) -> Run:
    """Read one run of MLflow's client."""
    info, tags = run.info, run.data.tags
    started = moment(info.start_time)
    ended = moment(info.end_time) if info.end_time else None
    kind = tags.get("run_kind", "")
    return Run(
        run_id=info.run_id,
        name=info.run_name or "",
        kind=RunKind(kind) if kind in set(RunKind) else None,
        status=RunStatus(info.status),
        started=started,
        ended=ended,
        seconds=((ended or datetime.now(UTC)) - started).total_seconds(),
        params=run.data.params,
        metrics=run.data.metrics,
        tags={key: value for key, value in tags.items() if not key.startswith("mlflow.")},
        dataset_id=tags.get("dataset_id", ""),
        dag_run_id=tags.get("dag_run_id", ""),
        requested_by=tags.get("requested_by", ""),
        model_run_id=tags.get("model_run_id", ""),
        error=tags.get("error", ""),
        stage=_stage(info.lifecycle_stage, tags),
        experiment_id=info.experiment_id,
        artifact_uri=info.artifact_uri,
        model_ids=tuple(made.model_id for made in run.outputs.model_outputs) if run.outputs else (),
    )


def _stage(lifecycle: str, tags: Mapping[str, str]) -> Stage:
    """Tell where a run is by MLflow's own word and our tag."""
    if lifecycle == Stage.DELETED:
        return Stage.DELETED
    return Stage.ARCHIVED if ARCHIVED_TAG in tags else Stage.ACTIVE


def moment(milliseconds: int) -> datetime:
    """Turn MLflow's milliseconds since 1970 into a time in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def get_run(server: TrackingServer, run_id: str) -> Run:
    """Return one run, active or in the trash; raises NotFound."""
    return parse_run(server.client.get_run(run_id))


def search_runs(
    server: TrackingServer,
    where: str = "",
    order: Sequence[str] = NEWEST_FIRST,
    limit: int = 25,
    token: str = "",
    *,
    view: int = ACTIVE,
    experiments: Sequence[str] = (EXPERIMENT,),
) -> RunPage:
    """Return one page of the runs of some experiments; none where no run was ever made.

    Parameters
    ----------
    where
        Condition in MLflow's search language; empty for all.
    token
        What the page before gave as ``next_token``.
    """
    ids = []
    for name in experiments:
        with contextlib.suppress(NotFound):
            ids.append(server.experiment_id(name))
    if not ids:
        return RunPage(())
    found = server.client.search_runs(ids, where, view, limit, list(order), token or None)
    return RunPage(tuple(map(parse_run, found)), found.token or "")


@dataclass(frozen=True)
class RunContext:
    """Who triggered a run, and from where.

    Attributes
    ----------
    dag_run_id
        Airflow's id of the DAG run; empty when a person started the work by hand.
    requested_by
        The operator's account.
    """

    dag_run_id: str
    requested_by: str


class ActiveRun:
    """A run in progress, closed by the end of its ``with`` block.

    It ends as FINISHED when the block does, as KILLED when the process is told to stop, and as
    FAILED, with the first line of the error in the tag ``error``, when something is raised.
    """

    def __init__(self, server: TrackingServer, run: Run) -> None:
        self._server = server
        self.run = run
        self.run_id = run.run_id

    def __enter__(self) -> Self:
        """Begin the work."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the run by how the block ended."""
        if error is None:
            self.require_running()
            self.close(RunStatus.FINISHED)
            return
        stopped = isinstance(error, (SystemExit, KeyboardInterrupt))
        # The work's own error is the one to raise, also when the server is what failed.
        with contextlib.suppress(ServiceError):
            self.close(RunStatus.KILLED if stopped else RunStatus.FAILED, _first_line(error))

    def log(
        self,
        *,
        params: Mapping[str, object] | None = None,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, str] | None = None,
        model_id: str | None = None,
    ) -> None:
        """Log all in one request; the metrics also with a logged model, if one is named."""
        now = int(time.time() * 1000)
        self._server.client.log_batch(
            self.run_id,
            [
                Metric(name, value, now, 0, model_id=model_id)
                for name, value in (metrics or {}).items()
            ],
            [Param(name, str(value)) for name, value in (params or {}).items()],
            [RunTag(name, value) for name, value in (tags or {}).items()],
        )

    def log_file(self, file: Path, folder: str = "") -> None:
        """Store one file under its name, in a folder of the run's artifacts."""
        inside = None if folder in {"", "."} else folder
        self._server.files(self.run.artifact_uri).log_artifact(str(file), inside)

    def log_dataset(self, dataset: Dataset, purpose: str) -> None:
        """Record ``dataset`` as the input, by a digest that comes from the file's SHA-256."""
        address = f"{self._server.url}/get-artifact?run_uuid={dataset.run_id}&path={DATA}"
        source = HTTPDatasetSource(address)
        described = MetaDataset(source, dataset.name, dataset.dataset_id)  # type: ignore[abstract]
        size = {"num_rows": dataset.rows, "num_columns": dataset.columns}
        logged = InputDataset(**described.to_dict() | {"profile": json.dumps(size)})
        tags = [InputTag("mlflow.data.context", purpose)]
        self._server.client.log_inputs(self.run_id, [DatasetInput(logged, tags)])

    def require_running(self) -> None:
        """See that no later attempt at the same task has closed the run and taken its place.

        MLflow changes no status under a condition, so whoever is closed within the next
        milliseconds is not noticed.

        Raises
        ------
        ServiceError
            It was closed.
        """
        status = get_run(self._server, self.run_id).status
        if status is not RunStatus.RUNNING:
            raise ServiceError(
                MLFLOW,
                f"run {self.run_id} was closed as {status} while it was running, by a later "
                "attempt at the same task or by hand",
            )

    def close(self, status: RunStatus, error: str = "") -> None:
        """End the run; ``error`` says why it failed."""
        if error:
            self.log(tags={"error": error})
        self._server.client.set_terminated(self.run_id, status)


def start_run(
    kind: RunKind, dataset: Dataset, context: RunContext, tags: Mapping[str, str] | None = None
) -> ActiveRun:
    """Start a run that works on ``dataset`` and tag it with where it comes from."""
    lineage = {
        "run_kind": kind.value,
        "dataset_id": dataset.dataset_id,
        "dataset_name": dataset.name,
        "dag_run_id": context.dag_run_id,
        "requested_by": context.requested_by,
    }
    server = tracking_server()
    known = {name: value for name, value in (lineage | dict(tags or {})).items() if value}
    made = server.client.create_run(
        server.ensure_experiment(EXPERIMENT), tags=known, run_name=f"{kind.value} {dataset.name}"
    )
    return ActiveRun(server, parse_run(made))


def completed_attempt(kind: RunKind, context: RunContext) -> str | None:
    """Return the run that an earlier attempt at the same task has finished, if there is one.

    If there is none, what a killed attempt left running is marked as failed.
    """
    if not context.dag_run_id:
        return None
    server = tracking_server()
    task = f"tags.run_kind = '{kind}' and tags.dag_run_id = '{context.dag_run_id}'"
    attempts = search_runs(server, task, limit=MOST_ATTEMPTS).runs
    done = next((run.run_id for run in attempts if run.finished), None)
    for run in () if done else attempts:
        if run.status is RunStatus.RUNNING:
            ActiveRun(server, run).close(RunStatus.FAILED, "the process ended before the run did")
    return done


def _first_line(error: BaseException) -> str:
    lines = str(error).strip() or type(error).__name__
    return lines.splitlines()[0][:LONGEST_ERROR]
