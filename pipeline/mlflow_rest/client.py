"""One method for each request that the pipeline makes."""

from __future__ import annotations

import time
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING

from pipeline.errors import NotFound
from pipeline.mlflow_rest.artifacts import Artifacts
from pipeline.mlflow_rest.records import Json, Run, listed
from pipeline.mlflow_rest.transport import Refused, Transport
from pipeline.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.settings import PipelineSettings

API = "/api/2.0/mlflow"
EXISTS = "RESOURCE_ALREADY_EXISTS"
BAD_VALUE = "INVALID_PARAMETER_VALUE"
"""What MLflow calls an alias that is not there."""


class MlflowRest:
    """MLflow's tracking server; holds no state, so threads may share it.

    Every method raises ``Unreachable``, ``NotFound`` or ``TrackingError``.
    """

    def __init__(self, options: PipelineSettings) -> None:
        self._http = Transport(options)
        self.artifacts = Artifacts(self._http)

    def experiment_id(self, name: str) -> str:
        """Return an experiment's id; of two processes that make it at once, one succeeds."""
        try:
            return self.find_experiment(name)
        except NotFound:
            return self._create_experiment(name)

    def find_experiment(self, name: str) -> str:
        """Return the id of an experiment that is there."""
        found = self._http.get(f"{API}/experiments/get-by-name", experiment_name=name)
        return str(found["experiment"]["experiment_id"])

    def _create_experiment(self, name: str) -> str:
        try:
            return str(self._http.post(f"{API}/experiments/create", name=name)["experiment_id"])
        except Refused as error:
            if error.code != EXISTS:
                raise
            return self.find_experiment(name)

    def create_run(self, experiment_id: str, name: str, tags: dict[str, str]) -> Run:
        """Start a run."""
        made = self._http.post(
            f"{API}/runs/create",
            experiment_id=experiment_id,
            run_name=name,
            start_time=_now(),
            tags=listed(tags),
        )
        return Run.from_json(made["run"])

    def run(self, run_id: str) -> Run:
        """Return one run."""
        return Run.from_json(self._http.get(f"{API}/runs/get", run_id=run_id)["run"])

    def search_runs(
        self, experiment_id: str, where: str, *, order: str, limit: int, token: str = ""
    ) -> tuple[list[Run], str]:
        """Return one page of runs and the token of the next, empty at the end."""
        found = self._http.post(
            f"{API}/runs/search",
            experiment_ids=[experiment_id],
            filter=where,
            order_by=[order],
            max_results=limit,
            **({"page_token": token} if token else {}),
        )
        runs = [Run.from_json(run) for run in found.get("runs", [])]
        return runs, found.get("next_page_token", "")

    def end_run(self, run_id: str, status: str) -> None:
        """Close a run."""
        self._http.post(f"{API}/runs/update", run_id=run_id, status=status, end_time=_now())

    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted."""
        self._http.post(f"{API}/runs/delete", run_id=run_id)

    def log(
        self,
        run_id: str,
        *,
        params: Mapping[str, object],
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
    ) -> None:
        """Log all in one request."""
        now = _now()
        self._http.post(
            f"{API}/runs/log-batch",
            run_id=run_id,
            params=listed({name: str(value) for name, value in params.items()}),
            metrics=[
                {"key": name, "value": _number(value), "timestamp": now, "step": 0}
                for name, value in metrics.items()
            ],
            tags=listed(dict(tags)),
        )

    def log_input(self, run_id: str, dataset: Json, purpose: str) -> None:
        """Record what a run works on; ``dataset`` as the API describes one."""
        tags = listed({"mlflow.data.context": purpose})
        inputs = [{"dataset": dataset, "tags": tags}]
        self._http.post(f"{API}/runs/log-inputs", run_id=run_id, datasets=inputs)

    def create_model(self, run: Run, name: str) -> tuple[str, str]:
        """Begin a logged model of a run; returns its id and the address of its files."""
        made = self._http.post(
            f"{API}/logged-models",
            experiment_id=run.experiment_id,
            name=name,
            source_run_id=run.run_id,
        )
        info = made["model"]["info"]
        return str(info["model_id"]), str(info["artifact_uri"])

    def finish_model(self, run_id: str, model_id: str) -> None:
        """Mark a logged model as whole, and as what its run has put out."""
        ready = "LOGGED_MODEL_READY"
        self._http.patch(f"{API}/logged-models/{model_id}", model_id=model_id, status=ready)
        models = [{"model_id": model_id, "step": 0}]
        self._http.post(f"{API}/runs/outputs", run_id=run_id, models=models)

    def model_uri(self, model_id: str) -> str:
        """Return the address of a logged model's files."""
        found = self._http.get(f"{API}/logged-models/{model_id}")
        return str(found["model"]["info"]["artifact_uri"])

    def register(self, name: str, run_id: str, model_id: str) -> None:
        """Add a version of a registered model, and the registered model if it is the first."""
        # Made first though mostly there: with accounts, MLflow denies a version of what is not.
        try:
            self._http.post(f"{API}/registered-models/create", name=name)
        except Refused as error:
            if error.code != EXISTS:
                raise
        self._http.post(
            f"{API}/model-versions/create",
            name=name,
            source=f"models:/{model_id}",
            run_id=run_id,
            model_id=model_id,
        )

    def run_of_alias(self, name: str, alias: str) -> str:
        """Return the id of the run whose model an alias of a registered model stands for."""
        try:
            found = self._http.get(f"{API}/registered-models/alias", name=name, alias=alias)
        except Refused as error:
            if error.code != BAD_VALUE:
                raise
            raise NotFound(f"the registered model {name} has no {alias}") from error
        return str(found["model_version"]["run_id"])


def mlflow_rest() -> MlflowRest:
    """Return the client of the configured server."""
    return _client(settings())


@lru_cache(maxsize=4)
def _client(options: PipelineSettings) -> MlflowRest:
    return MlflowRest(options)


def _now() -> int:
    return int(time.time() * 1000)


def _number(value: float) -> float | str:
    """Return a number as the API reads it, which has words for what JSON cannot write."""
    if isfinite(value):
        return value
    return "NaN" if value != value else ("Infinity" if value > 0 else "-Infinity")  # noqa: PLR0124
