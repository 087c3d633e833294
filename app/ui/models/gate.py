"""The gate before a model is put in charge: its evidence, and the decision with its reason."""

from functools import partial
from html import escape

import streamlit as st

from app.services.models.evidence import Evidence
from app.services.models.types import Alias, Post
from app.services.runs.types import Run
from app.ui.kit import context, html, layout, navigation, text
from app.ui.models import decisions as models_decisions
from app.ui.models import labels
from app.ui.models import queries as models_queries
from app.ui.models.decisions import Choice
from app.ui.reviews import labels as verdict_labels


def evidence(run: Run, found: Evidence, champion: Post) -> None:
    """Pieces of evidence, each with what it rests on, beside those of the champion."""
    rival = champion.run if champion.run and champion.run.run_id != run.run_id else None
    other = models_queries.evidence(rival.run_id) if rival else None
    layout.title("Evidence", "This is kept with the decision.")
    st.html(html.tag("div", "".join(_tiles(found, other)), cls="ac-tiles"))
    _offer_scoring(run, found, rival)


def _tiles(found: Evidence, other: Evidence | None) -> list[str]:
    rate, rate_about = labels.rate(found)
    tiles = [
        _tile(
            "Planted anomalies caught",
            text.percent(found.recall),
            f"AUC {text.number(found.auc, 3)}, at the threshold of its training",
            text.percent(other.recall) if other else "",
        ),
        _tile("Rate on new data", rate, rate_about, labels.rate(other)[0] if other else ""),
        _tile(
            "Precision from verdicts",
            labels.share(found.precision),
            verdict_labels.behind(found.precision),
            labels.share(other.precision) if other else "",
        ),
    ]
    if other:
        shared, about = labels.overlap(found)
        tiles.append(_tile("Shared with the champion", shared, about, bar=_bar(found)))
    return tiles


def _tile(label: str, value: str, about: str, rival: str = "", bar: str = "") -> str:
    inner = html.tag("div", escape(label), cls="ac-sub")
    inner += html.tag("div", escape(value), cls="ac-figure")
    inner += bar
    inner += html.tag("div", escape(about), cls="ac-sub")
    if rival:
        inner += html.tag("div", f"Champion: {escape(rival)}", cls="ac-rival")
    return html.tag("div", inner, cls="ac-tile")


def _bar(found: Evidence) -> str:
    """Rows flagged by this alone, by both and by the champion alone, by length."""
    if not found.shared:
        return ""
    counts = found.shared.overlap
    whole = max(counts.only_a + counts.both + counts.only_b, 1)
    parts = (("first", counts.only_a), ("both", counts.both), ("second", counts.only_b))
    pieces = [
        html.tag("i", "", cls=f"is-{name}", style=f"width:{100 * rows / whole:.2f}%")
        for name, rows in parts
    ]
    return html.tag("div", "".join(pieces), cls="ac-overlap")


def _offer_scoring(run: Run, found: Evidence, rival: Run | None) -> None:
    """Where evidence is missing, lead to the scoring that would bring it."""
    newest = found.newest if found.newest and not found.knows_newest else None
    with st.container(horizontal=True):
        if newest and newest.dataset_id != run.dataset_id:
            _score("Score the newest data set with it", newest.dataset_id, run)
        if rival and found.shared is None:
            _score("Score the champion's data with it", rival.dataset_id, run)
        if rival and found.shared and st.button("Hold it against the champion"):
            both = f"{found.shared.other.run_id},{found.shared.own.run_id}"
            navigation.go("runs", versus=both)


def _score(label: str, dataset_id: str, run: Run) -> None:
    if st.button(label, icon=":material/fact_check:"):
        navigation.go("score", dataset=dataset_id, model=run.run_id)


def gate(run: Run, found: Evidence, champion: Post, challenger: Post) -> None:
    """Promote, put up as challenger or take down; all that is seen must still be so."""
    layout.title("Decide", "Aliases live in MLflow's registry; here is kept who, when and why.")
    choices = [
        _promotion(run, found, champion, "Promote to champion", ":material/trophy:"),
        _promotion(run, found, challenger, "Make challenger", ":material/flag:"),
    ]
    if challenger.run_id == run.run_id and challenger.agrees:
        choices[1] = Choice(
            "No longer challenger",
            ":material/flag_2:",
            partial(context.console().models.remove, challenger),
            "There is no challenger now",
        )
    models_decisions.form(f"gate-{run.run_id}", choices)


def _promotion(run: Run, found: Evidence, post: Post, label: str, icon: str) -> Choice:
    models, kept = context.console().models, found.to_json()
    barred = ""
    if post.run_id == run.run_id and post.agrees:
        barred = f"It is the {post.alias} already"
    elif models_queries.version(run.run_id) is None:
        barred = "It has no version in the registry"
    return Choice(
        label,
        icon,
        lambda reason: models.promote(run.run_id, post, reason, kept),
        f"{run.name} is the {post.alias} now",
        primary=post.alias is Alias.CHAMPION,
        barred=barred,
    )
