"""Models page: champion and challenger, all models, and one model with its evidence."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.services.models.evidence import EvidenceSummary
from app.services.models.types import Alias, AliasHolder
from app.ui.kit import errors, html, layout, navigation, tables, text
from app.ui.kit.context import console
from app.ui.models import alias_holders, decisions, evidence, threshold
from app.ui.runs import lineage
from app.ui.runs import views as runs_views
from pipeline.tracking.runs import Run

PURPOSE = "The champion and why it was chosen, all other models, and every decision."
EVIDENCE, THRESHOLD, LINEAGE, DECISIONS = "Evidence", "Threshold", "Lineage", "Decisions"
PAGE_TOKENS = "models-page-tokens"
ALIASES = {"champion": ("Champion", "ok"), "challenger": ("Challenger", "busy")}


def show_all() -> None:
    """Champion and challenger, all models, and all decisions."""
    with layout.page_header("Models", PURPOSE):
        if st.button("Retrain", type="primary", icon=":material/model_training:"):
            navigation.go("retrain", dataset="latest")
    left, right = st.columns([3, 2])
    models = console().models
    with left, layout.card("champion", height="stretch"), errors.guarded("The champion"):
        alias_holders.champion(models.holder(Alias.CHAMPION))
    with right, layout.card("challenger", height="stretch"), errors.guarded("The challenger"):
        alias_holders.challenger(models.holder(Alias.CHALLENGER))
    opened = None
    with layout.card("models"), errors.guarded("The list of models"):
        layout.title("All models", "Every finished training. Click a row to open the model.")
        opened = _model_list(console().datasets.names())
    with layout.card("decisions"), errors.guarded("The decisions"):
        opened = decisions.show() or opened
    if opened:
        navigation.stay(model=opened)


def _model_list(names: Mapping[str, str]) -> str | None:
    """List a page of models with a summary of the evidence; return the id of the clicked one."""
    tokens: list[str] = st.session_state.setdefault(PAGE_TOKENS, [""])
    page = console().models.trained(tokens[-1])
    if not page.runs:
        layout.empty("No model yet", "Each finished retraining makes one.")
        return None
    summaries: dict[str, EvidenceSummary] = {}
    holders: list[AliasHolder] = []
    with errors.guarded("Roles, rates and precision"):
        holders = [console().models.holder(alias) for alias in Alias]
        summaries = console().evidence.summaries(tokens[-1])
    rows = [_model_row(run, names, summaries.get(run.run_id), holders) for run in page.runs]
    clicked = tables.opened(pd.DataFrame(rows), _columns(), f"models-{len(tokens)}")
    _page_buttons(tokens, page.next_token, len(page.runs))
    return None if clicked is None else page.runs[clicked].run_id


def _model_row(
    run: Run,
    names: Mapping[str, str],
    summary: EvidenceSummary | None,
    holders: Sequence[AliasHolder],
) -> dict[str, Any]:
    precision = summary.precision if summary else None
    return {
        "Role": [ALIASES[each.alias][0] for each in holders if each.run_id == run.run_id],
        "Run": run.run_id[:8],
        "Data set": names.get(run.dataset_id, run.dataset_id or text.ABSENT),
        "Trained": tables.clock(run.started),
        "Injected recall": tables.percentage(run.metrics.get("injected_recall")),
        "Rate": tables.percentage(summary.rate if summary else None),
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
        "Role": tables.status_column(ALIASES),
        "Data set": config.TextColumn(width=190),
        "Trees": config.TextColumn(width=60, alignment="right"),
        "Contamination": config.TextColumn(width=105, alignment="right"),
        "Injected recall": config.NumberColumn(
            width=110, format="%.1f %%", help="Share of injected anomalies that were flagged"
        ),
        "Rate": config.NumberColumn(
            "Rate on new data",
            width=120,
            format="%.2f %%",
            help="Of the newest score run on other data, at the threshold of that time",
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


def _page_buttons(tokens: list[str], next_token: str, shown: int) -> None:
    if len(tokens) == 1 and not next_token:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Page {len(tokens)} · {text.plural(shown, 'model')}")
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            disabled=len(tokens) == 1,
            on_click=tokens.__delitem__,
            args=(-1,),
        )
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=not next_token,
            on_click=tokens.append,
            args=(next_token,),
        )


def show_one(run_id: str) -> None:
    """One model: its facts, and the part that the address names."""
    place = st.container()
    with errors.guarded("The model"):
        run = console().runs.get(run_id)
        with place, layout.page_header(run.name, PURPOSE):
            _actions(run)
        with layout.card("model-head"), errors.guarded("The model's facts"):
            _facts(run)
        _part(run)
        return
    with place, layout.page_header("Model", PURPOSE):
        if st.button("All models", key="back", icon=":material/arrow_back:"):
            navigation.stay()


def _actions(run: Run) -> None:
    if st.button("All models", icon=":material/arrow_back:"):
        navigation.stay()
    runs_views.links(run, "")
    if st.button("Open the run"):
        navigation.go("runs", run=run.run_id)
    if runs_views.can_score(run) and st.button("Score with this model", type="primary"):
        navigation.go("score", model=run.run_id)


def _facts(run: Run) -> None:
    models = console().models
    current = console().thresholds.current(run.run_id)
    held = [alias for alias in Alias if models.holder(alias).run_id == run.run_id]
    tones = {Alias.CHAMPION: "ok", Alias.CHALLENGER: "accent"}
    roles = "".join(html.pill(alias.capitalize(), tones[alias]) for alias in held)
    version = models.version(run.run_id)
    data = console().datasets.names().get(run.dataset_id, run.dataset_id or text.ABSENT)
    facts = [
        ("Role", html.tag("div", roles or html.span("None"), cls="ac-row")),
        ("Version", html.span(str(version.number) if version else "Not registered")),
        ("Threshold", html.span(threshold.score_text(current.score))),
        ("Trained", alias_holders.trained(run)),
        ("By", html.span(run.requested_by or text.ABSENT, title=run.requested_by)),
        ("Data set", html.span(data, title=data)),
        ("Contamination", html.span(run.params.get("contamination", text.ABSENT))),
        ("Trees", html.span(run.params.get("n_estimators", text.ABSENT))),
    ]
    st.html(html.facts(facts, cls="ac-eight"))


def _part(run: Run) -> None:
    part = st.segmented_control(
        "Part",
        [EVIDENCE, THRESHOLD, LINEAGE, DECISIONS],
        default=EVIDENCE,
        required=True,
        key="part",
        bind="query-params",
        label_visibility="collapsed",
    )
    if part == EVIDENCE:
        with errors.guarded("The evidence"):
            evidence.show(run)
    elif part == THRESHOLD:
        with errors.guarded("The threshold"):
            threshold.show(run)
    elif part == LINEAGE:
        with layout.card("lineage"), errors.guarded("The lineage"):
            layout.title("Lineage", "From the file to the verdicts; each step is a link.")
            lineage.show(run.run_id)
    else:
        with layout.card("decisions"), errors.guarded("The decisions"):
            opened = decisions.show(run.run_id)
            if opened and opened != run.run_id:
                navigation.stay(model=opened)


if asked := st.query_params.get("model"):
    show_one(asked)
else:
    show_all()
