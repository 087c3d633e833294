"""The progress of a job: its steps, its log, its result, and how to cancel or retry it."""

from html import escape
from typing import Any

import streamlit as st

from app.services.jobs.service import CANCELLED, Jobs, recent_jobs
from app.services.jobs.types import JobState, Progress, TaskProgress
from app.ui.jobs import labels
from app.ui.kit import context, errors, html, layout, navigation, text
from app.ui.kit.context import console
from app.ui.kit.inputs import Action, download, offer, outward
from pipeline.tracking.runs import Run, RunKind

REFRESH_SECONDS = 1.0
LOG_HEIGHT = 260
CANCEL = Action(
    "Cancel",
    busy="Cancelling …",
    failed="The run was not cancelled",
    icon=":material/stop_circle:",
    help="Ends the run; what it finished so far is kept",
)
RETRY = Action(
    "Retry the failed tasks",
    busy="Retrying …",
    failed="The run was not started again",
    icon=":material/replay:",
    help="The same run goes on with the same parameters",
)
_TONES = {"Done": "ok", "Running": "busy", "Failed": "bad"}


def follow(jobs: Jobs[Any], dag_run_id: str) -> None:
    """Draw the job, every second while it runs, and its result once it has succeeded."""
    key = f"ended-{dag_run_id}"
    ended: Progress | None = st.session_state.get(key)
    errors.live("Progress", None if ended else REFRESH_SECONDS)(_draw)(jobs, dag_run_id, key)
    if ended and ended.job.state is JobState.SUCCESS:
        with errors.guarded("The result"):
            _result(ended)


def _draw(jobs: Jobs[Any], dag_run_id: str, key: str) -> None:
    """Draw the job as it is now; the page is drawn again when it has just ended."""
    known: Progress | None = st.session_state.get(key)
    progress = known or jobs.progress(dag_run_id)
    with layout.card("progress"):
        _head(progress)
        steps = "".join(_step(task) for task in progress.tasks)
        st.html(html.tag("ol", steps, cls="ac-steps"))
        _notice(progress)
        _log(jobs, progress)
        _actions(jobs, progress, key)
    if progress.ended and not known:
        st.session_state[key] = progress
        st.rerun()


def _head(progress: Progress) -> None:
    """State, elapsed time, who triggered it, and links to its pages in Airflow and MLflow."""
    job = progress.job
    with st.container(horizontal=True, vertical_alignment="center"):
        clock = html.span(text.duration(job.seconds), cls="ac-big", title="Since it was triggered")
        trigger = html.span(
            f"Triggered by {job.requested_by or 'unknown'} · {text.ago(job.queued)}"
        )
        exact = text.exact(job.queued, context.zone())
        who = html.tag("span", trigger, cls="ac-sub ac-cut", title=f"{exact}\n{job.dag_run_id}")
        st.html(html.tag("div", labels.job_pill(job.state) + clock + who, cls="ac-row"))
        outward("Airflow", job.url, "This run in Airflow")
        if address := progress.score_run_url or progress.train_run_url:
            outward("MLflow", address, "This run in MLflow")


def _step(task: TaskProgress) -> str:
    """One task: what it does, its state and its duration."""
    label, _ = labels.TASK_STATES.get(task.state, ("", ""))
    name = html.span(labels.TASKS.get(task.task_id, task.task_id), cls="ac-cut")
    spent = text.duration(task.seconds) if task.seconds else "not started"
    again = f" · attempt {task.attempt}" if task.attempt > 1 else ""
    inner = html.tag("div", name + labels.task_pill(task.state), cls="ac-step-head")
    inner += html.tag("div", escape(spent + again), cls="ac-sub ac-num")
    return html.tag("li", inner, cls=f"ac-step is-{_TONES.get(label, 'idle')}")


def _notice(progress: Progress) -> None:
    """Show the first error, or why the job has not started."""
    if progress.error.startswith(CANCELLED):
        errors.notice("The run was cancelled", progress.error, "warn")
    elif progress.error:
        task = labels.TASKS.get(progress.log_task, progress.log_task)
        errors.notice(f"“{task}” failed", progress.error)
    elif progress.waiting:
        errors.notice("Waiting to start", progress.waiting, "warn")


def _log(jobs: Jobs[Any], progress: Progress) -> None:
    """The end of the log in a box of fixed height; collapsed once the job has succeeded."""
    task = labels.TASKS.get(progress.log_task, progress.log_task)
    heading = f"Log of “{task}”" if task else "Log"
    if progress.job.state is JobState.SUCCESS:
        with st.expander(heading, key="log-folded"):
            _log_lines(jobs, progress)
    else:
        layout.section(heading)
        _log_lines(jobs, progress)


