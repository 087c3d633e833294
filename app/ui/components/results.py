"""What a finished job found, in numbers, and where to go next."""

import streamlit as st

from app.services.jobs import Progress
from app.services.runs import Run
from app.ui import cached, context, html, navigation, text
from app.ui.components import layout
from app.ui.components.actions import download


def training(progress: Progress) -> None:
    """The new model and what it found in its own data."""
    with layout.card("result"):
        layout.title("The model is trained and its data set scored")
        model, scored = cached.run(progress.train_run_id), cached.run(progress.score_run_id)
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
        scored = cached.run(progress.score_run_id)
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
