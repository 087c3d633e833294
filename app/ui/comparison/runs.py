"""Run comparison: two to ten runs side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from app.services.comparison.types import FEWEST, ComparisonRow, RunComparison, ScoreColumn
from app.ui.comparison import address, charts
from app.ui.comparison.charts import Axis
from app.ui.kit import context, errors, html, inputs, layout, text
from app.ui.kit.address import put, switch
from app.ui.kit.charts import CONFIG, SERIES
from app.ui.runs.labels import KINDS, RUN_STATES, metric, metric_title, model_label, parameter_title
from pipeline.tracking.datasets import Dataset
from pipeline.tracking.runs import Run

LETTERS = "ABCDEFGHIJ"
DIFFERENCES, EVERYTHING = "What differs", "Everything"
DATASET_HEADINGS = (
    *("Data set", "Trained on it", "Scored it"),
    *("Rows", "Columns", "SHA-256", "Uploaded"),
)
MOST_PARAMETER_AXES, MOST_AXES = 4, 6
WORK_METRICS = ("training_seconds", "scoring_seconds")
LEADING_METRICS = ("anomaly_rate", "injected_recall", "injected_auc", "drift_max")
SCORE_COLUMNS = {"Score": ScoreColumn.SCORE, "Severity": ScoreColumn.SEVERITY}

TableRow = tuple[ComparisonRow, str, Callable[..., str]]
"""A row, its title, and how its values are written."""


def compare_runs(run_ids: tuple[str, ...]) -> None:
    """Draw the comparison of some runs."""
    about = "Their parameters, metrics and data sets side by side."
    with layout.page_header("Compare runs", about):
        _actions(run_ids)
    with errors.guarded("The comparison"):
        found = context.console().comparisons.runs(run_ids)
        _chips(found.runs)
        with layout.card("side-by-side"):
            _table(found, context.console().datasets.names())
        left, right = st.columns(2)
        with left, _chart_card("Parameter and metric"):
            _scatter(found)
        with right, _chart_card("Parallel coordinates"):
            _parallel_coordinates(found)
        left, right = st.columns(2)
        with left, _chart_card("Score distributions"):
            _histograms(found)
        with right, _chart_card("Duration"):
            _durations(found)
        with layout.card("data-sets"):
            _datasets(found)


def _actions(run_ids: tuple[str, ...]) -> None:
    if st.button("All runs", icon=":material/arrow_back:"):
        address.show_list(run_ids)
    if st.button(
        "Compare the models",
        icon=":material/balance:",
        disabled=len(run_ids) != FEWEST,
        help="Two models on the same rows" if len(run_ids) == FEWEST else "Leave two runs",
    ):
        address.show_models(*run_ids)


@contextmanager
def _chart_card(name: str) -> Iterator[None]:
    """Surround a chart; one that fails leaves the others."""
    with layout.card(name, height="stretch"), errors.guarded(name):
        yield


def _chips(runs: Sequence[Run]) -> None:
    """Show each run with a way to leave it out, while enough stay."""
    if len(runs) <= FEWEST:
        return
    chips = []
    for i, run in enumerate(runs):
        others = ",".join(each.run_id for each in runs if each is not run)
        about = f"Leave out {run.name} of {text.ago(run.started)}"
        chips.append(inputs.Chip(_label(i, run), about, partial(put, address.RUNS, others)))
    inputs.chips(chips)


def _label(i: int, run: Run) -> str:
    """Name a run by its letter and its name."""
    return f"{LETTERS[i]} · {text.shorten(run.name, 24)}"


def _badge(i: int) -> str:
    """Return the letter of a run in its colour."""
    return html.tag("span", LETTERS[i], cls="ac-letter", style=f"background:{SERIES[i]}")


def _table(found: RunComparison, names: Mapping[str, str]) -> None:
    """Draw properties, parameters and metrics; ``names`` are the data sets by id."""
    with st.container(horizontal=True, vertical_alignment="center"):
        heading = st.container()
        shown = switch("Lines", [DIFFERENCES, EVERYTHING], "lines")
    groups: dict[str, list[TableRow]] = {
        "Run": _properties(found, names),
        "Parameters of the model": [
            (row, parameter_title(row.name), str) for row in found.parameters
        ],
        "Metrics": [
            (row, metric_title(row.name), partial(metric, row.name)) for row in found.metrics
        ],
    }
    kept = {
        title: [each for each in rows if each[0].differs or shown == EVERYTHING]
        for title, rows in groups.items()
    }
    hidden = sum(map(len, groups.values())) - sum(map(len, kept.values()))
    about = f"{text.plural(hidden, 'line')} the same in all runs left out." if hidden else ""
    with heading:
        layout.title("Side by side", about)
    body = "".join(_group(title, rows) for title, rows in kept.items() if rows)
    _draw_table(_head(found.runs), body)


def _draw_table(head: str, body: str) -> None:
    table = html.tag("table", html.tag("thead", head) + html.tag("tbody", body))
    st.html(html.tag("div", table, cls="ac-compare", tabindex="0"))


def _head(runs: Sequence[Run]) -> str:
    cells = [html.tag("th", "")]
    for i, run in enumerate(runs):
        name = _link(run.name, f"/runs?run={run.run_id}", f"{run.name}, {run.run_id}")
        when = html.span(text.minute(run.started, context.zone()), cls="ac-sub")
        cells.append(html.tag("th", html.tag("div", _badge(i) + name, cls="ac-row") + when))
    return html.tag("tr", "".join(cells))


def _link(name: str, href: str, title: str) -> str:
    return html.tag("a", escape(name), href=href, target="_self", cls="ac-link ac-cut", title=title)


def _properties(found: RunComparison, names: Mapping[str, str]) -> list[TableRow]:
    runs, models = found.runs, found.models
    values: dict[str, list[str | None]] = {
        "Kind": [KINDS[run.kind] if run.kind else None for run in runs],
        "Status": [RUN_STATES[run.status][0] for run in runs],
        "Data set": [names.get(run.dataset_id, run.dataset_id) or None for run in runs],
        "Model": [model_label(model) if model else None for model in models],
        "Duration": [text.duration(run.seconds) for run in runs],
        "Triggered by": [run.requested_by or None for run in runs],
    }
    return [(ComparisonRow(name, tuple(given)), name, str) for name, given in values.items()]


def _group(title: str, rows: Sequence[TableRow]) -> str:
    width = str(len(rows[0][0].values) + 1)
    lines = [html.tag("tr", html.tag("th", escape(title), colspan=width), cls="ac-group")]
    for row, name, write in rows:
        cells = [html.tag("th", html.span(name, cls="ac-cut", title=row.name))]
        for value in row.values:
            shown = text.ABSENT if value is None else write(value)
            cells.append(html.tag("td", html.span(shown, cls="ac-cut", title=shown)))
        lines.append(html.tag("tr", "".join(cells)))
    return "".join(lines)


def _datasets(found: RunComparison) -> None:
    """List the data sets that the runs or their models read."""
    used = found.datasets
    layout.title("Data sets", "The same bytes are one data set.")
    if not used:
        st.caption("None of these runs names its data set.")
        return
    known = {each.dataset_id: each for each in context.console().datasets.list_datasets()}
    body = "".join(_dataset_row(each, known.get(each), used[each]) for each in used)
    head = html.tag("tr", "".join(html.tag("th", escape(each)) for each in DATASET_HEADINGS))
    _draw_table(head, body)


def _dataset_row(
    dataset_id: str, dataset: Dataset | None, used: tuple[Sequence[int], Sequence[int]]
) -> str:
    name = dataset.name if dataset else dataset_id
    facts = [text.ABSENT] * 4
    if dataset:
        facts = [
            text.number(dataset.rows),
            text.number(dataset.columns),
            dataset.sha256[:12],
            text.minute(dataset.created, context.zone()),
        ]
    cells = ["".join(map(_badge, runs)) or text.ABSENT for runs in used]
    cells += [html.span(each) for each in facts]
    link = _link(name, f"/data?dataset={dataset_id}", name)
    return html.tag("tr", html.tag("th", link) + "".join(html.tag("td", each) for each in cells))


def _letters(found: RunComparison) -> list[str]:
    """Return the labels of the runs in charts."""
    return list(LETTERS[: len(found.runs)])


def _scatter(found: RunComparison) -> None:
    """Draw a parameter against a metric."""
    layout.title("Parameter and metric", "One point for each run.")
    params, metrics = _axes(found.parameters, parameter_title), _axes(found.metrics, metric_title)
    if not params or not metrics:
        st.caption("Needs a parameter and a metric that two of the runs have.")
        return
    with st.container(horizontal=True):
        x = _axis_picker("Across", params, "x")
        y = _axis_picker("Up", metrics, "y")
    _draw(charts.scatter(_letters(found), params[x], metrics[y]), "compare-scatter")


def _axis_picker(label: str, axes: dict[str, Axis], key: str) -> str:
    return st.selectbox(
        label,
        list(axes),
        format_func=lambda name: axes[name].title,
        key=key,
        bind="query-params",
        label_visibility="collapsed",
    )


def _parallel_coordinates(found: RunComparison) -> None:
    """Draw parameters and metrics of all runs at once."""
    layout.title("Parallel coordinates", "Each property on a scale of its own, lowest below.")
    axes = _axes(found.parameters, parameter_title) | _axes(found.metrics, metric_title)
    chosen = st.multiselect(
        "Axes",
        list(axes),
        default=_first_axes(found, axes),
        format_func=lambda name: axes[name].title,
        key="axes",
        label_visibility="collapsed",
        placeholder="Choose parameters and metrics",
    )
    if len(chosen) > 1:
        figure = charts.parallel_coordinates(_letters(found), [axes[name] for name in chosen])
        _draw(figure, "compare-parallel")
    else:
        st.caption("Choose two axes or more.")


def _first_axes(found: RunComparison, axes: dict[str, Axis]) -> list[str]:
    """Return the axes to begin with: what differs, leading metrics first, but not too many."""
    params = [row.name for row in found.parameters if row.differs]
    metrics = [row.name for row in found.metrics if row.differs and "/" not in row.name]
    metrics.sort(key=lambda name: (name not in LEADING_METRICS, name))
    names = (*params[:MOST_PARAMETER_AXES], *metrics)
    return [name for name in names if name in axes][:MOST_AXES]


def _axes(rows: Sequence[ComparisonRow], title: Callable[[str], str]) -> dict[str, Axis]:
    """Return an axis for each row that two runs have, those that differ first."""
    kept = [row for row in rows if sum(value is not None for value in row.values) > 1]
    kept.sort(key=lambda row: (not row.differs, row.name not in LEADING_METRICS))
    return {row.name: Axis(title(row.name), _axis_values(row.values)) for row in kept}


def _axis_values(values: Sequence[Any]) -> tuple[float | str | None, ...]:
    """Return numbers where all values can be read as such, else texts."""
    try:
        return tuple(None if value is None else float(value) for value in values)
    except ValueError:
        return tuple(None if value is None else str(value) for value in values)


def _histograms(found: RunComparison) -> None:
    """Draw the score distributions over each other."""
    comparisons = context.console().comparisons
    scorings = comparisons.scorings(tuple(run.run_id for run in found.runs))
    lacking = [letter for letter, run in zip(LETTERS, scorings, strict=False) if not run]
    about = "Dashed: where each run's flag begins. A training is shown by its own data."
    if lacking:
        about += f" Without scored rows: {', '.join(lacking)}."
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.title("Score distributions", about)
        column = SCORE_COLUMNS[switch("Shown by", list(SCORE_COLUMNS), "by")]
    scored = tuple(run.run_id for run in scorings if run)
    if not scored:
        st.caption("None of these runs has scored rows.")
        return
    with st.skeleton(height=charts.HEIGHT):
        histograms = comparisons.histograms(scored, column)
    by_run = dict(zip(scored, histograms, strict=True))
    drawn = [by_run[run.run_id] if run else None for run in scorings]
    _draw(charts.histograms(_letters(found), drawn, column), "compare-histograms")


def _durations(found: RunComparison) -> None:
    """Draw how long each run took."""
    longest = max(found.runs, key=lambda run: run.seconds)
    layout.title("Duration", f"The longest took {text.duration(longest.seconds)}.")
    work = [
        min(run.seconds, sum(run.metrics.get(name, 0.0) for name in WORK_METRICS))
        for run in found.runs
    ]
    rest = [run.seconds - own for run, own in zip(found.runs, work, strict=True)]
    labels = [_label(i, run) for i, run in enumerate(found.runs)]
    _draw(charts.durations(labels, work, rest), "compare-durations")


def _draw(figure: go.Figure, key: str) -> None:
    st.plotly_chart(figure, key=key, config=CONFIG)
