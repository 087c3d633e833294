"""The registered model: its versions, its aliases, and the decisions that move them."""

from collections.abc import Mapping
from typing import Any

from app.clients.errors import Conflict, Forbidden
from app.services import caching
from app.services.caching import LIVE, SHORT, Subject, cached
from app.services.identity import Identity
from app.services.models.decision_log import DecisionLog
from app.services.models.types import Alias, AliasHolder, Decision, DecisionFilter, ModelChange
from app.services.runs.queries import RunFilter
from app.services.runs.service import Runs
from pipeline.errors import NotFound, Rejected
from pipeline.tracking.client import TrackingServer
from pipeline.tracking.names import REGISTERED_MODEL
from pipeline.tracking.registry import Version, alias_holder, version_of
from pipeline.tracking.runs import Run, RunKind, RunPage, RunStatus, Stage

CONSOLE = "The console"
PAGE, MAX_PREVIOUS, MAX_DECISIONS = 15, 50, 50
TRAINED = RunFilter(kind=RunKind.TRAIN, status=RunStatus.FINISHED, stage=Stage.ACTIVE)
THRESHOLD = "threshold"
PROMOTE, ROLL_BACK, REMOVE = "promote", "roll_back", "remove"


def require_decider(identity: Identity) -> None:
    """Refuse a role that only reads."""
    if not identity.can_trigger:
        raise Forbidden(
            CONSOLE,
            f"Your role {identity.role} may read decisions, not make them; it needs the role user, "
            "op or admin.",
        )


def required(reason: str) -> str:
    """Return the reason without blanks around it; refuse an empty one."""
    if not reason.strip():
        raise Rejected(CONSOLE, "reason must not be empty: say why, for whoever reads it later.")
    return reason.strip()


