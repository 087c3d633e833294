"""States in the operator's words, each with its colour."""

from app.services.jobs.types import JobState
from app.services.runs.types import RunKind, RunStatus
from app.services.system.service import Status
from app.ui.kit import html

RUN_STATES: dict[RunStatus, tuple[str, html.Tone]] = {
    RunStatus.SCHEDULED: ("Scheduled", "idle"),
    RunStatus.RUNNING: ("Running", "busy"),
    RunStatus.FINISHED: ("Finished", "ok"),
    RunStatus.FAILED: ("Failed", "bad"),
    RunStatus.KILLED: ("Cancelled", "warn"),
}
JOB_STATES: dict[JobState, tuple[str, html.Tone]] = {
    JobState.QUEUED: ("Queued", "idle"),
    JobState.RUNNING: ("Running", "busy"),
    JobState.SUCCESS: ("Finished", "ok"),
    JobState.FAILED: ("Failed", "bad"),
}
TASK_STATES: dict[str, tuple[str, html.Tone]] = {
    "none": ("Waiting", "idle"),
    "scheduled": ("Scheduled", "idle"),
    "queued": ("Queued", "idle"),
    "running": ("Running", "busy"),
    "restarting": ("Restarting", "busy"),
    "up_for_retry": ("Retrying soon", "warn"),
    "up_for_reschedule": ("Waiting", "idle"),
    "success": ("Done", "ok"),
    "failed": ("Failed", "bad"),
    "upstream_failed": ("Not run", "idle"),
    "skipped": ("Skipped", "idle"),
    "removed": ("Removed", "idle"),
}
SERVICE_STATES: dict[Status, tuple[str, html.Tone]] = {
    Status.HEALTHY: ("Healthy", "ok"),
    Status.DEGRADED: ("Degraded", "warn"),
    Status.DOWN: ("Down", "bad"),
}
KINDS = {RunKind.TRAIN: "Training", RunKind.SCORE: "Scoring"}
JOB_PAGES = {"train": "retrain", "score": "score"}
JOB_KINDS = {"train": "Retraining", "score": "Scoring"}
TASKS = {"train_model": "Train the model", "score_model": "Score the rows"}
ROLE_NAMES = {
    "numeric": "Number",
    "categorical": "Category",
    "date": "Date",
    "ignored": "Ignored",
}


def run_pill(status: RunStatus) -> str:
    """Pill of an MLflow run's state."""
    return html.pill(*RUN_STATES[status])


def job_pill(state: JobState) -> str:
    """Pill of an Airflow run's state."""
    return html.pill(*JOB_STATES[state])


def task_pill(state: str) -> str:
    """Pill of a task's state; a state Airflow adds one day is shown by its own name."""
    return html.pill(*TASK_STATES.get(state, (state.replace("_", " ").capitalize(), "idle")))


def service_pill(status: Status, title: str = "") -> str:
    """Pill of a service's health."""
    return html.pill(*SERVICE_STATES[status], title=title)
