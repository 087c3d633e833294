"""Which run is meant: the one of the same task, the latest, the champion or a given one."""

from __future__ import annotations

import logging

from pipeline.errors import ModelError, NotFound
from pipeline.mlflow_rest import Run, mlflow_rest
from pipeline.tracking.runs import EXPERIMENT, FINISHED, RUNNING, ActiveRun, RunContext, RunKind

LOG = logging.getLogger(__name__)
REGISTERED_MODEL = "traffic_anomaly"
LATEST, CHAMPION, CHALLENGER = "latest", "champion", "challenger"
MOST_TRIES = 100
ALIASES = (CHAMPION, CHALLENGER)


def earlier_try(kind: RunKind, context: RunContext) -> str | None:
    """Return the run that an earlier try of the same task has finished, if there is one.

    If there is none, what a killed try left running is marked as failed.
    """
    tries = _of_task(kind, context)
    done = next((run.run_id for run in tries if run.status == FINISHED), None)
    for run in () if done else tries:
        if run.status == RUNNING:
            _close_leftover(run)
    return done


def _close_leftover(run: Run) -> None:
    ActiveRun(run).log(tags={"error": "the process ended before the run did"})
    mlflow_rest().end_run(run.run_id, "FAILED")


def standing(reference: str) -> str:
    """Return ``latest`` for a champion while none is chosen, and any other reference as it is."""
    if reference != CHAMPION:
        return reference
    try:
        mlflow_rest().run_of_alias(REGISTERED_MODEL, CHAMPION)
    except NotFound:
        LOG.warning("No champion is chosen yet; the latest model stands in for it")
        return LATEST
    return CHAMPION


def model_run(reference: str) -> Run:
    """Return the finished training run that ``latest``, an alias or a run id stands for.

    Raises
    ------
    NotFound
        There is none.
    ModelError
        The run is no finished training run.
    """
    if reference == LATEST:
        return _latest()
    if reference in ALIASES:
        reference = mlflow_rest().run_of_alias(REGISTERED_MODEL, reference)
    run = mlflow_rest().run(reference)
    if run.tags.get("run_kind") != RunKind.TRAIN or run.status != FINISHED:
        raise ModelError(
            f"run {reference} is no finished training run (it is {run.status}); choose one "
            "that is, or 'latest'"
        )
    return run


def tags(run_id: str) -> dict[str, str]:
    """Return a run's tags."""
    return mlflow_rest().run(run_id).tags


def _latest() -> Run:
    finished = f"tags.run_kind = 'train' and attributes.status = '{FINISHED}'"
    found = _search(f"{finished} and tags.archived IS NULL", 1)
    if not found:
        raise NotFound("no model is trained yet; train one first")
    return found[0]


def _of_task(kind: RunKind, context: RunContext) -> list[Run]:
    if not context.dag_run_id:
        return []
    task = f"tags.run_kind = '{kind}' and tags.dag_run_id = '{context.dag_run_id}'"
    return _search(task, MOST_TRIES)


def _search(where: str, limit: int) -> list[Run]:
    rest = mlflow_rest()
    newest_first = "attributes.start_time DESC"
    experiment = rest.experiment_id(EXPERIMENT)
    return rest.search_runs(experiment, where, order=newest_first, limit=limit)[0]
