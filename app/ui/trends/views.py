"""The cards of the Trends page: numbers, charts and the list of runs."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.services.system.links import Links
from app.services.trends.export import OPERATIONS, dashboard_url
from app.services.trends.types import Grain, Headline, Scope, TrendRun
from app.ui.kit import charts, html, layout, navigation, tables, text
from app.ui.kit.context import console
from app.ui.runs.labels import KINDS, RUN_STATES
from app.ui.trends import charts as trends_charts
from pipeline.tracking.runs import RunKind, RunStatus

PERIODS = {Grain.DAY: "day", Grain.WEEK: "week", Grain.MONTH: "month"}
PURGED = "purged"
MOST_ROWS = 14
LINKS = ("Anomalies", "MLflow", "Airflow")


def draw(figure: Any, key: str) -> None:  # noqa: ANN401 - plotly is untyped
    """Draw a chart that can be saved as PNG from its own toolbar."""
    image = charts.CONFIG["toImageButtonOptions"] | {"filename": f"trend-{key}"}
    st.plotly_chart(
        figure, key=f"chart-{key}", config=charts.CONFIG | {"toImageButtonOptions": image}
    )


def detection_numbers(numbers: Headline) -> None:
    """The newest figures of the models."""
    figures = [
        ("Total runs", text.number(numbers.runs), "Train and score runs in this time"),
        (
            "Latest rate",
            text.percent(numbers.latest_rate, 2),
            "Anomaly rate of the newest scoring, on new data where there is any",
        ),
        (
            "Latest drift",
            text.number(numbers.latest_drift, 3),
            "Largest index of any feature: from 0.1 moderate, from 0.25 significant",
        ),
        (
            "Injected recall",
            text.percent(numbers.recall),
            "Share of deliberately corrupted rows that the newest model detects",
        ),
        (
            "Verdict precision",
            text.percent(numbers.precision),
            "Confirmed share of the judged rows, for the model that was judged last",
        ),
        (
            "Threshold",
            text.number(numbers.threshold, 4),
            "Raw score below which the newest model flags a row",
        ),
    ]
    for column, (label, value, help_text) in zip(st.columns(6), figures, strict=True):
        column.metric(label, value, help=help_text, border=True)


def rate(scope: Scope) -> None:
    """Anomaly rate over time, and beside it how the runs ended."""
    trends = console().trends
    left, right = st.columns([3, 1])
    with left, layout.card("rate", height="stretch"):
        points = trends.rates(scope)
        layout.title("Anomaly rate", _rate_description(scope))
        fig = trends_charts.rates(points, trends.training_rates(scope), trends.decisions(scope))
        draw(fig, "rate")
    with right, layout.card("status", height="stretch"):
        layout.title("Run status", "How the runs of this time ended.")
        draw(trends_charts.status_share(trends.statuses(scope), trends_charts.HIGH), "status")


def _rate_description(scope: Scope) -> str:
    mean = f"mean of each {PERIODS[scope.grain]}, " if scope.grain in PERIODS else ""
    return (
        f"Share of rows beyond the model's threshold, {mean}in UTC. On new data it should stay in "
        "the band; on training data it equals the contamination by construction."
    )


def models(scope: Scope) -> None:
    """How good the models are: injected anomalies, and verdicts."""
    left, right = st.columns(2)
    with left, layout.card("quality", height="stretch"):
        layout.title("Detection of injected anomalies", "Each new model on corrupted rows.")
        draw(trends_charts.quality(console().trends.quality(scope)), "quality")
    with right, layout.card("precision", height="stretch"):
        layout.title(
            "Verdict precision by model", "Confirmed share of the judged rows, 95 % interval."
        )
        precision = console().trends.precision(scope)
        if precision:
            draw(trends_charts.precision(precision), "precision")
        else:
            layout.empty("No verdict yet", "Judge flagged rows on the Anomalies page.")


def data_and_time(scope: Scope) -> None:
    """Missing and unseen values, and durations."""
    means = console().trends.means(scope)
    left, right = st.columns(2)
    with left, layout.card("values", height="stretch"):
        layout.title("Missing and unseen values", "Share of the scored values.")
        draw(trends_charts.missing_and_unseen(means), "missing-and-unseen")
    with right, layout.card("durations", height="stretch"):
        layout.title("Durations", "Mean seconds of the work itself, without storing the artifacts.")
        draw(trends_charts.durations(means), "durations")


def operations(scope: Scope, numbers: Headline) -> None:
    """Failures, freshness and data volume."""
    coarse = scope.at_least_daily
    activity = console().trends.activity(coarse)
    with layout.card("operations"):
        with st.container(horizontal=True, vertical_alignment="center"):
            layout.title("Operations", f"Failures and volume, per {PERIODS[coarse.grain]}.")
            if base_url := console().settings.grafana_url:
                address = dashboard_url(base_url, OPERATIONS, scope, numbers.first)
                st.html(html.link("Operations in Grafana", address), width="content")
        operations_numbers(numbers)
        left, right = st.columns(2)
        with left:
            layout.section("Runs by status")
            draw(trends_charts.runs_by_status(activity), "runs")
        with right:
            layout.section("Data volume")
            draw(trends_charts.volume(activity), "volume")


def operations_numbers(numbers: Headline) -> None:
    """Figures of the runs."""
    age = numbers.hours_since_success
    figures = [
        ("Failed runs", text.number(numbers.failed), "Cancelled ones are not counted"),
        ("Success rate", text.percent(numbers.success), "Finished / (finished + failed) runs"),
        (
            "Newest success",
            text.ABSENT if age is None else f"{text.duration(age * text.HOUR)} ago",
            "Since a run last finished, whenever that was",
        ),
        ("In progress", text.number(numbers.running), "Whenever they began"),
        ("Rows processed", text.number(numbers.rows), "That finished runs have read"),
        ("Data sets", text.number(numbers.datasets), "Different ones that runs have read"),
    ]
    cells = [
        (label, html.span(value, cls="ac-trend-figure", title=help_text))
        for label, value, help_text in figures
    ]
    st.html(html.facts(cells, cls="ac-six"))


def runs(scope: Scope) -> None:
    """Two tabs: all, and the failed and cancelled ones."""
    with layout.card("trend-runs"):
        layout.title("Runs", "The newest 25 of this time. Click a row to open the run.")
        recent, failed = st.tabs(["Recent", "Failed or cancelled"])
        with recent:
            _table(console().trends.recent(scope), "recent-runs")
        with failed:
            _table(console().trends.failures(scope), "failed-runs")


def _table(found: Sequence[TrendRun], key: str) -> None:
    if not found:
        layout.empty("None", "No run failed or was cancelled in this time.")
        return
    settings = console().settings
    links = Links(settings.airflow_link, settings.mlflow_link)
    frame = pd.DataFrame([_row(run, links) for run in found])
    event = st.dataframe(
        frame,
        key=key,
        column_config=_columns(),
        hide_index=True,
        row_height=tables.ROW,
        height=tables.ROW * min(len(found) + 1, MOST_ROWS),
        on_select="rerun",
        selection_mode="single-cell",
        placeholder=text.ABSENT,
    )
    _open(found, event["selection"]["cells"])


def _open(found: Sequence[TrendRun], cells: Sequence[Any]) -> None:
    """Open the run that was clicked; a click on a link has opened its address already."""
    if cells and cells[0][1] not in LINKS and found[int(cells[0][0])].stage != PURGED:
        navigation.go("runs", run=found[int(cells[0][0])].run_id)


def _row(run: TrendRun, links: Links) -> dict[str, Any]:
    """One row of the list; a purged run has no links into MLflow."""
    kept = run.stage != PURGED
    scored = run.kind == RunKind.SCORE and run.status == RunStatus.FINISHED
    return {
        "Status": [RUN_STATES[RunStatus(run.status)][0]],
        "Kind": KINDS[RunKind(run.kind)],
        "Data set": run.dataset_name,
        "Anomaly rate": tables.percentage(run.anomaly_rate),
        "Drift": run.drift_max,
        "Duration": text.duration(run.seconds),
        "Triggered by": run.requested_by or text.ABSENT,
        "Started": tables.clock(run.started),
        "Anomalies": f"/anomalies?run={run.run_id}" if kept and scored else None,
        "MLflow": links.run(run.experiment_id, run.run_id) if kept else None,
        "Airflow": links.job(run.dag_id, run.dag_run_id) if run.dag_id else None,
    }


def _columns() -> dict[str, Any]:
    config = st.column_config
    link = {
        name: config.LinkColumn(width=width, display_text="Open ↗")
        for name, width in zip(LINKS, (80, 62, 62), strict=True)
    }
    return {
        "Status": tables.status_column(RUN_STATES),
        "Kind": config.TextColumn(width=70),
        "Data set": config.TextColumn(width=120),
        "Anomaly rate": config.NumberColumn("Rate", width=72, format="%.2f %%"),
        "Drift": config.NumberColumn(
            width=60, format="%.3f", help="Largest population stability index of any feature"
        ),
        "Duration": config.TextColumn(width=82, alignment="right"),
        "Triggered by": config.TextColumn(width=74),
        "Started": tables.when(),
        **link,
    }
