"""Health checks ask the service itself, and waits end for one of three reasons."""

from datetime import UTC, datetime

import pytest

from compose.launcher.errors import InterruptedStartError, LaunchError
from compose.launcher.health import (
    Dags,
    Deadline,
    airflow_is_healthy,
    answers,
    sign_in,
)
from pipeline.orchestration import SCORE_DAG, TRAIN_DAG


def test_condition_that_holds_is_not_waited_for() -> None:
    """The condition is checked once, without a pause."""
    asked = []
    Deadline(0).wait_until(lambda: not asked.append("once"), "it")
    assert asked == ["once"]


def test_condition_is_checked_until_it_holds() -> None:
    """The wait ends with the first success."""
    answers = iter([False, False, True])
    Deadline(60).wait_until(lambda: next(answers), "it")
    assert list(answers) == []


def test_timeout_is_a_sentence() -> None:
    """The sentence names what did not happen and how long that took."""
    seconds = iter([0.0, 31.0])
    deadline = Deadline(30, clock=lambda: next(seconds))
    with pytest.raises(LaunchError, match=r"^the answer did not happen within 30 seconds$"):
        deadline.wait_until(lambda: False, "the answer")


def test_wait_is_interrupted() -> None:
    """A request to stop ends the wait at once."""
    deadline = Deadline(60)
    deadline.stopping.set()
    with pytest.raises(InterruptedStartError):
        deadline.wait_until(lambda: False, "it")


HEALTH = "GET /api/v2/monitor/health"
DAGS = "GET /api/v2/dags"
IMPORT_ERRORS = "GET /api/v2/importErrors"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
BEFORE, AFTER = "2026-01-01T11:59:59.9Z", "2026-01-01T12:00:00.1Z"


def health(**statuses: str) -> tuple[int, object]:
    """Return Airflow's health with some parts in another state."""
    parts = {"metadatabase": "healthy", "scheduler": "healthy", "dag_processor": "healthy"}
    found = {part: {"status": status} for part, status in (parts | statuses).items()}
    return 200, {**found, "triggerer": {"status": None}}


def test_refused_connection_is_not_ready(web) -> None:
    """It is a negative answer, not an error."""
    address = web.url
    web.server.socket.close()
    assert not answers(address)
    assert not airflow_is_healthy(address)


def test_error_status_is_not_ready(web) -> None:
    """A server that answers with an error is not ready yet."""
    assert not answers(f"{web.url}/health")
    web.answers["GET /health"] = (200, "OK")
    assert answers(f"{web.url}/health")


def test_airflow_is_healthy_when_every_part_is(web) -> None:
    """The triggerer, which is not run, does not count."""
    web.answers[HEALTH] = health()
    assert airflow_is_healthy(web.url)


@pytest.mark.parametrize("part", ["metadatabase", "scheduler", "dag_processor"])
def test_airflow_is_not_healthy_while_a_part_is_not(web, part: str) -> None:
    """The status code is 200 all the same; the body decides."""
    web.answers[HEALTH] = health(**{part: "unhealthy"})
    assert not airflow_is_healthy(web.url)


def test_signing_in_returns_the_token(web) -> None:
    """The account goes in the body, the token comes out of it."""
    web.answers["POST /auth/token"] = (201, {"access_token": "abc"})
    assert sign_in(web.url, "admin", "pw") == "abc"
    assert web.requests == [("POST /auth/token", {"username": "admin", "password": "pw"})]


@pytest.fixture
def dags(web) -> Dags:
    """The DAGs of an Airflow that was started at noon and has no import errors."""
    web.answers[IMPORT_ERRORS] = (200, {"import_errors": []})
    return Dags(web.url, "token", START)


def parsed(**moments: str | None) -> tuple[int, object]:
    """Return a list of DAGs with the time that each was read."""
    return 200, {"dags": [{"dag_id": d, "last_parsed_time": t} for d, t in moments.items()]}


def test_dags_are_known_once_all_are_parsed(web, dags: Dags) -> None:
    """Both of the product's DAGs are needed."""
    web.answers[DAGS] = parsed(**{TRAIN_DAG: AFTER})
    assert not dags.are_known()
    web.answers[DAGS] = parsed(**{TRAIN_DAG: AFTER, SCORE_DAG: AFTER, "another": None})
    assert dags.are_known()


def test_dags_parsed_before_the_start_do_not_count(web, dags: Dags) -> None:
    """A DAG file may have changed since."""
    web.answers[DAGS] = parsed(**{TRAIN_DAG: AFTER, SCORE_DAG: BEFORE})
    assert not dags.are_known()


def test_airflow_that_does_not_answer_yet_is_retried(dags: Dags) -> None:
    """A 404 of a server that is still starting is no reason to give up."""
    assert not dags.are_known()


def test_dag_import_error_is_reported(web, dags: Dags) -> None:
    """The sentence has the file and the last line of the traceback; old errors do not count."""
    found = {"filename": "one.py", "stack_trace": "Traceback:\n  ...\nImportError: no x\n"}
    web.answers[IMPORT_ERRORS] = (200, {"import_errors": [{**found, "timestamp": BEFORE}]})
    assert not dags.are_known()
    web.answers[IMPORT_ERRORS] = (200, {"import_errors": [{**found, "timestamp": AFTER}]})
    with pytest.raises(LaunchError, match=r"one\.py cannot be imported: ImportError: no x$"):
        dags.are_known()
