"""Two to ten runs beside each other."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from app.services.comparison.queries import ShapeOf
from app.services.comparison.types import FEWEST, Comparison, Line
from app.services.datasets.types import Dataset
from app.services.runs.types import Run
from app.ui.comparison import charts as comparison_charts
from app.ui.comparison import queries as ask
from app.ui.comparison import queries as comparison_queries
from app.ui.comparison.charts import Axis
from app.ui.jobs.parameters import title_of
from app.ui.kit import charts, context, errors, html, inputs, layout, pickers, states, text
from app.ui.kit.charts import SERIES
from app.ui.runs import address
from app.ui.runs import views as runs_views

Part = tuple[str, Callable[[Comparison], None]]


def compare_runs(run_ids: tuple[str, ...]) -> None:
    """Draw the comparison that the address names."""
    place = layout.page_header(
        "Compare runs", "What was asked, what came of it, and on which data."
    )
    with place:
        if st.button("All runs", icon=":material/arrow_back:"):
            address.back(run_ids)
        if st.button(
            "Model against model",
            icon=":material/balance:",
            disabled=len(run_ids) != FEWEST,
            help="Two models on the same rows" if len(run_ids) == FEWEST else "Leave two runs",
        ):
            address.show(versus=",".join(run_ids))
    with errors.guarded("The comparison"):
        found = comparison_queries.comparison(run_ids)
        _chips(found)
        with layout.card("side-by-side"):
            comparison_table(found, pickers.dataset_names())
        _charts(found)
        with layout.card("data-sets"):
            dataset_cards(found)


def _charts(found: Comparison) -> None:
    """Charts in pairs; one that fails leaves the others."""
    parts: list[Part] = [
        ("Parameter and metric", against),
        ("Parallel coordinates", parallel),
        ("Score distributions", distributions),
        ("Duration", durations),
    ]
    for row in (parts[:2], parts[2:]):
        for column, (name, draw) in zip(st.columns(2), row, strict=True):
            with column, layout.card(name, height="stretch"), errors.guarded(name):
                draw(found)


def _chips(found: Comparison) -> None:
    """Each run with the way to leave it out, while enough stay."""
    if len(found.runs) <= FEWEST:
        return
    ids = [run.run_id for run in found.runs]
    inputs.chips(
        [
            inputs.Chip(
                label(place, run),
                f"Leave out {run.name} of {text.ago(run.started)}",
                partial(_keep, [each for each in ids if each != run.run_id]),
            )
            for place, run in enumerate(found.runs)
        ]
    )


def _keep(run_ids: list[str]) -> None:
    st.query_params[address.COMPARE] = ",".join(run_ids)


LETTERS = "ABCDEFGHIJ"
DIFFERENCES, EVERYTHING = "What differs", "Everything"
Entry = tuple[Line, str, Callable[..., str]]
"""A line, its title, and how its values are written."""


def comparison_table(found: Comparison, names: Mapping[str, str]) -> None:
    """The table; ``names`` are the data sets by id."""
    with st.container(horizontal=True, vertical_alignment="center"):
        place = st.container()
        shown = st.segmented_control(
            "Lines",
            [DIFFERENCES, EVERYTHING],
            default=DIFFERENCES,
            required=True,
            key="lines",
            bind="query-params",
            label_visibility="collapsed",
        )
    groups: dict[str, list[Entry]] = {
        "Run": _about(found, names),
        "Parameters of the model": [(line, title_of(line.name), str) for line in found.parameters],
        "Metrics": [
            (line, runs_views.metric_title(line.name), _metric(line.name)) for line in found.metrics
        ],
    }
    kept = {
        title: [each for each in lines if each[0].differs or shown == EVERYTHING]
        for title, lines in groups.items()
    }
    hidden = sum(map(len, groups.values())) - sum(map(len, kept.values()))
    with place:
        layout.title("Side by side", _hidden(hidden))
    body = "".join(_group(title, lines) for title, lines in kept.items() if lines)
    table = html.tag("table", html.tag("thead", _head(found.runs)) + html.tag("tbody", body))
    st.html(html.tag("div", table, cls="ac-compare", tabindex="0"))


def _hidden(count: int) -> str:
    return f"{text.plural(count, 'line')} the same in all runs left out." if count else ""


def label(place: int, run: Run) -> str:
    """How a run is called in charts: its letter and its name."""
    return f"{LETTERS[place]} · {text.shorten(run.name, 24)}"


def badge(place: int) -> str:
    """The letter of a run in its colour."""
    return html.tag("span", LETTERS[place], cls="ac-letter", style=f"background:{SERIES[place]}")


def _head(runs: Sequence[Run]) -> str:
    cells = [html.tag("th", "")]
    for place, run in enumerate(runs):
        name = html.tag(
            "a",
            escape(run.name),
            href=f"/runs?run={run.run_id}",
            target="_self",
            cls="ac-link ac-cut",
            title=f"{run.name}, {run.run_id}",
        )
        when = html.words(text.minute(run.started, context.zone()), cls="ac-sub")
        cells.append(html.tag("th", html.tag("div", badge(place) + name, cls="ac-row") + when))
    return html.tag("tr", "".join(cells))


def _about(found: Comparison, names: Mapping[str, str]) -> list[Entry]:
    """What a run is, did and cost."""
    runs, models = found.runs, found.models
    values: dict[str, list[str | None]] = {
        "Kind": [states.KINDS[run.kind] if run.kind else None for run in runs],
        "Status": [states.RUN_STATES[run.status][0] for run in runs],
        "Data set": [names.get(run.dataset_id, run.dataset_id) or None for run in runs],
        "Model": [runs_views.model_words(model) if model else None for model in models],
        "Duration": [text.duration(run.seconds) for run in runs],
        "Asked by": [run.requested_by or None for run in runs],
    }
    return [(Line(name, tuple(given)), name, str) for name, given in values.items()]


def _metric(name: str) -> Callable[[float], str]:
    return lambda value: runs_views.metric(name, value)


def _group(title: str, lines: Sequence[Entry]) -> str:
    width = str(len(lines[0][0].values) + 1)
    rows = [html.tag("tr", html.tag("th", escape(title), colspan=width), cls="ac-group")]
    for line, name, write in lines:
        cells = [html.tag("th", html.words(name, cls="ac-cut", title=line.name))]
        cells += [_cell(value, write) for value in line.values]
        rows.append(html.tag("tr", "".join(cells)))
    return "".join(rows)


def _cell(value: object, write: Callable[..., str]) -> str:
    words = text.ABSENT if value is None else write(value)
    return html.tag("td", html.words(words, cls="ac-cut", title=words))


HEADINGS = ("Data set", "Trained on it", "Scored it", "Rows", "Columns", "SHA-256", "Uploaded")


def dataset_cards(found: Comparison) -> None:
    """One line for each data set."""
    seen = found.datasets
    layout.title("Data sets they saw", "The same bytes are one data set.")
    if not seen:
        st.caption("None of these runs names its data set.")
        return
    known = {each.dataset_id: each for each in context.console().datasets.list_datasets()}
    rows = [_row(each, known.get(each), seen[each]) for each in seen]
    head = html.tag("tr", "".join(html.tag("th", escape(each)) for each in HEADINGS))
    table = html.tag("table", html.tag("thead", head) + html.tag("tbody", "".join(rows)))
    st.html(html.tag("div", table, cls="ac-compare", tabindex="0"))


def _row(dataset_id: str, dataset: Dataset | None, used: tuple[Sequence[int], ...]) -> str:
    name = dataset.name if dataset else dataset_id
    link = html.tag(
        "a",
        escape(name),
        href=f"/data?dataset={dataset_id}",
        target="_self",
        cls="ac-link ac-cut",
        title=name,
    )
    cells = ["".join(map(badge, places)) or text.ABSENT for places in used]
    cells += [html.words(each) for each in _facts(dataset)]
    return html.tag("tr", html.tag("th", link) + "".join(html.tag("td", each) for each in cells))


def _facts(dataset: Dataset | None) -> Sequence[str]:
    if dataset is None:
        return [text.ABSENT] * 4
    return [
        text.number(dataset.rows),
        text.number(dataset.columns),
        dataset.sha256[:12],
        text.minute(dataset.created, context.zone()),
    ]


MOST_AXES = 6
WORK = ("training_seconds", "scoring_seconds")
LEADING = ("anomaly_rate", "injected_recall", "injected_auc", "drift_max")
SHAPES = {"Severity": ShapeOf.SEVERITY, "Score": ShapeOf.SCORE}


def labels(found: Comparison) -> list[str]:
    """How the runs are called in charts: as in the table above."""
    return list(LETTERS[: len(found.runs)])


def against(found: Comparison) -> None:
    """A parameter against a metric."""
    layout.title("Parameter and metric", "One point for each run.")
    params, metrics = (
        _axes(found.parameters, title_of),
        _axes(found.metrics, runs_views.metric_title),
    )
    if not params or not metrics:
        st.caption("Needs a parameter and a metric that two of the runs have.")
        return
    with st.container(horizontal=True):
        x = _choice("Across", params, "x", 0)
        y = _choice("Up", metrics, "y", 0)
    _draw(comparison_charts.scatter(labels(found), params[x], metrics[y]), "compare-scatter")


def parallel(found: Comparison) -> None:
    """Parameters and metrics of all runs at once."""
    layout.title("Parallel coordinates", "Each property on a scale of its own, lowest below.")
    axes = _axes(found.parameters, title_of) | _axes(found.metrics, runs_views.metric_title)
    chosen = st.multiselect(
        "Axes",
        list(axes),
        default=first_axes(found, axes),
        format_func=lambda name: axes[name].title,
        key="axes",
        label_visibility="collapsed",
        placeholder="Choose parameters and metrics",
    )
    if len(chosen) > 1:
        drawn = [axes[name] for name in chosen]
        _draw(comparison_charts.parallel(labels(found), drawn), "compare-parallel")
    else:
        st.caption("Choose two axes or more.")


def first_axes(found: Comparison, axes: dict[str, Axis]) -> list[str]:
    """Return the axes to begin with: what differs, leading metrics first, but not too many."""
    params = [line.name for line in found.parameters if line.differs]
    metrics = [line.name for line in found.metrics if line.differs and "/" not in line.name]
    metrics.sort(key=lambda name: (name not in LEADING, name))
    return [name for name in (*params[:4], *metrics) if name in axes][:MOST_AXES]


def _axes(lines: Sequence[Line], title: Any) -> dict[str, Axis]:  # noqa: ANN401 - a function
    """Return each line that two runs have as an axis, those that differ first."""
    kept = [line for line in lines if sum(value is not None for value in line.values) > 1]
    kept.sort(key=lambda line: (not line.differs, line.name not in LEADING))
    return {line.name: Axis(title(line.name), as_values(line.values)) for line in kept}


def as_values(values: Sequence[Any]) -> tuple[float | str | None, ...]:
    """Read numbers where all are numbers; whole numbers of MLflow's texts as well."""
    try:
        return tuple(None if value is None else float(value) for value in values)
    except ValueError:
        return tuple(None if value is None else str(value) for value in values)


