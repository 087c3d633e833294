"""The threshold of a model: candidates, a preview of each, and the decision with its reason."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app.services.anomalies.types import View
from app.services.filters import Filter, Op
from app.services.models.thresholds import (
    PERIODS,
    TOLERANCE,
    CurrentThreshold,
    Preview,
    Workload,
)
from app.services.models.types import ThresholdChange
from app.services.runs.queries import RunFilter
from app.ui.anomalies import charts as anomalies_charts
from app.ui.anomalies.overview import threshold_slider
from app.ui.kit import charts, errors, html, layout, navigation, text
from app.ui.kit.context import console, zone
from app.ui.models import decisions
from app.ui.models.decisions import Option
from app.ui.reviews import labels
from app.ui.runs.run_list import run_picker
from pipeline.errors import Rejected
from pipeline.tracking.runs import Run, RunKind, RunStatus

ON, AT = "on", "t"
SEVERITY, CAPACITY, VERDICTS = "Severity", "Capacity", "Verdicts"
WHOLE = "this file"
HEIGHT = 230


def show(run: Run) -> None:
    """Draw the form for a model's threshold, and the changes so far."""
    current = console().thresholds.current(run.run_id)
    of_model = RunFilter(kind=RunKind.SCORE, status=RunStatus.FINISHED, model_run_id=run.run_id)
    if score_runs := console().runs.search(of_model).runs:
        _choose(current, score_runs)
    else:
        advice = "A threshold is previewed on scored rows."
        with (
            layout.card("threshold-none"),
            layout.empty("Nothing scored with this model", advice),
        ):
            if st.button("Score some data with it", type="primary"):
                navigation.go("score", model=run.run_id)
    with layout.card("threshold-history"), errors.guarded("The threshold's history"):
        _history(current)


def score_text(score: float) -> str:
    """A threshold on the scale of ``anomaly_score``."""
    return f"{score:.4g}" + ("" if score else ", as trained")


def _choose(current: CurrentThreshold, score_runs: Sequence[Run]) -> None:
    left, right = st.columns([2, 3])
    at = None
    with left, layout.card("threshold-option", height="stretch"):
        layout.title(
            "Another threshold",
            f"Scores below it are flagged; currently {score_text(current.score)}. No "
            "retraining; scores and severities stay as they are.",
        )
        _disagreement(current)
        on = _score_run(score_runs)
        with errors.guarded("The rows to look at"):
            at = _candidate(current, on)
    with right, layout.card("threshold-preview", height="stretch"), errors.guarded("The preview"):
        if at is None:
            layout.empty("Nothing to preview", "Choose another candidate at the left.")
        else:
            _preview(current, on, at)


def _score_run(score_runs: Sequence[Run]) -> Run:
    """The score run whose rows are previewed; choosing another changes the address."""
    st.caption("Previewed on the rows of")
    asked = st.query_params.get(ON, "")
    chosen = run_picker(score_runs, asked, console().datasets.names())
    if chosen.run_id != (asked or score_runs[0].run_id):
        st.query_params[ON] = chosen.run_id
    return chosen


def _preview(current: CurrentThreshold, on: Run, at: float) -> None:
    """Rows gained and lost, the chart, and the decision."""
    found = console().thresholds.preview(on.run_id, current.score, at)
    layout.title("What would change", "Counted on all rows of the chosen run.")
    _figures(current, found, at, console().thresholds.workload(on.run_id))
    _chart(on, found)
    _rows_between(current, on, found, at)
    same = abs(at - current.score) < TOLERANCE and current.agrees
    option = Option(
        "Make this the model's threshold",
        ":material/gavel:",
        partial(_decide, current, on.run_id, found, at),
        f"The threshold is {at:.4g} now",
        primary=True,
        disabled="It is the threshold already" if same else "",
    )
    decisions.form("threshold", [option])


def _figures(current: CurrentThreshold, found: Preview, at: float, work: Workload) -> None:
    before = text.percent(found.before / found.rows if found.rows else None, 2)
    weekly = work.per(found.after, "week")
    items = [
        ("Score below", f"{at:.4f}", f"now {current.score:.4f}"),
        ("Severity from", text.number(found.severity, 2), "on these rows"),
        ("Anomalies", text.number(found.after), f"now {text.number(found.before)}"),
        ("Rate", text.percent(found.rate, 2), f"now {before}"),
        ("Gained", text.number(found.gained), "newly flagged"),
        ("Lost", text.number(found.lost), "no longer flagged"),
        ("A week", text.number(weekly, 1), "rows to review" if weekly else "without dates"),
    ]
    cells = [
        (name, html.span(value, cls="ac-strong") + html.tag("div", html.span(sub), cls="ac-sub"))
        for name, value, sub in items
    ]
    st.html(html.facts(cells))


def _chart(on: Run, found: Preview) -> None:
    shown = View((), 100.0 if found.severity is None else found.severity)
    counts = console().anomalies.severity_histogram(on.run_id, shown)
    figure = anomalies_charts.severity_histogram(counts, found.severity)
    figure.update_layout(height=HEIGHT)
    st.plotly_chart(figure, key="threshold-tail", config=charts.CONFIG)


