"""Step tasks: what surrounds a pipeline step inside an Airflow task."""

import json

import pytest

from tests.unit.dags.test_dags import in_airflow

OUTCOMES = """
import json, os, signal
from types import SimpleNamespace
from airflow.sdk.execution_time.context import set_current_context
from dags.step_tasks import step
from pipeline.errors import DataError, NotFound, ParameterError, Unreachable
from pipeline.params import ScoreParams

RUN = SimpleNamespace(run_id="manual__1", triggering_user_name="operator")
SCHEDULED = SimpleNamespace(run_id="scheduled__1", triggering_user_name=None)
PARAMS = {"dataset": "latest", "model": "champion", "unknown": 1}


def event(second, **extra):
    return SimpleNamespace(timestamp=second, extra=extra)


def outcome(operation, run=RUN, params=PARAMS, events=None):
    context = {"params": params, "dag_run": run, "triggering_asset_events": events}
    with set_current_context(context):
        try:
            with step() as task:
                return operation(task)
        except BaseException as error:
            return [type(error).__name__, str(error)]


def fail(error):
    def operation(task):
        raise error
    return operation


def terminate(task):
    os.kill(os.getpid(), signal.SIGTERM)
    return "went on"


def context(task):
    return [task.context.dag_run_id, task.context.requested_by]


before = signal.getsignal(signal.SIGTERM)
print(json.dumps({
    "params": outcome(lambda task: task.params(ScoreParams).model_dump()),
    "on upload": outcome(
        lambda task: task.params(ScoreParams).dataset,
        events={"asset": [event(2, dataset="b" * 16), event(1, dataset="a" * 16)]},
    ),
    "on a bad event": outcome(
        lambda task: task.params(ScoreParams), events={"asset": [event(1, dataset="../x")]}
    ),
    "bad params": outcome(lambda task: task.params(ScoreParams), params={**PARAMS, "model": "x"}),
    "by a person": outcome(context),
    "by a schedule": outcome(context, SCHEDULED),
    "bad data": outcome(fail(DataError("line 3 is short"))),
    "no model": outcome(fail(NotFound("no model is trained yet"))),
    "no server": outcome(fail(Unreachable("MLflow does not answer"))),
    "cancelled": outcome(terminate),
    "handler is back": signal.getsignal(signal.SIGTERM) == before,
}))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> dict:
    """The outcome of each case."""
    return json.loads(in_airflow(OUTCOMES, tmp_path_factory.mktemp("airflow")))


def test_parameters_come_from_the_dag_run(outcomes) -> None:
    """Unknown ones, which Airflow accepts silently, are left out."""
    assert outcomes["params"] == {"dataset": "latest", "model": "champion"}


def test_upload_event_names_its_data_set(outcomes) -> None:
    """Of two events the newest counts; an invalid id is refused like any parameter."""
    assert outcomes["on upload"] == "b" * 16
    assert outcomes["on a bad event"][0] == "AirflowFailException"


def test_operator_who_triggered_is_recorded(outcomes) -> None:
    """A scheduled run is recorded as triggered by the scheduler."""
    assert outcomes["by a person"] == ["manual__1", "operator"]
    assert outcomes["by a schedule"] == ["scheduled__1", "scheduler"]


@pytest.mark.parametrize(
    ("case", "message_part"),
    [
        ("bad data", "line 3 is short"),
        ("bad params", "model: string should match"),
        ("no model", "no model is trained yet"),
    ],
)
def test_non_retryable_error_fails_at_once(outcomes, case, message_part) -> None:
    """Airflow does not retry this kind of failure; the sentence is kept."""
    kind, message = outcomes[case]
    assert kind == "AirflowFailException"
    assert message_part in message


def test_unreachable_service_is_left_to_the_retry(outcomes) -> None:
    """The error is passed on unchanged."""
    assert outcomes["no server"] == ["Unreachable", "MLflow does not answer"]


def test_cancelling_ends_the_step_at_once(outcomes) -> None:
    """It is an exit, which closes the run; afterwards signals are Airflow's again."""
    assert outcomes["cancelled"] == ["SystemExit", "143"]
    assert outcomes["handler is back"] is True
