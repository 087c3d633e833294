"""Facts, parameters, metrics and files of one run."""

from collections.abc import Mapping
from pathlib import PurePosixPath

import streamlit as st

from app.services.runs.service import Artifact
from app.ui.kit import context, html, layout, text
from app.ui.kit.inputs import download, outward
from app.ui.runs.labels import KINDS, METRICS, RUN_STATES, metric, metric_title, parameter_title
from pipeline.tracking.runs import Run, RunKind, Stage

PREVIEW_LIMIT = 8_000_000
PREVIEW_HEIGHT = 520
IMAGES = {".png", ".jpg", ".jpeg"}
TEXTS = {".txt", ".json", ".yaml", ".yml", ".md", ".log"}
PAGES = {".html"}


def head(run: Run, dataset_name: str) -> None:
    """State, times, operator and data set of a run."""
    zone = context.zone()
    started = html.span(text.ago(run.started), title=text.exact(run.started, zone))
    ended = html.span(text.ago(run.ended), title=text.exact(run.ended, zone))
    who = html.span(run.requested_by or text.ABSENT, title=run.requested_by)
    facts = [
        ("Status", html.pill(*RUN_STATES[run.status])),
        ("Kind", html.span(KINDS[run.kind] if run.kind else text.ABSENT)),
        ("Data set", html.span(dataset_name, title=dataset_name)),
        ("Duration", html.span(text.duration(run.seconds))),
        ("Started", started),
        ("Ended", ended),
        ("Triggered by", who),
        ("Id", html.span(run.run_id, cls="ac-code", title=run.run_id)),
    ]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(html.facts(facts, cls="ac-eight"))


def links(run: Run, job_url: str) -> None:
    """Link to the run in MLflow, and to the job in Airflow."""
    if job_url:
        outward("Airflow", job_url, "The run in Airflow that did the work")
    mlflow_url = context.console().links.run(run.experiment_id, run.run_id)
    outward("MLflow", mlflow_url, "This run in MLflow")


def numbers(run: Run) -> None:
    """Parameters and metrics beside each other, tags below."""
    left, right = st.columns(2)
    with left, layout.card("parameters", height="stretch"):
        layout.title("Parameters")
        _rows({parameter_title(name): value for name, value in sorted(run.params.items())})
    with right, layout.card("metrics", height="stretch"):
        layout.title("Metrics")
        known = [name for name in METRICS if name in run.metrics]
        names = [*known, *sorted(set(run.metrics) - set(known))]
        _rows({metric_title(name): metric(name, run.metrics[name]) for name in names})
    with layout.card("tags"):
        layout.title("Tags")
        _rows(dict(sorted(run.tags.items())))


def _rows(values: Mapping[str, str]) -> None:
    """List names with their values."""
    if not values:
        st.caption("None recorded.")
        return
    items = [(name, html.span(value, title=value)) for name, value in values.items()]
    st.html(html.facts(items, cls="ac-rows"))


def can_explore(run: Run) -> bool:
    """Tell whether the run has scored rows to look at."""
    return run.kind is RunKind.SCORE and run.finished


def can_score(run: Run) -> bool:
    """Tell whether the run has a model to score with."""
    return run.kind is RunKind.TRAIN and run.finished and run.stage is Stage.ACTIVE


def can_repeat(run: Run) -> bool:
    """Tell whether Airflow knows the parameters that the run was triggered with."""
    return run.kind is RunKind.TRAIN and bool(run.dag_run_id)


def files(run_id: str) -> None:
    """List the files of a run beside the chosen one."""
    found = context.console().runs.artifacts(run_id)
    if not found:
        with layout.card("artifacts"):
            layout.empty("No files", "A run stores its files when it finishes.")
        return
    left, right = st.columns([2, 3])
    with left, layout.card("artifacts", height="stretch"):
        layout.title("Files", text.plural(len(found), "file"))
        with st.container(key="file-list"):
            chosen = st.radio(
                "File",
                found,
                index=next((i for i, each in enumerate(found) if _suffix(each) in IMAGES), 0),
                format_func=lambda each: each.path,
                label_visibility="collapsed",
                width="stretch",
            )
    with right, layout.card("preview", height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            name = PurePosixPath(chosen.path).name
            layout.title(name, text.size(chosen.size_bytes), chosen.path)
            download("Download", chosen.url, title=chosen.path)
        _preview(run_id, chosen)


def _suffix(artifact: Artifact) -> str:
    return PurePosixPath(artifact.path).suffix.lower()


def _preview(run_id: str, artifact: Artifact) -> None:
    """Show the content of a file where that is possible."""
    runs, suffix = context.console().runs, _suffix(artifact)
    if artifact.size_bytes > PREVIEW_LIMIT:
        st.caption("Too large to show here; download it.")
    elif suffix in IMAGES:
        st.image(runs.image(run_id, artifact.path), width="content", alt=artifact.path)
    elif suffix in PAGES:
        # The server sends it with a policy that keeps it from the console's own session.
        st.iframe(f"{artifact.url}?view", height=PREVIEW_HEIGHT)
    elif suffix in TEXTS:
        st.code(runs.text(run_id, artifact.path), language=None, height=PREVIEW_HEIGHT)
    else:
        st.html(html.tag("div", "No preview for this kind of file.", cls="ac-sub"))
