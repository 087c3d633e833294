"""The registered model: which versions there are, and which of them an alias names."""

from dataclasses import dataclass

from app.clients.errors import NotFound
from app.clients.mlflow import SERVICE, MlflowClient
from app.services.names import REGISTERED_MODEL


@dataclass(frozen=True)
class Version:
    """A version of the registered model, and the train run that made it."""

    number: int
    run_id: str


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
