"""Every status means one thing to the operator, whichever service answers it."""

import pytest

from app.clients.errors import Conflict, Forbidden, Unauthorized, from_status, unreachable
from pipeline.errors import NotFound, Rejected, Unreachable


@pytest.mark.parametrize(
    ("status", "detail", "kind"),
    [
        (400, "n_estimators: 2001 is greater than the maximum of 2000", Rejected),
        (401, "Not authenticated", Unauthorized),
        (403, "Invalid JWT token", Unauthorized),
        (403, "Forbidden", Forbidden),
        (404, "The Dag was not found", NotFound),
        (409, "exists already", Conflict),
        (422, "Input should be a valid integer", Rejected),
        (500, "Internal Server Error", Unreachable),
        (503, "", Unreachable),
    ],
)
def test_a_status_is_told_as_what_it_means(status, detail, kind):
    """A 403 for a dead token asks to sign in again; a 5xx counts as a service that is down."""
    assert type(from_status("Airflow", status, detail)) is kind


def test_only_the_first_line_of_a_detail_is_shown():
    """The schema dump that follows the sentence in Airflow's answer is left out."""
    error = from_status("Airflow", 400, "2001 is too large\n\nFailed validating 'maximum' in ...")
    assert error.message == str(error) == "2001 is too large"


def test_an_answer_without_a_reason_still_says_something():
    """An empty body gives a sentence with the service and the status."""
    assert from_status("MLflow", 418, " ").message == "MLflow answered with status 418"


def test_what_does_not_answer_is_named_with_its_address():
    """The operator reads which service is silent, and where."""
    error = unreachable("MLflow", "http://127.0.0.1:5000")
    assert error.service == "MLflow"
    assert error.message == "MLflow does not answer at http://127.0.0.1:5000."
