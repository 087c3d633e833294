"""A job from click to end: its steps, its log, and what can be done about it."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from app.services.jobs.service import CANCELLED, Jobs
from app.services.jobs.types import Job, JobState, Progress, TaskProgress
from app.services.runs.types import Run
from app.ui.jobs import labels
from app.ui.kit import context, errors, html, layout, navigation, text
from app.ui.kit.inputs import Action, download, offer, outward

BEAT = 1.0
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


def follow(jobs: Jobs, dag_run_id: str) -> Progress | None:
    """Draw the job, every second while it runs; return it once it has ended."""
    ended = st.session_state.get(_ended(dag_run_id))
    errors.live("Progress", None if ended else BEAT)(_draw)(jobs, dag_run_id)
    return st.session_state.get(_ended(dag_run_id))


def _ended(dag_run_id: str) -> str:
    """Where the last word on a job is kept."""
    return f"ended-{dag_run_id}"


def _draw(jobs: Jobs, dag_run_id: str) -> None:
    """One look at the job; the page is drawn anew when it has just ended."""
    known: Progress | None = st.session_state.get(_ended(dag_run_id))
    progress = known or jobs.progress(dag_run_id)
    with layout.card("progress"):
        _head(progress)
        _steps(progress.tasks)
        _hindrance(progress)
        _log(jobs, progress)
        _actions(jobs, progress)
    if progress.ended and not known:
        st.session_state[_ended(dag_run_id)] = progress
        st.rerun()


def _head(progress: Progress) -> None:
    """State, elapsed time, who asked, and the pages of this very run elsewhere."""
    job = progress.job
    with st.container(horizontal=True, vertical_alignment="center"):
        clock = html.words(text.duration(job.seconds), cls="ac-big", title="Since it was triggered")
        asked = html.words(f"Asked by {job.requested_by or 'unknown'} · {text.ago(job.queued)}")
        exact = text.exact(job.queued, context.zone())
        who = html.tag("span", asked, cls="ac-sub ac-cut", title=f"{exact}\n{job.dag_run_id}")
        st.html(html.tag("div", labels.job_pill(job.state) + clock + who, cls="ac-row"))
        outward("Airflow", job.url, "This run in Airflow")
        if address := progress.score_run_url or progress.train_run_url:
            outward("MLflow", address, "This run in MLflow")


def _steps(tasks: Sequence[TaskProgress]) -> None:
    """The tasks in the order they run."""
    st.html(html.tag("ol", "".join(_step(task) for task in tasks), cls="ac-steps"))


def _step(task: TaskProgress) -> str:
    """One task: what it does, its state and its time."""
    label, _ = labels.TASK_STATES.get(task.state, ("", ""))
    name = html.words(labels.TASKS.get(task.task_id, task.task_id), cls="ac-cut")
    spent = text.duration(task.seconds) if task.seconds else "not started"
    again = f" · try {task.attempt}" if task.attempt > 1 else ""
    inner = html.tag("div", name + labels.task_pill(task.state), cls="ac-step-head")
    inner += html.tag("div", escape(spent + again), cls="ac-sub ac-num")
    return html.tag("li", inner, cls=f"ac-step is-{_TONES.get(label, 'idle')}")


def _hindrance(progress: Progress) -> None:
    """The first error, or why nothing happens."""
    if progress.error.startswith(CANCELLED):
        errors.notice("The run was cancelled", progress.error, "warn")
    elif progress.error:
        task = labels.TASKS.get(progress.log_task, progress.log_task)
        errors.notice(f"“{task}” failed", progress.error)
    elif progress.waiting:
        errors.notice("Waiting to start", progress.waiting, "warn")


def _log(jobs: Jobs, progress: Progress) -> None:
    """The end of the log in a box that keeps its height; folded away once all went well."""
    task = labels.TASKS.get(progress.log_task, progress.log_task)
    heading = f"Log of “{task}”" if task else "Log"
    if progress.job.state is JobState.SUCCESS:
        with st.expander(heading, key="log-folded"):
            _log_lines(jobs, progress)
    else:
        layout.section(heading)
        _log_lines(jobs, progress)


def _log_lines(jobs: Jobs, progress: Progress) -> None:
    """The lines, and the whole log to take away."""
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


def _actions(jobs: Jobs, progress: Progress) -> None:
    """Cancel while it runs, retry when it failed."""
    if not context.operator().can_trigger:
        return
    dag_run_id = progress.job.dag_run_id
    if not progress.ended:
        offer(CANCEL, f"cancel-{dag_run_id}", lambda: jobs.cancel(dag_run_id))
    elif progress.job.state is JobState.FAILED:
        offer(RETRY, f"retry-{dag_run_id}", lambda: _retry(jobs, dag_run_id))


def _retry(jobs: Jobs, dag_run_id: str) -> None:
    """Start the failed tasks again and follow them anew."""
    jobs.retry(dag_run_id)
    st.session_state.pop(_ended(dag_run_id), None)


def in_progress(jobs: Sequence[Job]) -> None:
    """One line for each job under way, with the way to follow it."""
    for job in jobs:
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"job-{job.dag_run_id}"
        ):
            facts = html.words(f"{labels.JOB_KINDS[job.kind]} by {job.requested_by or 'unknown'}")
            time = html.words(text.duration(job.seconds), cls="ac-sub ac-num")
            st.html(html.tag("div", labels.job_pill(job.state) + facts + time, cls="ac-row"))
            if st.button("Follow", key=f"follow-{job.dag_run_id}", type="tertiary"):
                navigation.go(labels.JOB_PAGES[job.kind], run=job.dag_run_id)


def training(progress: Progress) -> None:
    """The new model and what it found in its own data."""
    with layout.card("result"):
        layout.title("The model is trained and its data set scored")
        model, scored = (
            context.console().runs.get(progress.train_run_id),
            context.console().runs.get(progress.score_run_id),
        )
        recall, auc = model.metrics.get("injected_recall"), model.metrics.get("injected_auc")
        st.html(
            html.facts(
                [
                    *_scored(scored),
                    ("Planted anomalies caught", html.words(text.percent(recall))),
                    ("AUC on planted anomalies", html.words(text.number(auc, 3))),
                    ("Training time", _seconds(model, "training_seconds")),
                    ("Scoring time", _seconds(scored, "scoring_seconds")),
                ]
            )
        )
        _next(scored)


def scoring(progress: Progress) -> None:
    """What the model found in the data set, and the file to take away."""
    with layout.card("result"):
        layout.title("The rows are scored")
        scored = context.console().runs.get(progress.score_run_id)
        drift = scored.metrics.get("drift_max")
        st.html(
            html.facts(
                [
                    *_scored(scored),
                    ("Model", _model(scored)),
                    ("Largest drift", html.words(text.number(drift, 3))),
                    ("Scoring time", _seconds(scored, "scoring_seconds")),
                ]
            )
        )
        _next(scored, with_download=True)


def _model(scored: Run) -> str:
    """Which model has scored, and how it was chosen."""
    chosen = scored.tags.get("model_chosen_as", "")
    how = {"champion": "Champion", "challenger": "Challenger", "latest": "Latest"}.get(chosen)
    name = f"{how or 'Run'} {scored.model_run_id[:8]}"
    address = f"/models?model={scored.model_run_id}"
    return html.tag("a", html.words(name), href=address, target="_self", cls="ac-link")


def _scored(run: Run) -> list[tuple[str, str]]:
    """Rows and anomalies of a score run."""
    return [
        ("Anomaly rate", html.words(text.percent(run.metrics.get("anomaly_rate")))),
        ("Rows", html.words(text.number(run.metrics.get("rows")))),
    ]


def _seconds(run: Run, metric: str) -> str:
    """A time that the run logged."""
    return html.words(text.duration(run.metrics.get(metric)))


def _next(scored: Run, *, with_download: bool = False) -> None:
    """Where to go from here."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Explore anomalies", type="primary", icon=":material/scatter_plot:"):
            navigation.go("anomalies", run=scored.run_id)
        if with_download:
            download(
                "Download the scored CSV", context.console().scoring.scored_csv_url(scored.run_id)
            )
        if st.button("Open the run"):
            navigation.go("runs", run=scored.run_id)
