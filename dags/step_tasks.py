"""What a task needs around a step of the pipeline: parameters, lineage, signals and errors."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from airflow.sdk import Param, get_current_context
from airflow.sdk.exceptions import AirflowFailException

from pipeline.errors import DataError, ModelError, NotFound, ParameterError
from pipeline.params import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import Context
    from pydantic import BaseModel

    from pipeline.steps import RunContext

Params = TypeVar("Params", bound="BaseModel")

HOPELESS = (DataError, ModelError, NotFound, ParameterError)
"""Errors that another try cannot mend."""

SIGNALLED = 128
SCHEDULER, EVENTS = "scheduler", "triggering_asset_events"


@dataclass(frozen=True)
class Asked:
    """What the DAG run was asked for, and by whom."""

    airflow: Context

    def params(self, kind: type[Params]) -> Params:
        """Return the DAG run's parameters, checked once more."""
        given = {**self.airflow["params"], **self._uploaded()}
        return parse(kind, {name: given[name] for name in kind.model_fields})

    def _uploaded(self) -> dict[str, str]:
        """Return the data set whose upload started the run; of several at once, the newest."""
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
def step() -> Iterator[Asked]:
    """Run a step: cancelling closes its MLflow run at once, and bad input is not tried again."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield Asked(get_current_context())
    except HOPELESS as error:
        raise AirflowFailException(str(error)) from error
    finally:
        signal.signal(signal.SIGTERM, before)


def dag_params(kind: type[BaseModel]) -> dict[str, Param]:
    """Describe and bound the trigger form as the pipeline's own parameters are."""
    return {name: _param(dict(schema)) for name, schema in _properties(kind).items()}


def _properties(kind: type[BaseModel]) -> dict[str, dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = kind.model_json_schema()["properties"]
    return properties


def _param(schema: dict[str, Any]) -> Param:
    return Param(schema.pop("default"), **schema)


def _stop(number: int, _frame: object) -> NoReturn:
    """End a task that is cancelled; Airflow would let it go on until it is killed."""
    raise SystemExit(SIGNALLED + number)
