"""Model against model on the same data."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import streamlit as st

from app.services.comparison.types import Overlap, Part, Side, Versus, asked, lines_of
from app.services.runs.types import Run
from app.ui import cached
from app.ui.comparison import charts
from app.ui.comparison import queries as ask
from app.ui.jobs.parameters import title_of
from app.ui.kit import charts as kit_charts
from app.ui.kit import context, errors, html, layout, navigation, pickers, tables, text
from app.ui.kit.text import ABSENT
from app.ui.runs import address
from app.ui.runs import views as runs_views

HELP = {
    "jaccard": "Rows that both flag, by rows that any of the two flags (Jaccard 1912)",
    "kappa": "Agreement beyond chance (Cohen 1960): 1 is perfect, 0 what chance alone would give",
    "correlation": "Pearson's correlation of the two severities over all rows",
}


def compare_models(run_ids: tuple[str, ...]) -> None:
    """Draw what the address names."""
    place = layout.page_header(
        "Model against model", "The same rows scored by two models: what enters, leaves and stays."
    )
    with place:
        if st.button("All runs", icon=":material/arrow_back:"):
            address.back()
        if st.button("Compare the runs", icon=":material/compare_arrows:"):
            address.show(compare=",".join(run_ids))
    with errors.guarded("The comparison"):
        found = ask.versus(run_ids, st.query_params.get(address.ON, ""))
        choose(found, pickers.dataset_names())
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
        navigation.go("score", dataset=dataset_id, model=side.model.run_id)


def _compared(pair: Versus, a: str, b: str) -> None:
    """Numbers above, charts, then the rows."""
    with st.skeleton(height=600):
        found = ask.overlap(a, b)
    with layout.card("versus-numbers"):
        _numbers(found)
    left, right = st.columns([2, 3])
    with left, layout.card("versus-overlap", height="stretch"), errors.guarded("Overlap"):
        _overlap(found)
        _models(pair, found)
    with right, layout.card("versus-density", height="stretch"), errors.guarded("Severities"):
        layout.title(
            "Both severities", "All rows, counted. Dashed: where each begins to flag a row."
        )
        _draw(charts.density(ask.density(a, b), found.starts), "versus-density")
    with layout.card("versus-rows"), errors.guarded("The rows"):
        changed_rows(a, b, found)


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
    st.plotly_chart(figure, key=key, config=kit_charts.CONFIG)


def choose(found: Versus, names: Mapping[str, str]) -> None:
    """Let the operator choose; another choice changes the address."""
    models = _model_choices(found)
    with layout.card("versus-choice"):
        left, middle, right, swap = st.columns([4, 4, 3, 1], vertical_alignment="bottom")
        with left:
            a = _model("Model A", models, found.a)
        with middle:
            b = _model("Model B", models, found.b)
        with right:
            data = _data(names, found.dataset_id)
        with swap:
            swapped = st.button("", icon=":material/swap_horiz:", key="swap", help="Swap A and B")
    if swapped:
        go(found.b.asked.run_id, found.a.asked.run_id, found.dataset_id)
    if data != found.dataset_id:
        go(_own(found.a), _own(found.b), data)
    if (a, b) != (_own(found.a), _own(found.b)):
        go(_kept(a, found.a), _kept(b, found.b), data)


def go(a: str, b: str, dataset_id: str) -> NoReturn:
    """Open another pair."""
    address.show(versus=f"{a},{b}", on=dataset_id)


def _own(side: Side) -> str:
    """The run that a side's model is known by."""
    return side.model.run_id if side.model else side.asked.run_id


def _kept(chosen: str, side: Side) -> str:
    """Keep the very scoring that was asked for while its model stays."""
    return side.asked.run_id if chosen == _own(side) else chosen


def _model_choices(found: Versus) -> dict[str, Run]:
    """The models that can be chosen, with those of the address."""
    listed = {choice.run.run_id: choice.run for choice in context.console().scoring.models()}
    asked = {_own(side): side.model or side.asked for side in (found.a, found.b)}
    return listed | asked


