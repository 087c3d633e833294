"""What the server answers, as far as the pipeline reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes
    ----------
    status
        RUNNING, FINISHED, FAILED or KILLED.
    started_ms
        Milliseconds since 1970, UTC.
    artifact_uri
        Where its files are, below ``mlflow-artifacts:/``.
    model_ids
        The logged models that it has put out.
    """

    run_id: str
    experiment_id: str
    status: str
    started_ms: int
    artifact_uri: str
    tags: dict[str, str]
    model_ids: tuple[str, ...]

    @classmethod
    def from_json(cls, run: Json) -> Run:
        """Read a run as the API gives it."""
        info = run["info"]
        outputs = run.get("outputs", {}).get("model_outputs", [])
        return cls(
            run_id=info["run_id"],
            experiment_id=info["experiment_id"],
            status=info["status"],
            started_ms=int(info["start_time"]),
            artifact_uri=info["artifact_uri"],
            tags=pairs(run.get("data", {}).get("tags", [])),
            model_ids=tuple(output["model_id"] for output in outputs),
        )


def pairs(listed: list[Json]) -> dict[str, str]:
    """Return the API's list of keys and values as a dictionary."""
    return {entry["key"]: entry["value"] for entry in listed}


def listed(values: dict[str, str]) -> list[Json]:
    """Return a dictionary as the API's list of keys and values."""
    return [{"key": key, "value": value} for key, value in values.items()]
