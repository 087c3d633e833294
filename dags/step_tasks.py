"""What a task needs around a pipeline step: parameters, lineage, signals and errors."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.sdk import Param, get_current_context
from airflow.sdk.exceptions import AirflowFailException

from pipeline.errors import DataError, ModelError, NotFound, ParameterError
from pipeline.orchestration import SCHEDULER, exit_on_signal
from pipeline.params import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import Context
    from pydantic import BaseModel

    from pipeline.steps import RunContext

Params = TypeVar("Params", bound="BaseModel")

NON_RETRYABLE = (DataError, ModelError, NotFound, ParameterError)
"""Errors that a retry cannot fix."""

EVENTS = "triggering_asset_events"


@dataclass(frozen=True)
class TriggeredRun:
    """The DAG run of a task: its parameters and who triggered it."""

    airflow: Context

    def params(self, kind: type[Params]) -> Params:
        """Return the DAG run's parameters, validated again."""
        given = {**self.airflow["params"], **self._uploaded()}
        return parse(kind, {name: given[name] for name in kind.model_fields})

    def _uploaded(self) -> dict[str, str]:
        """Return the data set whose upload triggered the run; of several, the newest."""
        by_asset: Any = self.airflow.get(EVENTS) or {}
        events = [each for of_asset in by_asset.values() for each in of_asset]
        newest = max(events, key=lambda event: event.timestamp, default=None)
        return {"dataset": str((newest.extra or {}).get("dataset", "latest"))} if newest else {}

    @property
    def context(self) -> RunContext:
        """The DAG run and the operator who triggered it; a schedule is the ``scheduler``."""
        from pipeline.steps import RunContext  # noqa: PLC0415 - heavy: only inside tasks

        run = self.airflow["dag_run"]
        return RunContext(run.run_id, getattr(run, "triggering_user_name", None) or SCHEDULER)


@contextmanager
def step() -> Iterator[TriggeredRun]:
    """Run a step so that cancelling closes its MLflow run at once and bad input is not retried."""
    # Without it Airflow would let a cancelled task continue until it is killed.
    before = signal.signal(signal.SIGTERM, exit_on_signal)
    try:
        yield TriggeredRun(get_current_context())
    except NON_RETRYABLE as error:
        raise AirflowFailException(str(error)) from error
    finally:
        signal.signal(signal.SIGTERM, before)


def dag_params(kind: type[BaseModel]) -> dict[str, Param]:
    """Return the trigger form with the descriptions and bounds of the pipeline's parameters."""
    properties: dict[str, dict[str, Any]] = kind.model_json_schema()["properties"]
    return {name: Param(schema.pop("default"), **schema) for name, schema in properties.items()}
