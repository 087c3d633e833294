"""Why to retrain, as a card on Overview and Retrain."""

import streamlit as st

from app.services.overview.service import DRIFTED, Cause, Evidence, Suggestion
from app.ui.kit import context, errors, html, layout, navigation, text

NAMED = 3


def card(*, with_button: bool = True) -> None:
    """Show why to retrain; nothing where there is no reason to."""
    found = context.console().suggestions.current()
    if found is None:
        return
    with layout.card("suggestion"):
        for each in found.evidence:
            errors.notice(f"Retrain suggested: {_title(each)}", _sentence(each, found), "warn")
        if found.newer:
            when = text.ago(found.newer.started)
            st.html(
                html.span(
                    f"A model trained since is there ({when}): compare it, and promote it.",
                    cls="ac-sub",
                )
            )
        with st.container(horizontal=True, vertical_alignment="center"):
            _links(found, with_button=with_button)


def _title(each: Evidence) -> str:
    if each.cause is Cause.DRIFT:
        return "the data has drifted away from what the model was trained on"
    return "reviewers reject most of what the model flags"


def _sentence(each: Evidence, found: Suggestion) -> str:
    """The numbers, the limit, and where they were seen."""
    if each.cause is Cause.DRIFT:
        names = [f"{name} {index:.2f}" for name, index in list(each.drifted.items())[:NAMED]]
        more = f" and {len(each.drifted) - NAMED} more" if len(each.drifted) > NAMED else ""
        return (
            f"Population stability index above {DRIFTED} in the newest score run "
            f"({text.ago(each.run.started)}): {', '.join(names)}{more}."
        )
    share = each.reviewed
    if share is None:
        return ""
    return (
        f"{share.hits} of {share.decided} judged rows were confirmed: precision "
        f"{text.percent(share.share, 0)}, 95 % interval {text.percent(share.low, 0)} to "
        f"{text.percent(share.high, 0)}, below the wanted {text.percent(found.wanted, 0)}."
    )


def _links(found: Suggestion, *, with_button: bool) -> None:
    """Buttons to what is behind the numbers, and to what can be done."""
    causes = {each.cause: each for each in found.evidence}
    if with_button and st.button("Go to Retrain", key="to-retrain", icon=":material/tune:"):
        navigation.go("retrain", dataset="latest")
    if drift := causes.get(Cause.DRIFT):
        if st.button("See the drift", key="to-drift", type="tertiary"):
            navigation.go("trends", model=drift.run.model_run_id)
        if st.button("Open the score run", key="to-score-run", type="tertiary"):
            navigation.go("runs", run=drift.run.run_id)
    judged = causes.get(Cause.PRECISION)
    if judged and st.button("See the verdicts", key="to-verdicts", type="tertiary"):
        navigation.go("anomalies", run=judged.run.run_id, mode="Review")
    if found.newer and st.button("Compare the two", key="to-compare", type="tertiary"):
        navigation.go("runs", compare=f"{found.model.run_id},{found.newer.run_id}")