class Models:
    """Models, their aliases, and the decisions on both."""

    def __init__(
        self, identity: Identity, runs: Runs, mlflow: TrackingServer, decision_log: DecisionLog
    ) -> None:
        self._identity = identity
        self._runs = runs
        self._mlflow = mlflow
        self._decision_log = decision_log

    @cached(LIVE, Subject.MODELS, Subject.RUNS)
    def holder(self, alias: Alias) -> AliasHolder:
        """Return the model that an alias names, and the decision that made it so."""
        version = alias_holder(self._mlflow, alias)
        newest = self._decision_log.alias_changes(DecisionFilter(alias=alias), 1)
        return AliasHolder(alias, version, self._find(version), newest[0] if newest else None)

    @cached(LIVE, Subject.RUNS)
    def trained(self, token: str = "") -> RunPage:
        """Return a page of models, that is of finished train runs, newest first."""
        return self._runs.search(TRAINED, limit=PAGE, page_token=token)

    @cached(SHORT, Subject.RUNS)
    def version(self, run_id: str) -> Version | None:
        """Return the registered version of a train run; None when there is none."""
        try:
            return version_of(self._mlflow, run_id)
        except NotFound:
            return None

    @cached(SHORT, Subject.MODELS)
    def previous_champions(self) -> tuple[ModelChange, ...]:
        """Return how each previous champion became one, the last one first."""
        champion = alias_holder(self._mlflow, Alias.CHAMPION)
        return self._previous(Alias.CHAMPION, champion.run_id if champion else None)

    @cached(LIVE, Subject.MODELS)
    def decisions(
        self, where: DecisionFilter, kind: str = "", limit: int = MAX_DECISIONS
    ) -> tuple[Decision, ...]:
        """Return decisions on aliases and thresholds, newest first.

        Parameters
        ----------
        kind
            ``champion``, ``challenger`` or ``threshold``; empty for all.
        """
        both: list[Decision] = []
        if kind != THRESHOLD:
            of_alias = DecisionFilter(kind, where.model_run_id, where.changed_by)
            both += self._decision_log.alias_changes(of_alias, limit)
        if kind in ("", THRESHOLD):
            both += self._decision_log.threshold_changes(where, limit)
        return tuple(sorted(both, key=lambda each: each.changed_at, reverse=True)[:limit])

    def promote(
        self, run_id: str, seen: AliasHolder, reason: str, evidence: Mapping[str, Any]
    ) -> ModelChange:
        """Give an alias to the model of a finished train run.

        Parameters
        ----------
        seen
            The alias as the operator saw it.
        evidence
            What the page showed, fit for JSON.

        Raises
        ------
        Forbidden
            The operator's role only reads.
        Conflict
            The alias has moved since.
        Rejected
            No reason, not a finished training, or the model holds the alias already.
        """
        return self._give(PROMOTE, run_id, seen, reason, evidence)

    def roll_back(
        self, run_id: str, seen: AliasHolder, reason: str, evidence: Mapping[str, Any]
    ) -> ModelChange:
        """Give an alias back to an earlier holder; raises as ``promote`` does."""
        previous = self._previous(seen.alias, seen.run_id)
        if run_id not in {change.model_run_id for change in previous}:
            raise Rejected(CONSOLE, f"Run {run_id[:8]} was no {seen.alias} before; promote it.")
        return self._give(ROLL_BACK, run_id, seen, reason, evidence)

    def remove(self, seen: AliasHolder, reason: str) -> ModelChange:
        """Remove an alias from its holder; raises as ``promote`` does."""
        return self._move(REMOVE, None, seen, reason, {})

    def _previous(self, alias: Alias, run_id: str | None) -> tuple[ModelChange, ...]:
        """Return the newest change that gave the alias to each model other than ``run_id``."""
        found: dict[str, ModelChange] = {}
        for change in self._decision_log.alias_changes(DecisionFilter(alias=alias), MAX_PREVIOUS):
            if change.model_run_id and change.model_run_id != run_id:
                found.setdefault(change.model_run_id, change)
        return tuple(found.values())

    def _give(
        self,
        action: str,
        run_id: str,
        seen: AliasHolder,
        reason: str,
        evidence: Mapping[str, Any],
    ) -> ModelChange:
        require_decider(self._identity)
        run = self._runs.fetch(run_id)
        if run.kind is not RunKind.TRAIN or not run.finished:
            raise Rejected(CONSOLE, f"Run {run.name} is not a finished training; choose another.")
        if run.stage is Stage.DELETED:
            raise Rejected(CONSOLE, f"Run {run.name} is deleted; restore it first.")
        if run_id == seen.run_id and seen.agrees:
            raise Rejected(CONSOLE, f"This model is the {seen.alias} already.")
        return self._move(action, version_of(self._mlflow, run_id), seen, reason, evidence)

    def _move(
        self,
        action: str,
        version: Version | None,
        seen: AliasHolder,
        reason: str,
        evidence: Mapping[str, Any],
    ) -> ModelChange:
        require_decider(self._identity)
        change = ModelChange(
            alias=seen.alias.value,
            action=action,
            previous_run_id=seen.run_id,
            previous_version=seen.version.number if seen.version else None,
            model_run_id=version.run_id if version else None,
            version=version.number if version else None,
            reason=required(reason),
            changed_by=self._identity.username,
            evidence=dict(evidence),
        )
        newest = seen.change.id if seen.change else None
        try:
            return self._decision_log.move_alias(change, newest, lambda: self._apply(seen, version))
        finally:  # after a conflict as well: what the operator saw is outdated
            caching.changed(Subject.MODELS)

    def _apply(self, seen: AliasHolder, version: Version | None) -> None:
        if alias_holder(self._mlflow, seen.alias) != seen.version:
            raise Conflict(
                CONSOLE,
                f"The {seen.alias} is another model in MLflow by now. Nothing was changed; "
                "look at it and decide again.",
            )
        if version:
            self._mlflow.client.set_registered_model_alias(
                REGISTERED_MODEL, seen.alias, str(version.number)
            )
        else:
            self._mlflow.client.delete_registered_model_alias(REGISTERED_MODEL, seen.alias)

    def _find(self, version: Version | None) -> Run | None:
        try:
            return self._runs.fetch(version.run_id) if version and version.run_id else None
        except NotFound:
            return None
