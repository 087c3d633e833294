"""What jobs, their tasks and their states are called on every page."""

from app.services.jobs.types import JobState
from app.ui.kit import html

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
JOB_PAGES = {"train": "retrain", "score": "score"}
JOB_KINDS = {"train": "Retraining", "score": "Scoring"}
TASKS = {"train_model": "Train the model", "score_model": "Score the rows"}


def job_pill(state: JobState) -> str:
    """Pill of an Airflow run's state."""
    return html.pill(*JOB_STATES[state])


def task_pill(state: str) -> str:
    """Pill of a task's state; a state Airflow adds one day is shown by its own name."""
    return html.pill(*TASK_STATES.get(state, (state.replace("_", " ").capitalize(), "idle")))
