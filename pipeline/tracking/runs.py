"""One training or scoring run: finished only when all went well, whatever ends it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from pipeline.errors import TrackingError
from pipeline.mlflow_rest import Run, mlflow_rest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from pipeline.datasets import Dataset

EXPERIMENT = "traffic_anomaly_detection"
LONGEST_ERROR = 500
RUNNING, FINISHED = "RUNNING", "FINISHED"


class RunKind(StrEnum):
    """What a run does; its tag ``run_kind``."""

    TRAIN = "train"
    SCORE = "score"


@dataclass(frozen=True)
class RunContext:
    """Who asked for a run, and from where.

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

    def __init__(self, run: Run) -> None:
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
            self._close(FINISHED)
            return
        stopped = isinstance(error, (SystemExit, KeyboardInterrupt))
        # The work's own error is the one to raise, also when the server is what failed.
        with contextlib.suppress(TrackingError):
            self.log(tags={"error": _first_line(error)})
            self._close("KILLED" if stopped else "FAILED")

    def log(
        self,
        *,
        params: Mapping[str, object] | None = None,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Log all in one request."""
        mlflow_rest().log(self.run_id, params=params or {}, metrics=metrics or {}, tags=tags or {})

    def log_file(self, file: Path, artifact_path: str) -> None:
        """Upload one file as the artifact ``artifact_path``."""
        mlflow_rest().artifacts.upload_file(self.run.artifact_uri, artifact_path, file)

    def log_dataset(self, dataset: Dataset, purpose: str) -> None:
        """Record ``dataset`` as the input, by a digest that comes from the file's SHA-256."""
        logged = {
            "name": dataset.name,
            "digest": dataset.dataset_id,
            "source_type": "mlflow",
            "source": json.dumps({"uri": f"runs:/{dataset.run_id}/data.parquet"}),
            "profile": json.dumps({"num_rows": dataset.rows, "num_columns": dataset.columns}),
        }
        mlflow_rest().log_input(self.run_id, logged, purpose)

    def require_running(self) -> None:
        """See that no later try of the same task has closed the run and taken its place.

        MLflow changes no status under a condition, so whoever is closed within the next
        milliseconds is not noticed.

        Raises
        ------
        TrackingError
            It was closed.
        """
        status = mlflow_rest().run(self.run_id).status
        if status != RUNNING:
            raise TrackingError(
                f"run {self.run_id} was closed as {status} while it was at work, by a later try "
                "of the same task or by hand; look whether there is one"
            )

    def _close(self, status: str) -> None:
        mlflow_rest().end_run(self.run_id, status)


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
    rest = mlflow_rest()
    known = {name: value for name, value in (lineage | dict(tags or {})).items() if value}
    run = rest.create_run(rest.experiment_id(EXPERIMENT), f"{kind.value} {dataset.name}", known)
    return ActiveRun(run)


def download(run_id: str, artifact_path: str, target: Path) -> None:
    """Copy one artifact of a run to ``target``, which appears only when it is whole."""
    rest = mlflow_rest()
    with TemporaryDirectory(dir=target.parent, prefix=".part-") as name:
        part = Path(name) / target.name
        rest.artifacts.download(rest.run(run_id).artifact_uri, artifact_path, part)
        part.replace(target)


def _first_line(error: BaseException) -> str:
    words = str(error).strip() or type(error).__name__
    return words.splitlines()[0][:LONGEST_ERROR]
