"""Model comparison: two models on the same rows of one data set."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.services.comparison.types import (
    ComparedModel,
    FlaggedBy,
    ModelComparison,
    Overlap,
    comparison_rows,
    model_parameters,
)
from app.ui.comparison import address, charts
from app.ui.kit import context, errors, html, layout, navigation, tables, text
from app.ui.kit.charts import CONFIG
from app.ui.runs.labels import model_label, parameter_title

PAGE_SIZE = 25
HELP = {
    "jaccard": "Rows that both flag, by rows that either flags (Jaccard 1912)",
    "kappa": "Agreement beyond chance (Cohen 1960): 1 is perfect, 0 what chance alone would give",
    "correlation": "Pearson's correlation of the two severities over all rows",
}
FLAGGED_BY = {
    FlaggedBy.ONLY_B: ("Only B", "B flags them, A does not"),
    FlaggedBy.ONLY_A: ("Only A", "A flags them, B does not"),
    FlaggedBy.BOTH: ("Both", "Both flag them"),
}
ORDERS = {
    "change": "Change of severity",
    "severity_a": "Severity by A",
    "severity_b": "Severity by B",
    "row": "Row",
}


def compare_models(run_ids: tuple[str, ...]) -> None:
    """Draw the comparison of the models of two runs."""
    actions = layout.page_header(
        "Model comparison", "The same rows scored by two models, and which of them each flags."
    )
    with actions:
        if st.button("All runs", icon=":material/arrow_back:"):
            address.show_list()
        if st.button("Compare the runs", icon=":material/compare_arrows:"):
            address.show_runs(run_ids)
    with errors.guarded("The comparison"):
        dataset_id = st.query_params.get(address.MODEL_DATA, "")
        found = context.console().comparisons.models(run_ids, dataset_id)
        _choose(found, context.console().datasets.names())
        if found.a.scoring and found.b.scoring:
            _results(found, found.a.scoring.run_id, found.b.scoring.run_id)
        else:
            _offer_scorings(found)


def _choose(found: ModelComparison, names: Mapping[str, str]) -> None:
    """Let the operator choose models and data; another choice changes the address."""
    a, b, data = found.a, found.b, found.dataset_id
    with layout.card("model-choice"):
        columns = st.columns([4, 4, 3, 1], vertical_alignment="bottom")
        with columns[0]:
            chosen_a = _model_picker("Model A", found, a)
        with columns[1]:
            chosen_b = _model_picker("Model B", found, b)
        with columns[2]:
            known = {data: data or text.ABSENT} | dict(names)
            chosen_data = st.selectbox(
                "Data set",
                list(known),
                format_func=lambda each: text.shorten(known[each], 40),
                key=f"compared-data-{data}",
            )
        with columns[3]:
            swap = st.button("", icon=":material/swap_horiz:", key="swap", help="Swap A and B")
    if swap:
        address.show_models(b.run.run_id, a.run.run_id, data)
    if chosen_data != data:
        address.show_models(a.run_id, b.run_id, chosen_data)
    if (chosen_a, chosen_b) != (a.run_id, b.run_id):
        # A scoring that was asked for stays while its model does.
        kept_a = a.run.run_id if chosen_a == a.run_id else chosen_a
        kept_b = b.run.run_id if chosen_b == b.run_id else chosen_b
        address.show_models(kept_a, kept_b, data)


def _model_picker(label: str, found: ModelComparison, chosen: ComparedModel) -> str:
    """Let the operator choose among the newest models and those of the address."""
    models = {choice.run.run_id: choice.run for choice in context.console().scoring.models()}
    models |= {each.run_id: each.model or each.run for each in (found.a, found.b)}
    champion = context.console().runs.champion()
    prefix = {champion.run_id: "champion · "} if champion else {}
    return st.selectbox(
        label,
        list(models),
        index=list(models).index(chosen.run_id),
        format_func=lambda each: prefix.get(each, "") + model_label(models[each]),
        key=f"{label}-{chosen.run_id}",
        help="The newest models and the champion; tick any other run in the list of runs.",
    )


def _offer_scorings(found: ModelComparison) -> None:
    """Say which model has not scored the data, and lead to its scoring."""
    for letter, each in (("A", found.a), ("B", found.b)):
        if not each.scoring:
            with layout.card(f"missing-{letter}"):
                _offer_scoring(letter, each, found.dataset_id)


def _offer_scoring(letter: str, compared: ComparedModel, dataset_id: str) -> None:
    if compared.model is None or not compared.model.finished:
        errors.notice(
            f"Model {letter} cannot score",
            "Its training is not finished or no longer there; choose another model.",
            "warn",
        )
        return
    errors.notice(
        f"Model {letter} has not scored this data set yet",
        "Score it once; then this page shows both.",
        "busy",
    )
    if not context.operator().can_trigger:
        st.caption("Your role may look, not trigger; ask an operator to score it.")
    elif st.button(f"Score it with model {letter}", type="primary", icon=":material/play_arrow:"):
        navigation.go("score", dataset=dataset_id, model=compared.model.run_id)


def _results(models: ModelComparison, a: str, b: str) -> None:
    """Draw figures, charts and rows; ``a`` and ``b`` are the score runs."""
    with st.skeleton(height=600):
        found = context.console().comparisons.overlap(a, b)
    with layout.card("model-figures"):
        _figures(found)
    left, right = st.columns([2, 3])
    with left, layout.card("overlap", height="stretch"), errors.guarded("Overlap"):
        _overlap(found)
        _differences(models, found)
    with right, layout.card("density", height="stretch"), errors.guarded("Severities"):
        layout.title(
            "Both severities", "All rows, counted. Dashed: where each begins to flag a row."
        )
        density = context.console().comparisons.density(a, b)
        figure = charts.density(density, found.lowest_severities)
        st.plotly_chart(figure, key="density", config=CONFIG)
    with layout.card("compared-rows"), errors.guarded("The rows"):
        _rows(a, b, found)


def _figures(found: Overlap) -> None:
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
    layout.title("Overlap of the anomalies", f"Of {text.number(found.rows)} rows.")
    if found.both + found.only_a + found.only_b:
        st.plotly_chart(charts.overlap(found), key="overlap", config=CONFIG)
    enter, leave = text.plural(found.only_b, "row"), text.plural(found.only_a, "row")
    st.html(
        f'<p class="ac-lead">Going from A to B, {enter} would enter the anomalies and {leave} '
        f"would leave; {text.number(found.both)} would stay. The two agree on "
        f"{text.percent(found.agreement, 2)} of all rows.</p>"
    )


def _differences(models: ModelComparison, found: Overlap) -> None:
    """List in what the models differ."""
    severities = [None if low is None else f"{low:.4g}" for low in found.lowest_severities]
    parameters = comparison_rows(model_parameters([models.a.model, models.b.model]))
    lines = [("Flags rows from severity", _change(severities))]
    lines += [(parameter_title(row.name), _change(row.values)) for row in parameters if row.differs]
    layout.section("From A to B")
    st.html(html.facts(lines, cls="ac-rows"))


def _change(values: Sequence[str | None]) -> str:
    """Write two values, shortened unless that makes them alike; the tooltip has them whole."""
    whole = [value or text.ABSENT for value in values]
    short = [text.shorten(each, 18) for each in whole]
    shown = short if len(set(short)) == len(set(whole)) else whole
    return html.span(" → ".join(shown), title=" → ".join(whole))


def _rows(a: str, b: str, found: Overlap) -> None:
    """List the rows that one or both models flag; a click opens one."""
    by, order = _row_choice(found)
    count = found.count(by)
    if not count:
        layout.empty("No row", f"{FLAGGED_BY[by][1]}: there is none.")
        return
    table = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        position = st.container()
        page = st.pagination(-(-count // PAGE_SIZE), key="rows-page", bind="query-params")
    offset = (page - 1) * PAGE_SIZE
    rows = context.console().comparisons.rows(a, b, by, order, offset=offset, limit=PAGE_SIZE)
    first, last = text.number(offset + 1), text.number(offset + rows.num_rows)
    position.caption(f"Rows {first} to {last} of {text.number(count)}")
    with table:
        frame = rows.to_pandas()
        clicked = tables.opened(frame, _columns(), f"rows-{by}-{order}-{offset}-{a}-{b}")
    if clicked is not None:
        run = a if by is FlaggedBy.ONLY_A else b
        navigation.go("anomalies", run=run, row=str(int(frame["row"].iloc[clicked])))


def _row_choice(found: Overlap) -> tuple[FlaggedBy, str]:
    """Let the operator choose which rows in which order."""
    with st.container(horizontal=True, vertical_alignment="center"):
        heading = st.container()
        by = st.segmented_control(
            "Flagged by",
            list(FlaggedBy),
            default=FlaggedBy.ONLY_B,
            required=True,
            format_func=lambda each: f"{FLAGGED_BY[each][0]} {text.number(found.count(each))}",
            key="flagged-by",
            label_visibility="collapsed",
            on_change=_first_page,
        )
        order = st.selectbox(
            "Sort by",
            list(ORDERS),
            format_func=ORDERS.__getitem__,
            key="rows-sort",
            width=200,
            label_visibility="collapsed",
            on_change=_first_page,
        )
    with heading:
        opens = "A" if by is FlaggedBy.ONLY_A else "B"
        about = f"{FLAGGED_BY[by][1]}. Click a row to open it in the scoring by {opens}."
        layout.title("Rows", about)
    return by, order


def _first_page() -> None:
    st.session_state["rows-page"] = 1


def _columns() -> dict[str, Any]:
    config = st.column_config
    return {
        "severity_a": config.NumberColumn("Severity by A", width=110, format="%.2f"),
        "severity_b": config.NumberColumn("Severity by B", width=110, format="%.2f"),
        "change": config.NumberColumn("Change", width=85, format="%+.2f"),
        "row": config.NumberColumn("Row", width=80, format="localized", help="Row in the file"),
    }
