"""What MLflow's REST API does to put runs away, bring them back and remove what they stored."""

from urllib.parse import quote

from app.clients.mlflow import API, Json, MlflowClient

STORED = "/api/2.0/mlflow-artifacts/artifacts"


class MlflowBin(MlflowClient):
    """One method is one request and one return, as in ``MlflowClient``."""

    def delete_run(self, run_id: str) -> None:
        """Put a run into the bin; it stays whole."""
        self._post(f"{API}/runs/delete", {"run_id": run_id})

    def restore_run(self, run_id: str) -> None:
        """Take a run out of the bin."""
        self._post(f"{API}/runs/restore", {"run_id": run_id})

    def delete_tag(self, run_id: str, key: str) -> None:
        """Take a tag away; raises NotFound where it is not there."""
        self._post(f"{API}/runs/delete-tag", {"run_id": run_id, "key": key})

    def aliases(self, model: str) -> list[str]:
        """Return the aliases of a registered model; raises NotFound for an unknown model."""
        found = self._get(f"{API}/registered-models/get", name=model).json()["registered_model"]
        return [each["alias"] for each in found.get("aliases", ())]

    def delete_version(self, name: str, version: str) -> None:
        """Remove a version of a registered model for good; MLflow cannot bring it back."""
        self._delete(f"{API}/model-versions/delete", {"name": name, "version": version})

    def delete_model(self, model_id: str) -> None:
        """Put a logged model into the bin; its files stay."""
        self._delete(f"{API}/logged-models/{model_id}")

    def stored(self, path: str) -> list[Json]:
        """Return files and folders at a path of the artifact store, with names only."""
        files: list[Json] = self._get(STORED, path=path).json().get("files", [])
        return files

    def remove_stored(self, path: str) -> None:
        """Remove a folder of the artifact store with all that is in it."""
        self._delete(f"{STORED}/{quote(path)}")

    def _delete(self, endpoint: str, body: Json | None = None) -> None:
        with self._errors():
            self._raise_for(self._http.request("DELETE", endpoint, json=body))