def _rows_between(current: CurrentThreshold, on: Run, found: Preview, at: float) -> None:
    """Lead to the rows that only one of the thresholds flags."""
    rows, what = found.gained or found.lost, "gained" if found.gained else "lost"
    if not rows:
        return
    low, high = sorted((at, current.score))
    if st.button(f"See the {text.plural(rows, 'row')} {what}", icon=":material/scatter_plot:"):
        between = Filter("anomaly_score", Op.BETWEEN, (low, high)).to_text()
        navigation.go("anomalies", run=on.run_id, rows="All rows", f=between)


def _decide(current: CurrentThreshold, run_id: str, found: Preview, at: float, reason: str) -> None:
    console().thresholds.decide(current, at, reason, run_id=run_id, preview=found)
    st.query_params.pop(AT, None)


def _disagreement(current: CurrentThreshold) -> None:
    """Point out a threshold that was changed in MLflow itself."""
    if current.agrees:
        return
    errors.notice(
        "The threshold was changed outside the console",
        f"MLflow's tag says {current.score:.4g}, which no decision here has set. Scoring follows "
        "MLflow. Decide again to have it on record.",
        "warn",
    )


def _history(current: CurrentThreshold) -> None:
    """The changes of the threshold, and undoing the last one."""
    changes = console().thresholds.history(current.model.run_id)
    layout.title("History", "Each line is one decision; undo adds another and erases none.")
    if not changes:
        nothing = html.span("As trained; nothing was decided yet.")
        st.html(html.tag("div", nothing, cls="ac-sub"))
        return
    lines = [_line(change, current) for change in changes]
    st.html(html.tag("ol", "".join(lines), cls="ac-verdicts"))
    option = Option(
        "Undo the last decision",
        ":material/undo:",
        partial(console().thresholds.undo, current),
        f"The threshold is {current.score_of(changes[0].previous):.4g} again",
    )
    with st.popover("Undo", icon=option.icon, width="content"):
        decisions.form("threshold-undo", [option])


def _line(change: ThresholdChange, current: CurrentThreshold) -> str:
    when = text.exact(change.changed_at, zone())
    who = f"{change.changed_by}, {text.ago(change.changed_at)}"
    inner = html.span(decisions.change_text(change, current.trained), cls="ac-strong ac-num")
    inner += html.span(who, cls="ac-sub", title=when)
    inner += html.tag("div", html.span(f"“{change.reason}”"), cls="ac-verdict-reason")
    return html.tag("li", inner)


def _candidate(current: CurrentThreshold, on: Run) -> float | None:
    """Let the operator choose a threshold; None, with the reason, where there is none."""
    method = st.segmented_control(
        "Start from",
        [SEVERITY, CAPACITY, VERDICTS],
        default=SEVERITY,
        required=True,
        key="from",
        bind="query-params",
    )
    try:
        if method == CAPACITY:
            return _by_capacity(on)
        return _by_verdicts(current) if method == VERDICTS else _by_severity(current, on)
    except Rejected as error:
        errors.notice("No such threshold", error.message, "warn")
        return None


def _by_severity(current: CurrentThreshold, on: Run) -> float:
    """The slider of the Anomalies page, on this run's rows; the address holds its value."""
    now = console().thresholds.preview(on.run_id, current.score, current.score).severity
    label = "Severity from which rows are anomalies"
    value = threshold_slider(label, "threshold-severity", now, "now", title=True)
    if now is not None and value == round(now, 6):
        return current.score
    return console().thresholds.at_severity(on.run_id, value)


def _by_capacity(on: Run) -> float:
    """As many rows as reviewers can look at."""
    work = console().thresholds.workload(on.run_id)
    periods = [*PERIODS, WHOLE] if work.span else [WHOLE]
    left, right = st.columns(2)
    capacity = left.number_input(
        "Rows to review", min_value=1, value=50, step=10, key="capacity", bind="query-params"
    )
    period = right.selectbox(
        "per", periods, index=min(1, len(periods) - 1), key="period", bind="query-params"
    )
    most = work.rows_for(capacity, period)
    if work.span:
        weeks = text.number(work.span / PERIODS["week"], 1)
        st.caption(
            f"The rows came in over {weeks} weeks by {work.column}, so that is at most "
            f"{text.number(most)} of {text.number(work.rows)} rows."
        )
    else:
        st.caption("This data has no dates, so a capacity is one of the whole file.")
    return console().thresholds.at_rows(on.run_id, most)


def _by_verdicts(current: CurrentThreshold) -> float:
    """As many rows as keep the wanted precision, by the verdicts so far."""
    wanted = st.slider(
        "Wanted precision, in %", 5, 100, 80, step=5, key="precision", bind="query-params"
    )
    found = console().thresholds.at_precision(current.model.run_id, wanted / 100)
    st.caption(
        f"Down to there verdicts give {labels.share(found.share)}, with the 95 % interval: "
        f"{labels.behind(found.share)}. They are of flagged rows and of rows reviewed in "
        "turn, as deep as reviewers went."
    )
    return found.score
