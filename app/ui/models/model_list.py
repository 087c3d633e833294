"""All models with their evidence in short, a page at a time as MLflow's search gives it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.services.models.evidence import Listed
from app.services.models.types import Alias, Post
from app.services.runs.types import Run
from app.ui.kit import errors, layout, tables, text
from app.ui.models import queries as models_queries

TRAIL = "models-trail"
ROLES = {"champion": ("Champion", "ok"), "challenger": ("Challenger", "busy")}


def show(names: Mapping[str, str]) -> Run | None:
    """Draw the list; returns the model to open."""
    trail: list[str] = st.session_state.setdefault(TRAIL, [""])
    page = models_queries.trained(trail[-1])
    if not page.runs:
        layout.empty("No model yet", "Each finished retraining makes one.")
        return None
    evidence: dict[str, Listed] = {}
    posts: list[Post] = []
    with errors.guarded("Roles, rates and precision"):
        posts = [models_queries.post(alias) for alias in Alias]
        evidence = models_queries.listed(trail[-1])
    rows = [_row(run, names, evidence.get(run.run_id), posts) for run in page.runs]
    chosen = tables.opened(pd.DataFrame(rows), _columns(), f"models-{len(trail)}")
    _turn(trail, page.next_token, len(page.runs))
    return None if chosen is None else page.runs[chosen]


def _row(
    run: Run, names: Mapping[str, str], found: Listed | None, posts: list[Post]
) -> dict[str, Any]:
    """What the list says about a model."""
    precision = found.precision if found else None
    return {
        "Role": [ROLES[post.alias][0] for post in posts if post.run_id == run.run_id],
        "Run": run.run_id[:8],
        "Data set": names.get(run.dataset_id, run.dataset_id or text.ABSENT),
        "Trained": tables.clock(run.started),
        "Caught": tables.percentage(run.metrics.get("injected_recall")),
        "Rate": tables.percentage(found.rate if found else None),
        "Precision": tables.percentage(precision.share if precision else None),
        "Judged": precision.reviewed if precision and precision.reviewed else None,
        "Threshold": float(run.tags.get("score_threshold", "0")),
        "By": run.requested_by or text.ABSENT,
        "Trees": run.params.get("n_estimators"),
        "Contamination": run.params.get("contamination"),
    }


def _columns() -> dict[str, Any]:
    config = st.column_config
    return {
        "Role": tables.status_column(ROLES),
        "Data set": config.TextColumn(width=190),
        "Trees": config.TextColumn(width=60, alignment="right"),
        "Contamination": config.TextColumn(width=105, alignment="right"),
        "Caught": config.NumberColumn(
            width=75, format="%.1f %%", help="Planted anomalies caught (injected_recall)"
        ),
        "Rate": config.NumberColumn(
            "Rate on new data",
            width=120,
            format="%.2f %%",
            help="Of the newest scoring of data it did not learn from, at the threshold of then",
        ),
        "Precision": config.NumberColumn(
            width=80, format="%.0f %%", help="Confirmed of the flagged rows that were judged"
        ),
        "Judged": config.NumberColumn(width=65, format="localized"),
        "Threshold": config.NumberColumn(
            width=85, format="%.4f", help="Score below which rows are flagged; 0 as trained"
        ),
        "Trained": tables.when(),
        "By": config.TextColumn(width=80),
        "Run": config.TextColumn(width=80),
    }


def _turn(trail: list[str], next_token: str, shown: int) -> None:
    """The way to the page before and after."""
    if len(trail) == 1 and not next_token:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Page {len(trail)} · {text.plural(shown, 'model')}")
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            disabled=len(trail) == 1,
            on_click=_back,
            args=(trail,),
        )
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=not next_token,
            on_click=trail.append,
            args=(next_token,),
        )


def _back(trail: list[str]) -> None:
    """Go to the page before."""
    trail.pop()
