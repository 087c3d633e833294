"""Records of runs, and how they are read from MLflow's answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class RunKind(StrEnum):
    """Training or scoring."""

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


ARCHIVED_TAG = "archived"


@dataclass(frozen=True)
class Run:
    """A run of the detection experiment.

    Attributes
    ----------
    kind
        None for a run that was not logged by the pipeline.
    started, ended
        In UTC; ``ended`` is None while it runs.
    seconds
        Duration; up to now while it runs.
    dag_run_id, requested_by, model_run_id, dataset_id
        From tags; empty without the tag. ``model_run_id`` is the train run whose model scored.
    error
        Why it failed, in one line; empty otherwise.
    url
        Its page in MLflow.
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
    url: str = ""
    stage: Stage = Stage.ACTIVE

    @property
    def score_threshold(self) -> float:
        """Score below which a score run flagged its rows; 0 where the run did not log it."""
        return self.metrics.get("score_threshold", 0.0)

    @property
    def finished(self) -> bool:
        """Whether the run ended successfully."""
        return self.status is RunStatus.FINISHED


@dataclass(frozen=True)
class RunPage:
    """One page of runs; ``next_token`` is empty on the last page."""

    runs: tuple[Run, ...]
    next_token: str = ""


@dataclass(frozen=True)
class Artifact:
    """A stored file of a run; ``url`` downloads it through the console."""

    path: str
    size_bytes: int
    url: str


def parse_run(answer: Mapping[str, Any], url: str) -> Run:
    """Read one run of a REST answer.

    Parameters
    ----------
    answer
        A run with ``info`` and ``data``; MLflow leaves out what is empty.
    url
        Its page in MLflow.
    """
    info, data = answer["info"], answer.get("data", {})
    tags = pairs(data.get("tags", ()))
    started = moment(info["start_time"])
    ended = moment(info["end_time"]) if info.get("end_time") else None
    kind = tags.get("run_kind", "")
    return Run(
        run_id=info["run_id"],
        name=info.get("run_name", ""),
        kind=RunKind(kind) if kind in set(RunKind) else None,
        status=RunStatus(info["status"]),
        started=started,
        ended=ended,
        seconds=((ended or datetime.now(UTC)) - started).total_seconds(),
        params=pairs(data.get("params", ())),
        metrics={metric["key"]: number(metric["value"]) for metric in data.get("metrics", ())},
        tags={key: value for key, value in tags.items() if not key.startswith("mlflow.")},
        dataset_id=tags.get("dataset_id", ""),
        dag_run_id=tags.get("dag_run_id", ""),
        requested_by=tags.get("requested_by", ""),
        model_run_id=tags.get("model_run_id", ""),
        error=tags.get("error", ""),
        url=url,
        stage=stage_of(info, tags),
    )


def stage_of(info: Mapping[str, Any], tags: Mapping[str, str]) -> Stage:
    """Return the stage by MLflow's life cycle and the archive tag."""
    if info.get("lifecycle_stage") == Stage.DELETED:
        return Stage.DELETED
    return Stage.ARCHIVED if ARCHIVED_TAG in tags else Stage.ACTIVE


def moment(milliseconds: int | str) -> datetime:
    """Turn MLflow's milliseconds since 1970 into a time in UTC."""
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def number(value: float | str) -> float:
    """Read a metric, which JSON carries as text when it is NaN or infinite."""
    return float(str(value).replace("Infinity", "inf"))


def pairs(entries: Any) -> dict[str, str]:  # noqa: ANN401 - parsed JSON
    """Turn MLflow's list of keys and values into a mapping."""
    return {entry["key"]: entry["value"] for entry in entries}
