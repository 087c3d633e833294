"""Models: which one is in charge and why, what speaks for the others, and every decision."""

import streamlit as st

from app.services.models_model import Alias
from app.services.run_model import Run
from app.ui import cached, guard, html, model_questions, navigation, text
from app.ui.components import (
    decision_list,
    layout,
    lineage,
    model_gate,
    model_list,
    model_posts,
    model_words,
    pickers,
    run_view,
    threshold_form,
)

PURPOSE = "Which model is in charge, why, and what would change if it were another."
EVIDENCE, THRESHOLD, LINEAGE, DECISIONS = "Evidence", "Threshold", "Lineage", "Decisions"


def show_all() -> None:
    """Who is in charge, all models, and what was decided."""
    with layout.page_header("Models", PURPOSE):
        if st.button("Retrain", type="primary", icon=":material/model_training:"):
            navigation.go("retrain", dataset="latest")
    left, right = st.columns([3, 2])
    with left, layout.card("champion", height="stretch"), guard.guarded("The champion"):
        model_posts.champion(model_questions.post(Alias.CHAMPION))
    with right, layout.card("challenger", height="stretch"), guard.guarded("The challenger"):
        model_posts.challenger(model_questions.post(Alias.CHALLENGER))
    opened = None
    with layout.card("models"), guard.guarded("The list of models"):
        layout.title("All models", "Every finished training. Click a row to open the model.")
        run = model_list.show(pickers.dataset_names())
        opened = run.run_id if run else None
    with layout.card("decisions"), guard.guarded("The decisions"):
        opened = decision_list.show() or opened
    if opened:
        navigation.stay(model=opened)


def show_one(run_id: str) -> None:
    """One model: its evidence and what can be decided on it."""
    place = st.container()
    with guard.guarded("The model"):
        run = cached.run(run_id)
        with place, layout.page_header(run.name, PURPOSE):
            show_actions(run)
        with layout.card("model-head"), guard.guarded("The model's facts"):
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
    run_view.links(run, "")
    if st.button("Open the run"):
        navigation.go("runs", run=run.run_id)
    if run_view.can_score(run) and st.button("Score with this model", type="primary"):
        navigation.go("score", model=run.run_id)


def show_head(run: Run) -> None:
    """What it is, and what it is put up as."""
    standing = model_questions.standing(run.run_id)
    posts = [model_questions.post(alias) for alias in Alias]
    roles = model_words.roles(run.run_id, *posts)
    version = model_questions.version(run.run_id)
    data = pickers.dataset_names().get(run.dataset_id, run.dataset_id or text.ABSENT)
    facts = [
        ("Role", html.tag("div", roles or html.words("None"), cls="ac-row")),
        ("Version", html.words(str(version.number) if version else "Not registered")),
        ("Threshold", html.words(model_words.threshold(standing.score))),
        ("Trained", model_words.moment(run)),
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
        with guard.guarded("The evidence"):
            show_evidence(run)
    elif part == THRESHOLD:
        with guard.guarded("The threshold"):
            threshold_form.show(run)
    elif part == LINEAGE:
        with layout.card("lineage"), guard.guarded("The lineage"):
            layout.title("Lineage", "From the file to the verdicts; each station leads to it.")
            lineage.show(run.run_id)
    else:
        with layout.card("decisions"), guard.guarded("The decisions"):
            opened = decision_list.show(run.run_id)
            if opened and opened != run.run_id:
                navigation.stay(model=opened)


def show_evidence(run: Run) -> None:
    """What speaks for it, and the gate."""
    champion, challenger = (model_questions.post(alias) for alias in Alias)
    found = model_questions.evidence(run.run_id)
    left, right = st.columns([3, 2])
    with left, layout.card("evidence", height="stretch"):
        model_gate.evidence(run, found, champion)
    with right, layout.card("gate", height="stretch"):
        model_gate.gate(run, found, champion, challenger)


if asked := st.query_params.get("model"):
    show_one(asked)
else:
    show_all()
