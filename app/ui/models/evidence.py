"""The evidence on a model beside the champion's, and the decision to promote it."""

from functools import partial
from html import escape

import streamlit as st

from app.services.models.evidence import ModelEvidence
from app.services.models.types import Alias, AliasHolder
from app.services.reviews.types import Share
from app.ui.kit import html, layout, navigation, text
from app.ui.kit.context import console
from app.ui.models import decisions
from app.ui.models.decisions import Option
from app.ui.reviews import labels
from pipeline.tracking.runs import Run


def show(run: Run) -> None:
    """Draw the evidence, and what can be decided on the model."""
    champion, challenger = (console().models.holder(alias) for alias in Alias)
    evidence = console().evidence.of(run.run_id)
    left, right = st.columns([3, 2])
    with left, layout.card("evidence", height="stretch"):
        _evidence(run, evidence, champion)
    with right, layout.card("gate", height="stretch"):
        _promotion(run, evidence, champion, challenger)


def _evidence(run: Run, found: ModelEvidence, champion: AliasHolder) -> None:
    rival = champion.run if champion.run and champion.run.run_id != run.run_id else None
    other = console().evidence.of(rival.run_id) if rival else None
    layout.title("Evidence", "This is kept with the decision.")
    st.html(html.tag("div", "".join(_tiles(found, other)), cls="ac-tiles"))
    _missing_evidence(run, found, rival)


def _tiles(found: ModelEvidence, other: ModelEvidence | None) -> list[str]:
    rate, rate_about = _rate(found)
    tiles = [
        _tile(
            "Injected recall",
            text.percent(found.recall),
            f"AUC {text.number(found.auc, 3)}, at the threshold of its training",
            text.percent(other.recall) if other else "",
        ),
        _tile("Rate on new data", rate, rate_about, _rate(other)[0] if other else ""),
        _tile(
            "Precision from verdicts",
            _share(found.precision),
            labels.behind(found.precision),
            _share(other.precision) if other else "",
        ),
    ]
    return [*tiles, _shared(found)] if other else tiles


def _tile(label: str, value: str, about: str, rival: str = "", bar: str = "") -> str:
    inner = html.tag("div", escape(label), cls="ac-sub")
    inner += html.tag("div", escape(value), cls="ac-figure")
    inner += bar
    inner += html.tag("div", escape(about), cls="ac-sub")
    if rival:
        inner += html.tag("div", f"Champion: {escape(rival)}", cls="ac-rival")
    return html.tag("div", inner, cls="ac-tile")


def _rate(found: ModelEvidence) -> tuple[str, str]:
    """The rate on new data, and which data that is."""
    new, newest = found.new_data, found.newest
    if new is None:
        return text.ABSENT, "It has scored no data but its own yet"
    about = f"at its threshold, scored {text.ago(new.run.started)}"
    if newest and not found.knows_newest:
        about += f"; the newest data set, {text.shorten(newest.name, 32)}, is not scored with it"
    return text.percent(new.rate, 2), about


def _share(share: Share) -> str:
    return labels.share(share) if share.share is not None else "None judged"


def _shared(found: ModelEvidence) -> str:
    """Rows flagged by this model alone, by both and by the champion alone, also as a bar."""
    label = "Shared with the champion"
    if found.shared is None:
        return _tile(label, text.ABSENT, "No data set that both have scored")
    counts = found.shared.overlap
    about = f"{counts.both:,} by both, {counts.only_a:,} only by this, {counts.only_b:,} only by it"
    whole = max(counts.only_a + counts.both + counts.only_b, 1)
    parts = (("first", counts.only_a), ("both", counts.both), ("second", counts.only_b))
    pieces = [
        html.tag("i", "", cls=f"is-{name}", style=f"width:{100 * rows / whole:.2f}%")
        for name, rows in parts
    ]
    bar = html.tag("div", "".join(pieces), cls="ac-overlap")
    return _tile(label, text.percent(counts.jaccard), about, bar=bar)


def _missing_evidence(run: Run, found: ModelEvidence, rival: Run | None) -> None:
    """Where evidence is missing, lead to the scoring that would give it."""
    newest = found.newest if found.newest and not found.knows_newest else None
    with st.container(horizontal=True):
        if newest and newest.dataset_id != run.dataset_id:
            _score("Score the newest data set with it", newest.dataset_id, run)
        if rival and found.shared is None:
            _score("Score the champion's data with it", rival.dataset_id, run)
        if rival and found.shared and st.button("Compare with the champion"):
            both = f"{found.shared.other.run_id},{found.shared.own.run_id}"
            navigation.go("runs", models=both)


def _score(label: str, dataset_id: str, run: Run) -> None:
    if st.button(label, icon=":material/fact_check:"):
        navigation.go("score", dataset=dataset_id, model=run.run_id)


def _promotion(
    run: Run, found: ModelEvidence, champion: AliasHolder, challenger: AliasHolder
) -> None:
    """Promote, make challenger or remove as challenger; refused if what is shown has changed."""
    layout.title("Decide", "MLflow's registry holds the aliases; the console keeps the reasons.")
    options = [
        _give(run, found, champion, "Promote to champion", ":material/trophy:"),
        _give(run, found, challenger, "Make challenger", ":material/flag:"),
    ]
    if challenger.run_id == run.run_id and challenger.agrees:
        options[1] = Option(
            "No longer challenger",
            ":material/flag_2:",
            partial(console().models.remove, challenger),
            "There is no challenger now",
        )
    decisions.form(f"gate-{run.run_id}", options)


def _give(run: Run, found: ModelEvidence, holder: AliasHolder, label: str, icon: str) -> Option:
    models, stored = console().models, found.to_json()
    disabled = ""
    if holder.run_id == run.run_id and holder.agrees:
        disabled = f"It is the {holder.alias} already"
    elif models.version(run.run_id) is None:
        disabled = "It has no version in the registry"
    return Option(
        label,
        icon,
        lambda reason: models.promote(run.run_id, holder, reason, stored),
        f"{run.name} is the {holder.alias} now",
        primary=holder.alias is Alias.CHAMPION,
        disabled=disabled,
    )
