"""The registered model: its versions, its aliases, and which training run a reference means."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import MLFLOW, ModelError, NotFound, Rejected
from pipeline.tracking.names import ALIASES, CHAMPION, LATEST, NOT_ARCHIVED, REGISTERED_MODEL
from pipeline.tracking.runs import Run, RunKind, get_run, search_runs

if TYPE_CHECKING:
    from pipeline.tracking.client import TrackingServer

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Version:
    """A version of the registered model, and the train run that made it."""

    number: int
    run_id: str


def champion_or_latest(server: TrackingServer, reference: str) -> str:
    """Return ``latest`` for a champion while none is chosen, and any other reference as it is."""
    if reference == CHAMPION and alias_holder(server, CHAMPION) is None:
        LOG.warning("No champion is chosen yet; the latest model stands in for it")
        return LATEST
    return reference


def model_run(server: TrackingServer, reference: str) -> Run:
    """Return the finished training run that ``latest``, an alias or a run id stands for.

    Raises
    ------
    NotFound
        There is none.
    ModelError
        The run is not a finished training run.
    """
    if reference == LATEST:
        return _latest(server)
    if reference in ALIASES:
        holder = alias_holder(server, reference)
        if holder is None:
            raise NotFound(MLFLOW, f"the registered model {REGISTERED_MODEL} has no {reference}")
        reference = holder.run_id
    run = get_run(server, reference)
    if run.kind is not RunKind.TRAIN or not run.finished:
        raise ModelError(
            f"run {reference} is not a finished training run (it is {run.status}); choose one "
            "that is, or 'latest'"
        )
    return run


def alias_holder(server: TrackingServer, alias: str) -> Version | None:
    """Return the version of the registered model that an alias names; None when it names none."""
    try:
        found = server.client.get_model_version_by_alias(REGISTERED_MODEL, alias)
    except (NotFound, Rejected):  # MLflow calls an unknown alias a bad parameter
        return None
    return Version(int(found.version), found.run_id or "")


def version_of(server: TrackingServer, run_id: str) -> Version:
    """Return the version of the registered model that a train run made.

    Raises
    ------
    NotFound
        Its model is not registered, or not any more.
    """
    found = server.client.search_model_versions(f"run_id='{run_id}'")
    numbers = [int(each.version) for each in found if each.name == REGISTERED_MODEL]
    if not numbers:
        raise NotFound(
            MLFLOW,
            f"Run {run_id[:8]} has no version of the registered model {REGISTERED_MODEL}; "
            "choose another model, or train it again.",
        )
    return Version(max(numbers), run_id)


def _latest(server: TrackingServer) -> Run:
    finished = "tags.run_kind = 'train' and attributes.status = 'FINISHED'"
    found = search_runs(server, f"{finished} and {NOT_ARCHIVED}", limit=1).runs
    if not found:
        raise NotFound(MLFLOW, "no model is trained yet; train one first")
    return found[0]