def _log_lines(jobs: Jobs[Any], progress: Progress) -> None:
    """The lines, and a download of the whole log."""
    lines = "\n".join(progress.log) or "The log begins when the first task does."
    with st.container(height=LOG_HEIGHT, autoscroll=True, key="log-box"):
        st.html(html.tag("pre", escape(lines), cls="ac-log"))
    if progress.log_task and progress.ended:
        st.download_button(
            "Download the whole log",
            data=lambda: jobs.log(progress.job.dag_run_id, progress.log_task),
            file_name=f"{progress.job.dag_run_id}-{progress.log_task}.log",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )


def _actions(jobs: Jobs[Any], progress: Progress, key: str) -> None:
    """Cancel while it runs, retry when it failed."""
    if not context.operator().can_trigger:
        return
    dag_run_id = progress.job.dag_run_id
    if not progress.ended:
        offer(CANCEL, f"cancel-{dag_run_id}", lambda: jobs.cancel(dag_run_id))
    elif progress.job.state is JobState.FAILED:
        offer(RETRY, f"retry-{dag_run_id}", lambda: _retry(jobs, dag_run_id, key))


def _retry(jobs: Jobs[Any], dag_run_id: str, key: str) -> None:
    """Start the failed tasks again and follow them again."""
    jobs.retry(dag_run_id)
    st.session_state.pop(key, None)


def unfinished_jobs() -> None:
    """One line for each queued or running job, with a button to follow it."""
    unfinished = (JobState.QUEUED, JobState.RUNNING)
    for job in recent_jobs(console().training, console().scoring, states=unfinished):
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"job-{job.dag_run_id}"
        ):
            facts = html.span(f"{labels.JOB_KINDS[job.kind]} by {job.requested_by or 'unknown'}")
            time = html.span(text.duration(job.seconds), cls="ac-sub ac-num")
            st.html(html.tag("div", labels.job_pill(job.state) + facts + time, cls="ac-row"))
            if st.button("Follow", key=f"follow-{job.dag_run_id}", type="tertiary"):
                navigation.go(labels.JOB_PAGES[job.kind], run=job.dag_run_id)


def _result(progress: Progress) -> None:
    """The figures of a finished job, and where to go from here."""
    scored = console().runs.get(progress.score_run_id)
    trains = progress.job.kind == RunKind.TRAIN
    with layout.card("result"):
        layout.title(
            "The model is trained and its data set scored" if trains else "The rows are scored"
        )
        facts = [
            ("Anomaly rate", html.span(text.percent(scored.metrics.get("anomaly_rate")))),
            ("Rows", html.span(text.number(scored.metrics.get("rows")))),
            *(_training_facts(progress.train_run_id) if trains else _scoring_facts(scored)),
            ("Scoring time", _duration(scored, "scoring_seconds")),
        ]
        st.html(html.facts(facts))
        _next(scored, with_download=not trains)


def _training_facts(run_id: str) -> list[tuple[str, str]]:
    """How well the new model detects injected anomalies, and how long it took."""
    model = console().runs.get(run_id)
    recall, auc = model.metrics.get("injected_recall"), model.metrics.get("injected_auc")
    return [
        ("Injected recall", html.span(text.percent(recall))),
        ("Injected AUC", html.span(text.number(auc, 3))),
        ("Training time", _duration(model, "training_seconds")),
    ]


def _scoring_facts(scored: Run) -> list[tuple[str, str]]:
    """Which model has scored, how it was chosen, and how far the data has drifted."""
    chosen = scored.tags.get("model_chosen_as", "")
    how = {"champion": "Champion", "challenger": "Challenger", "latest": "Latest"}.get(chosen)
    name = html.span(f"{how or 'Run'} {scored.model_run_id[:8]}")
    address = f"/models?model={scored.model_run_id}"
    return [
        ("Model", html.tag("a", name, href=address, target="_self", cls="ac-link")),
        ("Largest drift", html.span(text.number(scored.metrics.get("drift_max"), 3))),
    ]


def _duration(run: Run, metric: str) -> str:
    """A duration that the run logged."""
    return html.span(text.duration(run.metrics.get(metric)))


def _next(scored: Run, *, with_download: bool) -> None:
    """Where to go from here."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Explore anomalies", type="primary", icon=":material/scatter_plot:"):
            navigation.go("anomalies", run=scored.run_id)
        if with_download:
            download("Download the scored CSV", console().scoring.scored_csv_url(scored.run_id))
        if st.button("Open the run"):
            navigation.go("runs", run=scored.run_id)
