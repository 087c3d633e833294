"""Ready means what the service itself says, not that something listens."""

from datetime import UTC, datetime

import pytest

from compose.launcher.errors import LaunchError
from compose.launcher.readiness import (
    DETECTION,
    SCORING,
    Dags,
    airflow_is_healthy,
    answers,
    sign_in,
)

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


def test_nobody_there_is_not_ready(web) -> None:
    """A refused connection is an answer, not an error."""
    address = web.url
    web.server.socket.close()
    assert not answers(address)
    assert not airflow_is_healthy(address)


def test_an_error_is_not_ready(web) -> None:
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


def test_signing_in_gives_the_token(web) -> None:
    """The account goes in the body, the token comes out of it."""
    web.answers["POST /auth/token"] = (201, {"access_token": "abc"})
    assert sign_in(web.url, "admin", "pw") == "abc"
    assert web.asked == [("POST /auth/token", {"username": "admin", "password": "pw"})]


@pytest.fixture
def dags(web) -> Dags:
    """The DAGs of an Airflow that was started at noon and has no import errors."""
    web.answers[IMPORT_ERRORS] = (200, {"import_errors": []})
    return Dags(web.url, "token", START)


def parsed(**moments: str | None) -> tuple[int, object]:
    """Return a list of DAGs with the time that each was read."""
    return 200, {"dags": [{"dag_id": d, "last_parsed_time": t} for d, t in moments.items()]}


def test_dags_are_known_once_all_were_read(web, dags: Dags) -> None:
    """Both of the product's DAGs have to be there."""
    web.answers[DAGS] = parsed(**{DETECTION: AFTER})
    assert not dags.are_known()
    web.answers[DAGS] = parsed(**{DETECTION: AFTER, SCORING: AFTER, "another": None})
    assert dags.are_known()


def test_what_an_earlier_start_read_does_not_count(web, dags: Dags) -> None:
    """A DAG file may have changed since."""
    web.answers[DAGS] = parsed(**{DETECTION: AFTER, SCORING: BEFORE})
    assert not dags.are_known()


def test_an_airflow_that_does_not_answer_is_asked_again(dags: Dags) -> None:
    """A 404 of a server that is still starting is no reason to give up."""
    assert not dags.are_known()


def test_a_dag_file_that_cannot_be_imported_is_named(web, dags: Dags) -> None:
    """The sentence has the file and the last line of the traceback; old errors do not count."""
    found = {"filename": "one.py", "stack_trace": "Traceback:\n  ...\nImportError: no x\n"}
    web.answers[IMPORT_ERRORS] = (200, {"import_errors": [{**found, "timestamp": BEFORE}]})
    assert not dags.are_known()
    web.answers[IMPORT_ERRORS] = (200, {"import_errors": [{**found, "timestamp": AFTER}]})
    with pytest.raises(LaunchError, match=r"one\.py cannot be imported: ImportError: no x$"):
        dags.are_known()
