"""Lineage at a glance: file, data set, training, version, job, who, threshold, verdicts."""

from html import escape

import streamlit as st

from app.services.runs.lineage import Trail
from app.services.runs.types import RunKind
from app.ui.kit import context, html, text
from app.ui.reviews import labels

DIGEST = 12


def show(run_id: str, row: int | None = None) -> None:
    """Draw the trail of a run, or of one of its rows by its number from 1."""
    trail = context.console().lineages.of(run_id)
    st.html(html.tag("ol", "".join(_stations(trail, row)), cls="ac-trail ac-lineage"))


def _stations(trail: Trail, row: int | None) -> list[str]:
    run, model = trail.run, trail.model
    found = []
    if row is not None:
        found.append(
            _station("Row", f"{row:,}", "in this run", f"/anomalies?run={run.run_id}&row={row}")
        )
    found += [*_data(trail)]
    if run.kind is RunKind.SCORE:
        found.append(_station("Score run", run.name, run.run_id[:8], f"/runs?run={run.run_id}"))
    if model:
        found += [
            _station("Train run", model.name, model.run_id[:8], f"/runs?run={model.run_id}"),
            _version(trail),
        ]
    else:
        found.append(_station("Train run", "Gone", "removed from MLflow"))
    return [*found, _job(trail), *_decided(trail)]


def _data(trail: Trail) -> list[str]:
    data = trail.dataset
    if data is None:
        return [_station("Data set", "Gone", trail.run.dataset_id or "unknown")]
    address = f"/data?dataset={data.dataset_id}"
    return [
        _station("File, SHA-256", data.sha256[:DIGEST], "of the bytes", address, data.sha256),
        _station("Data set", data.name, text.plural(data.rows, "row"), address),
    ]


def _version(trail: Trail) -> str:
    model = trail.run.model_run_id or trail.run.run_id
    name = f"Version {trail.version.number}" if trail.version else "Not registered"
    return _station("Model", name, "traffic_anomaly", f"/models?model={model}")


def _job(trail: Trail) -> str:
    who = f"by {trail.run.requested_by}" if trail.run.requested_by else ""
    if not trail.job_url:
        return _station("Asked through", "Command line", who)
    return _station("DAG run", trail.run.dag_run_id, who, trail.job_url, outward=True)


def _decided(trail: Trail) -> list[str]:
    model = trail.run.model_run_id or trail.run.run_id
    score = trail.score_threshold
    verdicts = trail.verdicts
    review = f"/anomalies?run={trail.run.run_id}&mode=Review"
    if trail.run.kind is RunKind.TRAIN:
        review = f"/anomalies?run={trail.scores[0].run_id}&mode=Review" if trail.scores else ""
    return [
        _station(
            "Threshold",
            f"Score below {score:.4g}",
            "decided" if score else "as trained",
            f"/models?model={model}&part=Threshold",
        ),
        _station(
            "Verdicts",
            text.plural(verdicts.reviewed, "record") if verdicts else text.ABSENT,
            labels.behind(verdicts) if verdicts else "PostgreSQL does not answer",
            review,
        ),
    ]


def _station(
    label: str,
    name: str,
    detail: str,
    address: str = "",
    title: str = "",
    *,
    outward: bool = False,
) -> str:
    """One stop of the trail; the whole of it leads on."""
    inner = html.tag("div", escape(label), cls="ac-sub")
    inner += html.tag("div", escape(name), cls="ac-cut ac-title", title=title or name)
    inner += html.tag("div", escape(detail), cls="ac-cut ac-sub", title=detail)
    if not address:
        return html.tag("li", inner)
    target = "_blank" if outward else "_self"
    return html.tag("li", html.tag("a", inner, href=address, target=target))