def _model(label: str, models: Mapping[str, Run], side: Side) -> str:
    own, options = _own(side), list(models)
    champion = cached.champion()

    def written(run_id: str) -> str:
        run = models[run_id]
        crown = "champion · " if champion and champion.run_id == run_id else ""
        return f"{crown}{runs_views.model_words(run)}"

    return st.selectbox(
        label,
        options,
        index=options.index(own),
        format_func=written,
        key=f"{label}-{own}",
        help="The newest models and the champion; tick any other run in the list of runs.",
    )


def _data(names: Mapping[str, str], chosen: str) -> str:
    known = {chosen: chosen or text.ABSENT} | dict(names)
    options = list(known)
    return st.selectbox(
        "Data set",
        options,
        index=options.index(chosen),
        format_func=lambda each: text.shorten(known[each], 40),
        key=f"versus-data-{chosen}",
    )


PAGE = 25
WORDS = {Part.ENTER: "Enter", Part.LEAVE: "Leave", Part.BOTH: "Both"}
ORDERS = {
    "change": "Change of severity",
    "severity_a": "Severity by A",
    "severity_b": "Severity by B",
    "row": "Row",
}


def changed_rows(a: str, b: str, found: Overlap) -> None:
    """The rows of one part; ``a`` and ``b`` are the score runs."""
    part, order = _controls(found)
    whole = found.count(part)
    if not whole:
        layout.empty("No row", f"{_meaning(part)}: there is none.")
        return
    place = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        words = st.container()
        number = st.pagination(-(-whole // PAGE), key="versus-page", bind="query-params")
    offset = (number - 1) * PAGE
    page = ask.part_rows(a, b, part, order, offset=offset, limit=PAGE)
    last = offset + page.rows.num_rows
    words.caption(f"Rows {text.number(offset + 1)} to {text.number(last)} of {text.number(whole)}")
    with place:
        frame = page.rows.to_pandas()
        opened = tables.opened(frame, _columns(), f"versus-{part}-{order}-{offset}-{a}-{b}")
    if opened is not None:
        run = a if part is Part.LEAVE else b
        navigation.go("anomalies", run=run, row=str(int(frame["row"].iloc[opened])))


def _controls(found: Overlap) -> tuple[Part, str]:
    """Which rows in which order."""
    with st.container(horizontal=True, vertical_alignment="center"):
        place = st.container()
        part = st.segmented_control(
            "Which rows",
            list(Part),
            default=Part.ENTER,
            required=True,
            format_func=lambda each: f"{WORDS[each]} {text.number(found.count(each))}",
            key="part",
            label_visibility="collapsed",
            on_change=_first_page,
        )
        order = st.selectbox(
            "Sort by",
            list(ORDERS),
            format_func=ORDERS.__getitem__,
            key="versus-sort",
            width=200,
            label_visibility="collapsed",
            on_change=_first_page,
        )
    with place:
        opens = "A" if part is Part.LEAVE else "B"
        layout.title("Rows", f"{_meaning(part)}. Click a row to open it in the scoring by {opens}.")
    return part, order


def _first_page() -> None:
    """Other rows begin at their first page."""
    st.session_state["versus-page"] = 1


def _meaning(part: Part) -> str:
    words = {Part.ENTER: "B flags them, A does not", Part.LEAVE: "A flags them, B does not"}
    return words.get(part, "Both flag them")


def _columns() -> dict[str, Any]:
    config = st.column_config
    return {
        "severity_a": config.NumberColumn("Severity by A", width=110, format="%.2f"),
        "severity_b": config.NumberColumn("Severity by B", width=110, format="%.2f"),
        "change": config.NumberColumn("Change", width=85, format="%+.2f"),
        "row": config.NumberColumn("Row", width=80, format="localized", help="Row in the file"),
    }
