"""The registered model: which versions there are, and which of them an alias names."""

from collections.abc import Mapping
from typing import Any

from app.clients.errors import Conflict, Forbidden, NotFound, Rejected
from app.clients.mlflow import SERVICE, MlflowClient
from app.services.models.decision_log import ModelDecisions
from app.services.models.types import (
    Alias,
    ChangeFilter,
    Decision,
    Former,
    NewModelChange,
    Post,
    Version,
)
from app.services.runs.queries import RunFilter, SortKey
from app.services.runs.service import Runs
from app.services.runs.types import Run, RunKind, RunPage, RunStatus, Stage
from app.services.system.identity import Identity
from app.services.system.names import REGISTERED_MODEL


class Registry:
    """MLflow's registry, as far as it holds ``traffic_anomaly``."""

    def __init__(self, mlflow: MlflowClient) -> None:
        self._mlflow = mlflow

    def named(self, alias: str) -> Version | None:
        """Return the version that an alias names; None when it names none."""
        try:
            found = self._mlflow.version_by_alias(REGISTERED_MODEL, alias)
        except NotFound:
            return None
        return Version(int(found["version"]), found.get("run_id", ""))

    def of_run(self, run_id: str) -> Version:
        """Return the version that a train run made.

        Raises
        ------
        NotFound
            Its model is not registered, or not any more.
        """
        all_models = self._mlflow.versions_of(run_id)
        found = [int(each["version"]) for each in all_models if each["name"] == REGISTERED_MODEL]
        if not found:
            raise NotFound(
                SERVICE,
                f"Run {run_id[:8]} has no version of the registered model {REGISTERED_MODEL}; "
                "choose another model, or train it again.",
            )
        return Version(max(found), run_id)

    def point(self, alias: str, version: Version) -> None:
        """Let an alias name a version."""
        self._mlflow.point_alias(REGISTERED_MODEL, alias, version.number)

    def drop(self, alias: str) -> None:
        """Let an alias name none."""
        self._mlflow.drop_alias(REGISTERED_MODEL, alias)


CONSOLE = "The console"
PAGE = 15
FORMER, LISTED = 50, 50
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
    """Return the reason without blanks around it; refuse none."""
    if not reason.strip():
        raise Rejected(CONSOLE, "reason must not be empty: say why, for whoever reads it later.")
    return reason.strip()


class Models:
    """What one operator can decide on models; every decision is kept with who, when and why."""

    def __init__(
        self, identity: Identity, runs: Runs, registry: Registry, ledger: ModelDecisions
    ) -> None:
        self._identity = identity
        self._runs = runs
        self._registry = registry
        self._ledger = ledger

    def post(self, alias: Alias) -> Post:
        """Return who holds an alias, and whether that was decided here."""
        version = self._registry.named(alias)
        newest = self._ledger.alias_moves(ChangeFilter(alias=alias), 1)
        return Post(alias, version, self._find(version), newest[0] if newest else None)

    def trained(self, token: str = "", sort: SortKey = SortKey.STARTED) -> RunPage:
        """Return a page of models: finished train runs, newest or best first."""
        return self._runs.search(TRAINED, sort, limit=PAGE, page_token=token)

    def version(self, run_id: str) -> Version | None:
        """Return the registered version of a train run; None when there is none."""
        try:
            return self._registry.of_run(run_id)
        except NotFound:
            return None

    def former(self, seen: Post) -> list[Former]:
        """Return earlier holders of an alias, the last one first, each once."""
        moves = self._ledger.alias_moves(ChangeFilter(alias=seen.alias), FORMER)
        found: dict[str, Former] = {}
        for move in moves:
            if move.model_run_id and move.model_run_id != seen.run_id:
                former = Former(move.model_run_id, move.version, move)
                found.setdefault(move.model_run_id, former)
        return list(found.values())

    def promote(
        self, run_id: str, seen: Post, reason: str, evidence: Mapping[str, Any]
    ) -> Decision:
        """Give an alias to the model of a finished train run.

        Parameters
        ----------
        seen
            The alias as the operator saw it.
        evidence
            What the gate showed, fit for JSON.

        Raises
        ------
        Forbidden
            The operator's role only reads.
        Conflict
            The alias has moved since.
        Rejected
            No reason, no finished training, or the model holds the alias already.
        """
        return self._give(PROMOTE, run_id, seen, reason, evidence)

    def roll_back(
        self, run_id: str, seen: Post, reason: str, evidence: Mapping[str, Any]
    ) -> Decision:
        """Give an alias back to an earlier holder; raises as ``promote`` does."""
        if run_id not in {former.run_id for former in self.former(seen)}:
            raise Rejected(CONSOLE, f"Run {run_id[:8]} was no {seen.alias} before; promote it.")
        return self._give(ROLL_BACK, run_id, seen, reason, evidence)

    def remove(self, seen: Post, reason: str) -> Decision:
        """Take an alias away from its holder; raises as ``promote`` does."""
        return self._move(REMOVE, None, seen, reason, {})

    def decisions(self, where: ChangeFilter, kind: str = "", limit: int = LISTED) -> list[Decision]:
        """Return decisions on aliases and thresholds, newest first.

        Parameters
        ----------
        kind
            ``champion``, ``challenger`` or ``threshold``; empty for all.
        """
        both: list[Decision] = []
        if kind != THRESHOLD:
            both += self._ledger.alias_moves(
                ChangeFilter(kind, where.model_run_id, where.changed_by), limit
            )
        if kind in ("", THRESHOLD):
            both += self._ledger.threshold_moves(where, limit)
        return sorted(both, key=lambda each: each.changed_at, reverse=True)[:limit]

    def _give(
        self, action: str, run_id: str, seen: Post, reason: str, evidence: Mapping[str, Any]
    ) -> Decision:
        require_decider(self._identity)
        run = self._runs.fetch(run_id)
        if run.kind is not RunKind.TRAIN or not run.finished:
            raise Rejected(CONSOLE, f"Run {run.name} is no finished training; choose another.")
        if run.stage is Stage.DELETED:
            raise Rejected(CONSOLE, f"Run {run.name} is deleted; restore it first.")
        if run_id == seen.run_id and seen.agrees:
            raise Rejected(CONSOLE, f"This model is the {seen.alias} already.")
        return self._move(action, self._registry.of_run(run_id), seen, reason, evidence)

    def _move(
        self,
        action: str,
        version: Version | None,
        seen: Post,
        reason: str,
        evidence: Mapping[str, Any],
    ) -> Decision:
        require_decider(self._identity)
        change = NewModelChange(
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

        def apply() -> None:
            if self._registry.named(seen.alias) != seen.version:
                raise Conflict(
                    CONSOLE,
                    f"The {seen.alias} is another model in MLflow by now. Nothing was changed; "
                    "look at it and decide again.",
                )
            if version:
                self._registry.point(seen.alias, version)
            else:
                self._registry.drop(seen.alias)

        return self._ledger.move_alias(change, seen.change.id if seen.change else None, apply)

    def _find(self, version: Version | None) -> Run | None:
        try:
            return self._runs.fetch(version.run_id) if version and version.run_id else None
        except NotFound:
            return None
