"""Charts of compared runs: what a parameter did to a metric, scores over each other, durations."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.charts import base, compare
from app.charts.axis import Axis
from app.services.run_compare import Comparison, Line
from app.services.scored_shapes import ShapeOf
from app.ui import compare_questions as ask
from app.ui import text
from app.ui.components import compare_table, layout, run_view
from app.ui.components.parameters import title_of

MOST_AXES = 6
WORK = ("training_seconds", "scoring_seconds")
LEADING = ("anomaly_rate", "injected_recall", "injected_auc", "drift_max")
SHAPES = {"Severity": ShapeOf.SEVERITY, "Score": ShapeOf.SCORE}


def labels(found: Comparison) -> list[str]:
    """How the runs are called in charts: as in the table above."""
    return list(compare_table.LETTERS[: len(found.runs)])


def against(found: Comparison) -> None:
    """A parameter against a metric."""
    layout.title("Parameter and metric", "One point for each run.")
    params, metrics = _axes(found.parameters, title_of), _axes(found.metrics, run_view.metric_title)
    if not params or not metrics:
        st.caption("Needs a parameter and a metric that two of the runs have.")
        return
    with st.container(horizontal=True):
        x = _choice("Across", params, "x", 0)
        y = _choice("Up", metrics, "y", 0)
    _draw(compare.scatter(labels(found), params[x], metrics[y]), "compare-scatter")


def parallel(found: Comparison) -> None:
    """Parameters and metrics of all runs at once."""
    layout.title("Parallel coordinates", "Each property on a scale of its own, lowest below.")
    axes = _axes(found.parameters, title_of) | _axes(found.metrics, run_view.metric_title)
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
        _draw(compare.parallel(labels(found), drawn), "compare-parallel")
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
        layout.title("How severe", _about(runs))
    scored = tuple(run.run_id for run in runs if run)
    if not scored:
        st.caption("None of these runs has scored rows.")
        return
    with st.skeleton(height=compare.HEIGHT):
        shapes = dict(zip(scored, ask.shapes(scored, SHAPES[by]), strict=True))
    drawn = [shapes[run.run_id] if run else None for run in runs]
    _draw(compare.distributions(labels(found), drawn, SHAPES[by]), "compare-shapes")


def _about(runs: Sequence[Any]) -> str:
    lacking = [letter for letter, run in zip(compare_table.LETTERS, runs, strict=False) if not run]
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
    named = [compare_table.label(place, run) for place, run in enumerate(found.runs)]
    _draw(compare.durations(named, work, rest), "compare-durations")


def _draw(figure: Any, key: str) -> None:  # noqa: ANN401 - plotly is untyped
    st.plotly_chart(figure, key=key, config=base.CONFIG)