def _choice(label: str, axes: dict[str, Axis], key: str, place: int) -> str:
    return st.selectbox(
        label,
        list(axes),
        index=place,
        format_func=lambda name: axes[name].title,
        key=key,
        bind="query-params",
        label_visibility="collapsed",
    )


def distributions(found: Comparison) -> None:
    """Scores over each other."""
    with st.container(horizontal=True, vertical_alignment="center"):
        place = st.container()
        by = st.segmented_control(
            "Shown by",
            list(SHAPES),
            default="Score",
            required=True,
            key="by",
            bind="query-params",
            label_visibility="collapsed",
        )
    runs = ask.scored(tuple(run.run_id for run in found.runs))
    with place:
        layout.title("How severe", _chart_caption(runs))
    scored = tuple(run.run_id for run in runs if run)
    if not scored:
        st.caption("None of these runs has scored rows.")
        return
    with st.skeleton(height=comparison_charts.HEIGHT):
        shapes = dict(zip(scored, ask.shapes(scored, SHAPES[by]), strict=True))
    drawn = [shapes[run.run_id] if run else None for run in runs]
    _draw(comparison_charts.distributions(labels(found), drawn, SHAPES[by]), "compare-shapes")


def _chart_caption(runs: Sequence[Any]) -> str:
    lacking = [letter for letter, run in zip(LETTERS, runs, strict=False) if not run]
    without = f" Without scored rows: {', '.join(lacking)}." if lacking else ""
    return f"Dashed: where each run's flag begins. A training stands for its own data.{without}"


def durations(found: Comparison) -> None:
    """How long each run took."""
    longest = max(found.runs, key=lambda run: run.seconds)
    layout.title("Duration", f"The longest took {text.duration(longest.seconds)}.")
    work = [
        min(run.seconds, sum(run.metrics.get(name, 0.0) for name in WORK)) for run in found.runs
    ]
    rest = [run.seconds - own for run, own in zip(found.runs, work, strict=True)]
    named = [label(place, run) for place, run in enumerate(found.runs)]
    _draw(comparison_charts.durations(named, work, rest), "compare-durations")


def _draw(figure: Any, key: str) -> None:  # noqa: ANN401 - plotly is untyped
    st.plotly_chart(figure, key=key, config=charts.CONFIG)
