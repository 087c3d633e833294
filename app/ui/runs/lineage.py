"""Lineage of a run as a row of links: file, data set, runs, model, job, threshold, verdicts."""

from html import escape

import streamlit as st

from app.services.runs.lineage import Lineage
from app.ui.kit import html, text
from app.ui.kit.context import console
from app.ui.reviews import labels
from pipeline.tracking.runs import RunKind

DIGEST = 12


def show(run_id: str, row: int | None = None) -> None:
    """Draw the lineage of a run, or of one of its rows by its number from 1."""
    found = console().lineages.of(run_id)
    run, model = found.run, found.model
    items = []
    if row is not None:
        row_address = f"/anomalies?run={run.run_id}&row={row}"
        items.append(_item("Row", f"{row:,}", "in this run", row_address))
    items += _data(found)
    if run.kind is RunKind.SCORE:
        items.append(_item("Score run", run.name, run.run_id[:8], f"/runs?run={run.run_id}"))
    if model:
        items += [
            _item("Train run", model.name, model.run_id[:8], f"/runs?run={model.run_id}"),
            _model(found),
        ]
    else:
        items.append(_item("Train run", "Gone", "removed from MLflow"))
    items += [_job(found), _threshold(found), _verdicts(found)]
    st.html(html.tag("ol", "".join(items), cls="ac-trail ac-lineage"))


def _data(found: Lineage) -> list[str]:
    data = found.dataset
    if data is None:
        return [_item("Data set", "Gone", found.run.dataset_id or "unknown")]
    address = f"/data?dataset={data.dataset_id}"
    return [
        _item("File, SHA-256", data.sha256[:DIGEST], "of the bytes", address, title=data.sha256),
        _item("Data set", data.name, text.plural(data.rows, "row"), address),
    ]


def _model_address(found: Lineage) -> str:
    return f"/models?model={found.run.model_run_id or found.run.run_id}"


def _model(found: Lineage) -> str:
    name = f"Version {found.version.number}" if found.version else "Not registered"
    return _item("Model", name, "traffic_anomaly", _model_address(found))


def _job(found: Lineage) -> str:
    who = f"by {found.run.requested_by}" if found.run.requested_by else ""
    if not found.job_url:
        return _item("Triggered from", "Command line", who)
    return _item("DAG run", found.run.dag_run_id, who, found.job_url, outward=True)


def _threshold(found: Lineage) -> str:
    score = found.score_threshold
    how = "decided" if score else "as trained"
    return _item(
        "Threshold", f"Score below {score:.4g}", how, f"{_model_address(found)}&part=Threshold"
    )


def _verdicts(found: Lineage) -> str:
    scored = found.scorings[0] if found.scorings else None
    run = scored if found.run.kind is RunKind.TRAIN else found.run
    address = f"/anomalies?run={run.run_id}&mode=Review" if run else ""
    if found.verdicts is None:
        return _item("Verdicts", text.ABSENT, "PostgreSQL does not answer", address)
    count = text.plural(found.verdicts.reviewed, "record")
    return _item("Verdicts", count, labels.behind(found.verdicts), address)


def _item(
    label: str,
    name: str,
    detail: str,
    address: str = "",
    *,
    title: str = "",
    outward: bool = False,
) -> str:
    """One item; where it has an address, the whole of it is a link."""
    inner = html.tag("div", escape(label), cls="ac-sub")
    inner += html.tag("div", escape(name), cls="ac-cut ac-title", title=title or name)
    inner += html.tag("div", escape(detail), cls="ac-cut ac-sub", title=detail)
    if not address:
        return html.tag("li", inner)
    target = "_blank" if outward else "_self"
    return html.tag("li", html.tag("a", inner, href=address, target=target))
