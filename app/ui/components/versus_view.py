"""Model against model on the same data."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.charts import base
from app.charts import versus as charts
from app.services.run_compare import asked, lines_of
from app.services.versus_model import Overlap, Side, Versus
from app.ui import compare_questions as ask
from app.ui import context, guard, html, navigation, text
from app.ui.components import failures, layout, pickers, run_state, versus_pick, versus_rows
from app.ui.components.parameters import title_of
from app.ui.text import ABSENT

HELP = {
    "jaccard": "Rows that both flag, by rows that any of the two flags (Jaccard 1912)",
    "kappa": "Agreement beyond chance (Cohen 1960): 1 is perfect, 0 what chance alone would give",
    "correlation": "Pearson's correlation of the two severities over all rows",
}


def show(run_ids: tuple[str, ...]) -> None:
    """Draw what the address names."""
    place = layout.page_header(
        "Model against model", "The same rows scored by two models: what enters, leaves and stays."
    )
    with place:
        if st.button("All runs", icon=":material/arrow_back:"):
            run_state.back()
        if st.button("Compare the runs", icon=":material/compare_arrows:"):
            run_state.show(compare=",".join(run_ids))
    with guard.guarded("The comparison"):
        found = ask.versus(run_ids, st.query_params.get(run_state.ON, ""))
        versus_pick.choose(found, pickers.dataset_names())
        if found.a.scored and found.b.scored:
            _compared(found, found.a.scored.run_id, found.b.scored.run_id)
        else:
            _missing(found)


def _missing(found: Versus) -> None:
    """Say which scoring is not there yet, and offer to make it."""
    for letter, side in (("A", found.a), ("B", found.b)):
        if not side.scored:
            with layout.card(f"missing-{letter}"):
                _offer(letter, side, found.dataset_id)


def _offer(letter: str, side: Side, dataset_id: str) -> None:
    if side.model is None or not side.model.finished:
        failures.notice(
            f"Model {letter} cannot score",
            "Its training is not finished or no longer there; choose another model.",
            "warn",
        )
        return
    failures.notice(
        f"Model {letter} has not scored this data set yet",
        "Score it once; then this page shows both.",
        "busy",
    )
    if not context.operator().can_trigger:
        st.caption("Your role may look, not trigger; ask an operator to score it.")
    elif st.button(f"Score it with model {letter}", type="primary", icon=":material/play_arrow:"):
        navigation.go("score", dataset=dataset_id, model=side.model.run_id)


def _compared(pair: Versus, a: str, b: str) -> None:
    """Numbers above, charts, then the rows."""
    with st.skeleton(height=600):
        found = ask.overlap(a, b)
    with layout.card("versus-numbers"):
        _numbers(found)
    left, right = st.columns([2, 3])
    with left, layout.card("versus-overlap", height="stretch"), guard.guarded("Overlap"):
        _overlap(found)
        _models(pair, found)
    with right, layout.card("versus-density", height="stretch"), guard.guarded("Severities"):
        layout.title(
            "Both severities", "All rows, counted. Dashed: where each begins to flag a row."
        )
        _draw(charts.density(ask.density(a, b), found.starts), "versus-density")
    with layout.card("versus-rows"), guard.guarded("The rows"):
        versus_rows.show(a, b, found)


def _numbers(found: Overlap) -> None:
    """Rates and agreement."""
    rate_a, rate_b = found.rates
    values = [
        ("Rate by A", text.percent(rate_a, 2), None, "Anomalies per row, at A's own threshold"),
        (
            "Rate by B",
            text.percent(rate_b, 2),
            f"{(rate_b - rate_a) * 100:+.2f} points",
            "Anomalies per row, at B's own threshold, and the change from A",
        ),
        ("Overlap (Jaccard)", text.number(found.jaccard, 3), None, HELP["jaccard"]),
        ("Cohen's kappa", text.number(found.kappa, 3), None, HELP["kappa"]),
        ("Correlation", text.number(found.correlation, 3), None, HELP["correlation"]),
    ]
    for column, (label, value, delta, about) in zip(st.columns(5), values, strict=True):
        column.metric(label, value, delta, delta_color="off", help=about)


def _overlap(found: Overlap) -> None:
    """Whose anomalies they are."""
    layout.title("Whose anomalies", f"Of {text.number(found.rows)} rows.")
    if found.both + found.entering + found.leaving:
        _draw(charts.overlap(found), "versus-overlap")
    same = text.percent(found.agreement, 2)
    st.html(_sentence(found, same))


def _sentence(found: Overlap, same: str) -> str:
    enter, leave = text.plural(found.entering, "row"), text.plural(found.leaving, "row")
    return (
        f'<p class="ac-lead">Going from A to B, {enter} would enter the anomalies and {leave} '
        f"would leave; {text.number(found.both)} would stay. The two say the same of {same} of "
        "all rows.</p>"
    )


def _models(pair: Versus, found: Overlap) -> None:
    """What the models differ in, from A to B."""
    starts = [None if start is None else f"{start:.4g}" for start in found.starts]
    lines = [("Flags rows from severity", _change(starts))]
    lines += [
        (title_of(line.name), _change(line.values))
        for line in lines_of(asked([pair.a.model, pair.b.model]))
        if line.differs
    ]
    layout.section("From A to B")
    st.html(html.facts(lines, cls="ac-rows"))


def _change(values: Sequence[str | None]) -> str:
    """Write two values, shortened if that leaves them apart; the tooltip has the whole."""
    whole = [value or ABSENT for value in values]
    cut = [text.shorten(each, 18) for each in whole]
    told = cut if len(set(cut)) == len(set(whole)) else whole
    return html.words(" → ".join(told), title=" → ".join(whole))


def _draw(figure: Any, key: str) -> None:  # noqa: ANN401 - plotly is untyped
    st.plotly_chart(figure, key=key, config=base.CONFIG)
