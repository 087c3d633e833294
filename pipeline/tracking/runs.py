"""One training or scoring run: finished only when all went well, whatever ends it."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from pipeline.datasets.client import experiment_id, tracking_client, tracking_errors
from pipeline.errors import TrackingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from pipeline.datasets import Dataset

EXPERIMENT = "traffic_anomaly_detection"
LONGEST_ERROR = 500


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

    def __init__(self, run_id: str, experiment_id: str) -> None:
        self.run_id = run_id
        self.experiment_id = experiment_id

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
            self._close("FINISHED")
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
        from mlflow.entities import Metric, Param, RunTag  # noqa: PLC0415 - slow to import

        now = int(time.time() * 1000)
        with tracking_errors():
            tracking_client().log_batch(
                self.run_id,
                metrics=[Metric(name, value, now, 0) for name, value in (metrics or {}).items()],
                params=[Param(name, str(value)) for name, value in (params or {}).items()],
                tags=[RunTag(name, value) for name, value in (tags or {}).items()],
            )

    def log_folder(self, folder: Path, artifact_path: str | None = None) -> None:
        """Upload the files in ``folder`` as artifacts."""
        with tracking_errors():
            tracking_client().log_artifacts(self.run_id, str(folder), artifact_path)

    def log_dataset(self, dataset: Dataset, purpose: str) -> None:
        """Record ``dataset`` as the input, by a digest that comes from the file's SHA-256."""
        from mlflow.entities import Dataset as LoggedDataset  # noqa: PLC0415 - slow to import
        from mlflow.entities import DatasetInput, InputTag  # noqa: PLC0415

        logged = LoggedDataset(
            name=dataset.name,
            digest=dataset.dataset_id,
            source_type="mlflow",
            source=json.dumps({"uri": f"runs:/{dataset.run_id}/data.parquet"}),
            profile=json.dumps({"num_rows": dataset.rows, "num_columns": dataset.columns}),
        )
        tag = InputTag("mlflow.data.context", purpose)
        with tracking_errors():
            tracking_client().log_inputs(self.run_id, [DatasetInput(logged, [tag])])

    def _close(self, status: str) -> None:
        with tracking_errors():
            tracking_client().set_terminated(self.run_id, status)


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
    with tracking_errors():
        experiment = experiment_id(EXPERIMENT)
        run = tracking_client().create_run(
            experiment,
            tags={name: value for name, value in (lineage | dict(tags or {})).items() if value},
            run_name=f"{kind.value} {dataset.name}",
        )
    return ActiveRun(run.info.run_id, experiment)


def download(run_id: str, artifact_path: str, target: Path) -> None:
    """Copy one artifact of a run to ``target``, which appears only when it is whole."""
    with TemporaryDirectory(dir=target.parent, prefix=".part-") as folder, tracking_errors():
        fetched = tracking_client().download_artifacts(run_id, artifact_path, folder)
        Path(fetched).replace(target)


def _first_line(error: BaseException) -> str:
    words = str(error).strip() or type(error).__name__
    return words.splitlines()[0][:LONGEST_ERROR]
