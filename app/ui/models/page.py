"""Models: which one is in charge and why, what speaks for the others, and every decision."""

import streamlit as st

from app.services.models.types import Alias
from app.services.runs.types import Run
from app.ui.datasets.pickers import dataset_names
from app.ui.kit import errors, html, layout, navigation, text
from app.ui.kit.context import console
from app.ui.models import alias_holders, gate, labels, model_list, threshold
from app.ui.models import decisions as models_decisions
from app.ui.models import queries as models_queries
from app.ui.runs import lineage
from app.ui.runs import views as runs_views

PURPOSE = "Which model is in charge, why, and what would change if it were another."
EVIDENCE, THRESHOLD, LINEAGE, DECISIONS = "Evidence", "Threshold", "Lineage", "Decisions"


def show_all() -> None:
    """Who is in charge, all models, and what was decided."""
    with layout.page_header("Models", PURPOSE):
        if st.button("Retrain", type="primary", icon=":material/model_training:"):
            navigation.go("retrain", dataset="latest")
    left, right = st.columns([3, 2])
    with left, layout.card("champion", height="stretch"), errors.guarded("The champion"):
        alias_holders.champion(models_queries.post(Alias.CHAMPION))
    with right, layout.card("challenger", height="stretch"), errors.guarded("The challenger"):
        alias_holders.challenger(models_queries.post(Alias.CHALLENGER))
    opened = None
    with layout.card("models"), errors.guarded("The list of models"):
        layout.title("All models", "Every finished training. Click a row to open the model.")
        run = model_list.show(dataset_names())
        opened = run.run_id if run else None
    with layout.card("decisions"), errors.guarded("The decisions"):
        opened = models_decisions.show() or opened
    if opened:
        navigation.stay(model=opened)


def show_one(run_id: str) -> None:
    """One model: its evidence and what can be decided on it."""
    place = st.container()
    with errors.guarded("The model"):
        run = console().runs.get(run_id)
        with place, layout.page_header(run.name, PURPOSE):
            show_actions(run)
        with layout.card("model-head"), errors.guarded("The model's facts"):
            show_head(run)
        show_part(run)
        return
    with place, layout.page_header("Model", PURPOSE):
        if st.button("All models", key="back", icon=":material/arrow_back:"):
            navigation.stay()


def show_actions(run: Run) -> None:
    """Back to the list, and on."""
    if st.button("All models", icon=":material/arrow_back:"):
        navigation.stay()
    runs_views.links(run, "")
    if st.button("Open the run"):
        navigation.go("runs", run=run.run_id)
    if runs_views.can_score(run) and st.button("Score with this model", type="primary"):
        navigation.go("score", model=run.run_id)


def show_head(run: Run) -> None:
    """What it is, and what it is put up as."""
    standing = models_queries.standing(run.run_id)
    posts = [models_queries.post(alias) for alias in Alias]
    roles = labels.roles(run.run_id, *posts)
    version = models_queries.version(run.run_id)
    data = dataset_names().get(run.dataset_id, run.dataset_id or text.ABSENT)
    facts = [
        ("Role", html.tag("div", roles or html.words("None"), cls="ac-row")),
        ("Version", html.words(str(version.number) if version else "Not registered")),
        ("Threshold", html.words(labels.threshold(standing.score))),
        ("Trained", labels.moment(run)),
        ("By", html.words(run.requested_by or text.ABSENT, title=run.requested_by)),
        ("Data set", html.words(data, title=data)),
        ("Contamination", html.words(run.params.get("contamination", text.ABSENT))),
        ("Trees", html.words(run.params.get("n_estimators", text.ABSENT))),
    ]
    st.html(html.facts(facts, cls="ac-eight"))


def show_part(run: Run) -> None:
    """The part that the address names."""
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
            show_evidence(run)
    elif part == THRESHOLD:
        with errors.guarded("The threshold"):
            threshold.show(run)
    elif part == LINEAGE:
        with layout.card("lineage"), errors.guarded("The lineage"):
            layout.title("Lineage", "From the file to the verdicts; each station leads to it.")
            lineage.show(run.run_id)
    else:
        with layout.card("decisions"), errors.guarded("The decisions"):
            opened = models_decisions.show(run.run_id)
            if opened and opened != run.run_id:
                navigation.stay(model=opened)


def show_evidence(run: Run) -> None:
    """What speaks for it, and the gate."""
    champion, challenger = (models_queries.post(alias) for alias in Alias)
    found = models_queries.evidence(run.run_id)
    left, right = st.columns([3, 2])
    with left, layout.card("evidence", height="stretch"):
        gate.evidence(run, found, champion)
    with right, layout.card("gate", height="stretch"):
        gate.gate(run, found, champion, challenger)


if asked := st.query_params.get("model"):
    show_one(asked)
else:
    show_all()
