"""Which run is meant: the one of the same task, the latest, the champion or a given one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.datasets.client import experiment_id, tracking_client, tracking_errors
from pipeline.errors import ModelError, NotFound
from pipeline.tracking.runs import EXPERIMENT, ActiveRun, RunContext, RunKind

if TYPE_CHECKING:
    from mlflow.entities import Run

REGISTERED_MODEL = "traffic_anomaly"
LATEST, CHAMPION = "latest", "champion"


def finished_run(kind: RunKind, context: RunContext) -> str | None:
    """Return the run that an earlier try of the same task has finished, if there is one."""
    found = _of_task(kind, context, "FINISHED")
    return str(found[0].info.run_id) if found else None


def close_leftovers(kind: RunKind, context: RunContext) -> None:
    """Mark runs of the same task that a killed try left running as failed."""
    for run in _of_task(kind, context, "RUNNING"):
        left = ActiveRun(run.info.run_id, run.info.experiment_id)
        left.log(tags={"error": "the process ended before the run did"})
        with tracking_errors():
            tracking_client().set_terminated(left.run_id, "FAILED")


def model_run(reference: str) -> Run:
    """Return the finished training run that ``latest``, ``champion`` or a run id stands for.

    Raises
    ------
    NotFound
        There is none.
    ModelError
        The run is no finished training run.
    """
    if reference == LATEST:
        return _latest()
    with tracking_errors():
        client = tracking_client()
        if reference == CHAMPION:
            reference = str(client.get_model_version_by_alias(REGISTERED_MODEL, CHAMPION).run_id)
        run = client.get_run(reference)
    if run.data.tags.get("run_kind") != RunKind.TRAIN or run.info.status != "FINISHED":
        raise ModelError(
            f"run {reference} is no finished training run (it is {run.info.status}); choose one "
            "that is, or 'latest'"
        )
    return run


def _latest() -> Run:
    finished = "tags.run_kind = 'train' and attributes.status = 'FINISHED'"
    found = _search(finished, 1)
    if not found:
        raise NotFound("no model is trained yet; train one first")
    return found[0]


def _of_task(kind: RunKind, context: RunContext, status: str) -> list[Run]:
    if not context.dag_run_id:
        return []
    return _search(
        f"tags.run_kind = '{kind}' and tags.dag_run_id = '{context.dag_run_id}' "
        f"and attributes.status = '{status}'",
        10,
    )


def _search(where: str, limit: int) -> list[Run]:
    with tracking_errors():
        return list(
            tracking_client().search_runs(
                [experiment_id(EXPERIMENT)],
                where,
                max_results=limit,
                order_by=["attributes.start_time DESC"],
            )
        )
