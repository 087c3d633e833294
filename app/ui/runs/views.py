"""One run: what it was asked, what it measured, its files and where it comes from."""

from collections.abc import Mapping
from pathlib import PurePosixPath

import streamlit as st

from app.services.runs.types import Artifact, Run, RunKind, Stage
from app.ui import cached
from app.ui.jobs.parameters import title_of
from app.ui.kit import context, html, layout, states, text
from app.ui.kit.inputs import download, outward

SHARES = {
    "anomaly_rate": "Anomaly rate",
    "injected_recall": "Planted anomalies caught",
    "unseen_category_rate": "Unseen categories",
    "missing_rate": "Missing values",
}
TIMES = {"training_seconds": "Training time", "scoring_seconds": "Scoring time"}
COUNTS = {
    "rows": "Rows",
    "features": "Features",
    "rows_per_second": "Rows per second",
    "drifted_features": "Drifted features",
}
OTHERS = {
    "threshold": "Threshold",
    "score_threshold": "Flagged below score",
    "injected_auc": "AUC on planted anomalies",
    "drift_max": "Largest drift",
}
TITLES = SHARES | TIMES | COUNTS | OTHERS
_INTERNAL = "mlflow."


def metric_title(name: str) -> str:
    """How a metric is called on every page."""
    return TITLES.get(name, name)


def metric(name: str, value: float) -> str:
    """A metric in the unit it is read in."""
    if name in SHARES:
        return text.percent(value, 2)
    if name in TIMES:
        return text.duration(value)
    return text.number(value) if name in COUNTS else text.number(value, 4)


def model_words(model: Run) -> str:
    """A train run by what its model was trained with, and when."""
    asked = [model.params.get(name) for name in ("n_estimators", "contamination")]
    what = "{} trees, {}".format(*asked) if all(asked) else text.shorten(model.name, 20)
    return f"{what} · {text.minute(model.started, context.zone())[5:]} · {model.run_id[:6]}"


def head(run: Run, dataset: str) -> None:
    """State, times, who asked, on which data, and the way to MLflow."""
    zone = context.zone()
    kind = states.KINDS[run.kind] if run.kind else text.ABSENT
    with st.container(horizontal=True, vertical_alignment="center"):
        started = html.words(text.ago(run.started), title=text.exact(run.started, zone))
        ended = html.words(text.ago(run.ended), title=text.exact(run.ended, zone))
        st.html(
            html.facts(
                [
                    ("Status", states.run_pill(run.status)),
                    ("Kind", html.words(kind)),
                    ("Data set", html.words(dataset, title=dataset)),
                    ("Duration", html.words(text.duration(run.seconds))),
                    ("Started", started),
                    ("Ended", ended),
                    (
                        "Asked by",
                        html.words(run.requested_by or text.ABSENT, title=run.requested_by),
                    ),
                    ("Id", html.words(run.run_id, cls="ac-code", title=run.run_id)),
                ],
                cls="ac-eight",
            )
        )


def links(run: Run, dag_run_url: str) -> None:
    """The very run in MLflow and in Airflow."""
    if dag_run_url:
        outward("Airflow", dag_run_url, "The run in Airflow that did the work")
    if run.url:
        outward("MLflow", run.url, "This run in MLflow")


def numbers(run: Run) -> None:
    """Parameters and metrics beside each other, tags below."""
    left, right = st.columns(2)
    with left, layout.card("parameters", height="stretch"):
        layout.title("Parameters")
        _rows({title_of(name): value for name, value in sorted(run.params.items())})
    with right, layout.card("metrics", height="stretch"):
        layout.title("Metrics")
        known = {name: run.metrics[name] for name in TITLES if name in run.metrics}
        rest = {name: run.metrics[name] for name in sorted(run.metrics) if name not in TITLES}
        _rows({metric_title(n): metric(n, value) for n, value in (known | rest).items()})
    with layout.card("tags"):
        layout.title("Tags")
        tags = {name: run.tags[name] for name in sorted(run.tags)}
        _rows({name: value for name, value in tags.items() if not name.startswith(_INTERNAL)})


def _rows(values: Mapping[str, str]) -> None:
    """Names at the left, values at the right."""
    if not values:
        st.caption("None recorded.")
        return
    items = [(name, html.words(value, title=value)) for name, value in values.items()]
    st.html(html.facts(items, cls="ac-rows"))


def can_explore(run: Run) -> bool:
    """Tell whether the run has scored rows to look at."""
    return run.kind is RunKind.SCORE and run.finished


def can_score(run: Run) -> bool:
    """Tell whether the run has a model to score with."""
    return run.kind is RunKind.TRAIN and run.finished and run.stage is Stage.SHOWN


def can_repeat(run: Run) -> bool:
    """Tell whether Airflow knows what the run was triggered with."""
    return run.kind is RunKind.TRAIN and bool(run.dag_run_id)


PREVIEW_LIMIT = 8_000_000
PREVIEW_HEIGHT = 520
PICTURES = {".png", ".jpg", ".jpeg"}
TEXTS = {".txt", ".json", ".yaml", ".yml", ".md", ".log"}
PAGES = {".html"}


def files(run_id: str) -> None:
    """The list at the left, the chosen file at the right."""
    found = cached.artifacts(run_id)
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
                index=_first_shown(found),
                format_func=lambda each: each.path,
                label_visibility="collapsed",
                width="stretch",
            )
    with right, layout.card("preview", height="stretch"):
        _head(chosen)
        _preview(run_id, chosen)


def _first_shown(found: list[Artifact]) -> int:
    """Position of the first picture, which says most at a glance."""
    return next((i for i, each in enumerate(found) if _kind(each) in PICTURES), 0)


def _kind(artifact: Artifact) -> str:
    """The file's suffix."""
    return PurePosixPath(artifact.path).suffix.lower()


def _head(artifact: Artifact) -> None:
    """Name, size and download."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        name = PurePosixPath(artifact.path).name
        layout.title(name, text.size(artifact.size_bytes), artifact.path)
        download("Download", artifact.url, title=artifact.path)


def _preview(run_id: str, artifact: Artifact) -> None:
    """The file itself where it can be shown."""
    kind = _kind(artifact)
    if artifact.size_bytes > PREVIEW_LIMIT:
        st.caption("Too large to show here; download it.")
    elif kind in PICTURES:
        st.image(cached.artifact_bytes(run_id, artifact.path), width="content", alt=artifact.path)
    elif kind in PAGES:
        # The server sends it with a policy that keeps it from the console's own session.
        st.iframe(f"{artifact.url}?view", height=PREVIEW_HEIGHT)
    elif kind in TEXTS:
        st.code(cached.artifact_text(run_id, artifact.path), language=None, height=PREVIEW_HEIGHT)
    else:
        st.html(html.tag("div", "No preview for this kind of file.", cls="ac-sub"))
