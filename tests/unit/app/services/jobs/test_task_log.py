"""Events of a task's log as lines, and the one that says what went wrong."""

from app.services.jobs.task_log import as_lines, first_error

INFO = {"timestamp": "2026-11-23T12:00:01Z", "level": "info", "event": "reading"}
CAUSE = {"exc_type": "ArrowInvalid", "exc_value": "bad row", "frames": []}
STOPPED_BY = {
    "exc_type": "DataError",
    "exc_value": "row 7 has 3 fields, the header has 4",
    "frames": [
        {"filename": "/venv/airflow/sdk/execution_time/task_runner.py", "lineno": 1, "name": "x"},
        {"filename": "steps.py", "lineno": 12, "name": "train_model"},
    ],
}
FAILURE = {
    "timestamp": "2026-11-23T12:00:02Z",
    "level": "error",
    "event": "Task failed with exception",
    "error_detail": [STOPPED_BY, CAUSE],
}


def test_event_is_a_line_with_its_time_and_level():
    """Texts without structure are kept as they are."""
    assert as_lines([INFO, "plain\ntwo lines"]) == ["12:00:01 INFO reading", "plain", "two lines"]


def test_what_airflow_folds_is_left_out_of_the_tail():
    """What surrounds a task is not the task's work; an error in it is shown all the same."""
    opening, closing = {"event": "::group::Pre Execute"}, {"event": "::endgroup::"}
    error = {"level": "error", "event": "cannot start"}
    events = [opening, "loading", error, closing, INFO]
    assert as_lines(events, folded=False) == ["ERROR cannot start", "12:00:01 INFO reading"]
    assert as_lines(events) == ["loading", "ERROR cannot start", "12:00:01 INFO reading"]


def test_traceback_is_written_below_its_event():
    """Frames first, without Airflow's own, then the exception, one after the other."""
    assert as_lines([FAILURE])[1:] == [
        "    steps.py:12 in train_model",
        "    row 7 has 3 fields, the header has 4",
        "    ArrowInvalid: bad row",
    ]


def test_exception_that_stopped_the_task_is_the_error():
    """Its sentence was written for the operator; the cause was not."""
    assert first_error([INFO, FAILURE]) == "row 7 has 3 fields, the header has 4"


def test_unexpected_exception_is_named():
    """Its message alone, such as a missing key, would say too little."""
    detail = {"exc_type": "KeyError", "exc_value": "'weather'"}
    assert first_error([FAILURE | {"error_detail": [detail]}]) == "KeyError: 'weather'"


def test_without_an_exception_the_first_error_line_counts():
    """A killed process leaves a line, not a traceback."""
    killed = {"level": "critical", "event": "Process killed by signal 9\nsee the docs"}
    assert first_error(["text", INFO, killed, FAILURE | {"error_detail": None}]) == (
        "Process killed by signal 9"
    )


def test_log_without_errors_has_none():
    """Nothing is made up."""
    assert first_error([INFO, "error: only a text"]) == ""
