"""Who is in charge: champion and challenger, why, and the way back."""

from functools import partial

import streamlit as st

from app.services.models.types import Alias, Former, Post
from app.services.runs.types import Run
from app.ui.kit import context, errors, html, layout, navigation, text
from app.ui.models import decisions as models_decisions
from app.ui.models import labels
from app.ui.models import queries as models_queries
from app.ui.models.decisions import Choice

BACK = ":material/settings_backup_restore:"
PURPOSES = {
    Alias.CHAMPION: "Scoring uses it unless another model is asked for.",
    Alias.CHALLENGER: "A candidate to hold against the champion.",
}


def champion(post: Post) -> None:
    """The model in charge, why it is, and who could take its place again."""
    _head(post)
    if post.run:
        _facts(post, post.run)
    else:
        _none()
    _disagreement(post)
    with st.container(horizontal=True):
        _open(post)
        if former := models_queries.former(Alias.CHAMPION):
            with st.popover("Roll back", icon=BACK, width="content"):
                _roll_back(post, former)


def challenger(post: Post) -> None:
    """The candidate."""
    _head(post)
    if not post.run:
        words = html.words("None put up. Open a model below to make it one.")
        st.html(html.tag("div", words, cls="ac-sub"))
        _disagreement(post)
        return
    rival = models_queries.post(Alias.CHAMPION).run
    if rival and rival.run_id == post.run.run_id:
        words = html.words("It is the champion by now; open it to take it down as challenger.")
        st.html(html.tag("div", words, cls="ac-sub"))
    _facts(post, post.run)
    _disagreement(post)
    with st.container(horizontal=True):
        _open(post)
        if rival and rival.run_id != post.run.run_id and st.button("Compare with the champion"):
            both = {"compare": [rival.run_id, post.run.run_id]}
            st.switch_page(navigation.page("runs"), query_params=both)


def _head(post: Post) -> None:
    name = html.words(post.alias.capitalize(), cls="ac-title")
    pill = html.pill(f"version {post.version.number}", "accent") if post.version else ""
    st.html(html.tag("div", name + pill, cls="ac-row"))
    st.html(html.tag("div", html.words(PURPOSES[post.alias]), cls="ac-sub"))


def _facts(post: Post, run: Run) -> None:
    recall = text.percent(run.metrics.get("injected_recall"))
    decided = float(run.tags.get("score_threshold", "0"))
    facts = [
        ("Model", html.words(run.name, title=f"{run.name}, {run.run_id}")),
        ("Trained", labels.moment(run)),
        ("Planted anomalies caught", html.words(recall, title="Metric injected_recall")),
        ("Threshold", html.words(labels.threshold(decided))),
    ]
    st.html(html.facts(facts, cls="ac-four"))
    if post.change and post.agrees:
        when = text.exact(post.change.changed_at, context.zone())
        said = f"“{post.change.reason}”"
        who = f"{post.change.changed_by}, {text.ago(post.change.changed_at)}"
        st.html(
            html.tag(
                "div",
                html.tag("div", html.words(said), cls="ac-wrap")
                + html.words(who, cls="ac-sub", title=when),
                cls="ac-quote",
            )
        )


def _none() -> None:
    latest = context.console().runs.latest_model()
    if latest is None:
        with layout.empty("No model yet", "Retrain once to get one."):
            if st.button("Go to Retrain", key="none-retrain", type="primary"):
                navigation.go("retrain")
        return
    errors.notice(
        "Nobody is in charge yet",
        f"Until a champion is chosen, scoring uses the latest model: {latest.name} "
        f"({latest.run_id[:8]}), trained {text.ago(latest.started)}.",
        "warn",
    )
    if st.button("Look at the latest model", key="none-latest", type="primary"):
        navigation.stay(model=latest.run_id)


def _disagreement(post: Post) -> None:
    """Say when somebody has moved the alias in MLflow itself."""
    if post.agrees:
        return
    there = f"run {post.run_id[:8]}" if post.run_id else "no model"
    if post.change is None:
        words = f"MLflow names {there}, and no decision here has made it so."
    else:
        decided = f"run {post.decided_run_id[:8]}" if post.decided_run_id else "no model"
        words = f"MLflow names {there}; the last decision here was for {decided}."
    errors.notice(
        f"The {post.alias} was changed outside the console",
        f"{words} Scoring follows MLflow. Decide again to have it on record.",
        "warn",
    )


def _open(post: Post) -> None:
    if post.run and st.button("Open", key=f"open-{post.alias}", type="primary"):
        navigation.stay(model=post.run.run_id)


def _roll_back(post: Post, former: list[Former]) -> None:
    """One step back to any earlier champion."""
    chosen = st.selectbox(
        "Back to",
        former,
        format_func=lambda each: (
            f"Version {each.version} · {each.run_id[:8]} · by {each.change.changed_by}, "
            f"{text.minute(each.change.changed_at, context.zone())}"
        ),
        key="roll-back-to",
    )
    st.html(html.tag("div", html.words(f"Then: “{chosen.change.reason}”"), cls="ac-sub ac-wrap"))
    choice = Choice(
        "Roll back",
        BACK,
        partial(_back_to, post, chosen.run_id),
        f"Champion is version {chosen.version} again",
        primary=True,
    )
    models_decisions.form("roll-back", [choice])


def _back_to(post: Post, run_id: str, reason: str) -> None:
    evidence = models_queries.evidence(run_id)
    context.console().models.roll_back(run_id, post, reason, evidence.to_json())
