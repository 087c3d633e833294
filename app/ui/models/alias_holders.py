"""The champion and the challenger: why each was chosen, and rolling back the champion."""

from functools import partial

import streamlit as st

from app.services.models.types import Alias, AliasHolder, ModelChange
from app.ui.kit import errors, html, layout, navigation, text
from app.ui.kit.context import console, zone
from app.ui.models import decisions
from app.ui.models.threshold import score_text
from pipeline.tracking.runs import Run

ROLL_BACK = ":material/settings_backup_restore:"
PURPOSES = {
    Alias.CHAMPION: "Scoring uses it unless another model is chosen.",
    Alias.CHALLENGER: "A candidate to compare with the champion.",
}


def champion(holder: AliasHolder) -> None:
    """The champion, why it was chosen, and the previous champions to roll back to."""
    _head(holder)
    if holder.run:
        _facts(holder, holder.run)
    else:
        _no_champion()
    _disagreement(holder)
    with st.container(horizontal=True):
        _open(holder)
        if previous := console().models.previous_champions():
            with st.popover("Roll back", icon=ROLL_BACK, width="content"):
                _roll_back(holder, previous)


def challenger(holder: AliasHolder) -> None:
    """The challenger, and its comparison with the champion."""
    _head(holder)
    run = holder.run
    if run is None:
        _sub("No challenger. Open a model below to make it one.")
        _disagreement(holder)
        return
    rival = console().models.holder(Alias.CHAMPION).run
    if rival and rival.run_id == run.run_id:
        _sub("It is the champion by now; open it to remove it as challenger.")
    _facts(holder, run)
    _disagreement(holder)
    with st.container(horizontal=True):
        _open(holder)
        if rival and rival.run_id != run.run_id and st.button("Compare with the champion"):
            both = {"compare": [rival.run_id, run.run_id]}
            st.switch_page(navigation.page("runs"), query_params=both)


def trained(run: Run) -> str:
    """When a model was trained, relative, with the exact time on hover."""
    return html.span(text.ago(run.started), title=text.exact(run.started, zone()))


def _sub(sentence: str) -> None:
    st.html(html.tag("div", html.span(sentence), cls="ac-sub"))


def _head(holder: AliasHolder) -> None:
    name = html.span(holder.alias.capitalize(), cls="ac-title")
    pill = html.pill(f"version {holder.version.number}", "accent") if holder.version else ""
    st.html(html.tag("div", name + pill, cls="ac-row"))
    _sub(PURPOSES[holder.alias])


def _facts(holder: AliasHolder, run: Run) -> None:
    recall = text.percent(run.metrics.get("injected_recall"))
    facts = [
        ("Model", html.span(run.name, title=f"{run.name}, {run.run_id}")),
        ("Trained", trained(run)),
        ("Injected recall", html.span(recall, title="Metric injected_recall")),
        ("Threshold", html.span(score_text(float(run.tags.get("score_threshold", "0"))))),
    ]
    st.html(html.facts(facts, cls="ac-four"))
    if change := holder.change if holder.agrees else None:
        who = f"{change.changed_by}, {text.ago(change.changed_at)}"
        reason = html.tag("div", html.span(f"“{change.reason}”"), cls="ac-wrap")
        reason += html.span(who, cls="ac-sub", title=text.exact(change.changed_at, zone()))
        st.html(html.tag("div", reason, cls="ac-quote"))


def _no_champion() -> None:
    latest = console().runs.latest_model()
    if latest is None:
        with layout.empty("No model yet", "Retrain once to get one."):
            if st.button("Go to Retrain", key="none-retrain", type="primary"):
                navigation.go("retrain")
        return
    errors.notice(
        "No champion yet",
        f"Until a champion is chosen, scoring uses the latest model: {latest.name} "
        f"({latest.run_id[:8]}), trained {text.ago(latest.started)}.",
        "warn",
    )
    if st.button("Look at the latest model", key="none-latest", type="primary"):
        navigation.stay(model=latest.run_id)


def _disagreement(holder: AliasHolder) -> None:
    """Point out an alias that was changed in MLflow itself."""
    if holder.agrees:
        return
    actual = f"run {holder.run_id[:8]}" if holder.run_id else "no model"
    if holder.change is None:
        reason = f"MLflow names {actual}, which no decision here has set."
    else:
        decided = f"run {holder.decided_run_id[:8]}" if holder.decided_run_id else "no model"
        reason = f"MLflow names {actual}; the last decision here was for {decided}."
    errors.notice(
        f"The {holder.alias} was changed outside the console",
        f"{reason} Scoring follows MLflow. Decide again to have it on record.",
        "warn",
    )


def _open(holder: AliasHolder) -> None:
    if holder.run and st.button("Open", key=f"open-{holder.alias}", type="primary"):
        navigation.stay(model=holder.run.run_id)


def _roll_back(holder: AliasHolder, previous: tuple[ModelChange, ...]) -> None:
    """Choose a previous champion and make it champion again."""
    chosen = st.selectbox(
        "Previous champion",
        previous,
        format_func=lambda change: (
            f"Version {change.version} · {str(change.model_run_id)[:8]} · by {change.changed_by}, "
            f"{text.minute(change.changed_at, zone())}"
        ),
        key="roll-back-to",
    )
    st.html(html.tag("div", html.span(f"Then: “{chosen.reason}”"), cls="ac-sub ac-wrap"))
    option = decisions.Option(
        "Roll back",
        ROLL_BACK,
        partial(_back_to, holder, str(chosen.model_run_id)),
        f"Champion is version {chosen.version} again",
        primary=True,
    )
    decisions.form("roll-back", [option])


def _back_to(holder: AliasHolder, run_id: str, reason: str) -> None:
    evidence = console().evidence.of(run_id)
    console().models.roll_back(run_id, holder, reason, evidence.to_json())
