"""Following, cancelling and retrying one DAG's runs."""

from datetime import timedelta

import pytest

from app.clients.errors import Forbidden
from app.services.jobs.service import new_intent
from app.services.jobs.types import JobState, elapsed
from pipeline.errors import NotFound, Rejected, Unreachable
from pipeline.orchestration import TRAIN_DAG
from pipeline.params import TrainParams


def job_in(console, state):
    """Return the progress of the newest training in a state."""
    (job,) = console.training.recent(1, states=(state,))
    return console.training.progress(job.dag_run_id)


def test_running_job_shows_its_tasks_in_order(console):
    """Each task has its state, its time so far and its page in Airflow."""
    progress = job_in(console, JobState.RUNNING)
    assert [(task.task_id, task.state) for task in progress.tasks] == [
        ("train_model", "running"),
        ("score_model", "none"),
    ]
    assert progress.tasks[0].seconds > 10
    assert progress.tasks[0].url.endswith("/tasks/train_model")
    assert progress.tasks[1].seconds == 0
    assert (progress.ended, progress.error, progress.waiting) == (False, "", "")
    assert progress.log[-1].endswith("INFO fitting 200 trees")


def test_finished_job_links_to_its_runs(console):
    """The MLflow runs are found by the tag that the tasks set."""
    progress = job_in(console, JobState.SUCCESS)
    assert progress.ended
    assert progress.train_run_id
    assert progress.score_run_url.endswith(progress.score_run_id)


def test_failed_job_shows_its_first_error(console):
    """The sentence of the exception is on top, its log below, down to the frame."""
    progress = job_in(console, JobState.FAILED)
    assert progress.error.startswith("missing column 'weather_condition'")
    assert progress.log_task == "train_model"
    assert progress.log[-2:] == (
        "    /opt/pipeline/score.py:41 in score",
        f"    {progress.error}",
    )


def test_progress_has_the_end_of_the_log_and_the_download_all_of_it(console):
    """The page shows the last lines; the download has all of them, from every part."""
    progress = job_in(console, JobState.FAILED)
    jobs = console.training
    tail = jobs.progress(progress.job.dag_run_id, log_lines=1).log
    assert tail == progress.log[-1:]
    assert jobs.log(progress.job.dag_run_id, "train_model").splitlines() == list(progress.log)
    assert jobs.log(progress.job.dag_run_id, "score_model") == ""


def test_job_is_shown_without_mlflow(console, world):
    """What Airflow knows does not wait for MLflow."""
    world.stop("MLflow")
    progress = job_in(console, JobState.SUCCESS)
    assert (progress.job.state, progress.train_run_id) == (JobState.SUCCESS, "")


def test_unknown_job_is_not_found(console):
    """An address with a wrong run says so."""
    with pytest.raises(NotFound):
        console.training.progress("nowhere")


def test_queued_job_says_why_it_waits(console, world):
    """Paused DAG, silent scheduler, or others before it."""
    run_id = console.training.trigger(TrainParams(), new_intent())
    jobs = console.training
    assert jobs.progress(run_id).waiting == ""
    world.airflow.jobs[-1].queued -= timedelta(minutes=1)
    assert "Other runs come first" in jobs.progress(run_id).waiting
    world.airflow.scheduler = "unhealthy"
    assert "no sign of life" in jobs.progress(run_id).waiting
    world.airflow.paused.add(TRAIN_DAG)
    assert "paused" in jobs.progress(run_id).waiting


def test_job_is_cancelled_and_retried(console):
    """A cancelled job says by whom; a retried one is on its way again, and clean."""
    progress = job_in(console, JobState.RUNNING)
    jobs, run_id = console.training, progress.job.dag_run_id
    jobs.cancel(run_id)
    cancelled = jobs.progress(run_id)
    assert cancelled.job.state is JobState.FAILED
    assert cancelled.error == "Cancelled in the console by operator."
    jobs.retry(run_id)
    retried = jobs.progress(run_id)
    assert (retried.job.state, retried.error) == (JobState.QUEUED, "")


def test_retry_repeats_what_was_skipped_and_keeps_what_succeeded(console, world):
    """A cancelled run leaves its later tasks skipped; they are part of the work."""
    job = next(job for job in world.airflow.jobs if job.state == "failed")
    (first, _, started, ended), (second, *_) = job.tasks
    for states, repeated in (
        (("failed", "skipped"), [first, second]),
        (("success", "failed"), [second]),
    ):
        job.state = "failed"
        job.tasks = [(first, states[0], started, ended), (second, states[1], started, ended)]
        console.training.retry(job.dag_run_id)
        tasks = console.training.progress(job.dag_run_id).tasks
        assert [task.task_id for task in tasks if task.state == "none"] == repeated


def test_ended_job_cannot_be_cancelled(console):
    """Airflow would mark even a success as failed."""
    for state in (JobState.SUCCESS, JobState.FAILED):
        progress = job_in(console, state)
        with pytest.raises(Rejected, match="ended already"):
            console.training.cancel(progress.job.dag_run_id)


def test_only_a_failed_job_can_be_retried(console):
    """A success or a run under way stays as it is."""
    for state in (JobState.SUCCESS, JobState.RUNNING):
        progress = job_in(console, state)
        with pytest.raises(Rejected, match="failed"):
            console.training.retry(progress.job.dag_run_id)


def test_job_that_ended_before_a_task_failed_says_so(console, world):
    """A run that someone marked as failed in Airflow has no error line of its own."""
    run_id = console.training.trigger(TrainParams(), new_intent())
    world.airflow.jobs[-1].state = "failed"
    assert "ended before" in console.training.progress(run_id).error


def test_task_that_never_ran_has_no_log_to_show(console, world):
    """Airflow gives a skipped task a start as well."""
    job = next(job for job in world.airflow.jobs if job.state == "success")
    name, _, started, ended = job.tasks[1]
    job.tasks[1] = (name, "skipped", started, ended)
    assert console.training.progress(job.dag_run_id).log_task == "train_model"


@pytest.mark.parametrize(
    ("action", "state"), [("cancel", JobState.RUNNING), ("retry", JobState.FAILED)]
)
def test_viewer_changes_nothing(world, action, state):
    """Airflow refuses by role, and the refusal is passed on."""
    jobs = world.console("viewer").training
    (job,) = jobs.recent(1, states=(state,))
    with pytest.raises(Forbidden):
        getattr(jobs, action)(job.dag_run_id)


def test_recent_jobs_are_the_newest_of_their_states(console):
    """Five trainings; one failed."""
    jobs = console.training
    assert [job.state for job in jobs.recent(2)] == [JobState.RUNNING, JobState.FAILED]
    assert len(jobs.recent(10, states=(JobState.FAILED,))) == 1
    assert {job.requested_by for job in jobs.recent(10)} == {"operator"}


def test_dag_that_airflow_does_not_know_never_ran(world):
    """Until Airflow has read the DAG's file there is nothing to list."""
    console = world.console()
    console.training.dag_id = "not read yet"
    world.airflow.jobs.clear()
    assert console.training.recent() == ()


def test_airflow_down_is_raised(console, world):
    """A list of jobs does not pretend to be empty."""
    world.stop("Airflow")
    with pytest.raises(Unreachable):
        console.training.recent()


def test_unstarted_task_took_no_time():
    """Before a start there is nothing to count."""
    assert elapsed(None, None) == 0
