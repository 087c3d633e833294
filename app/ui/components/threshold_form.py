"""The threshold of a model as a decision: what another one would change, and why it is taken."""

from functools import partial

import streamlit as st

from app.charts import base, scores
from app.services.explore_address import to_text
from app.services.explore_model import Filter, Op, View
from app.services.models_model import ThresholdChange
from app.services.run_model import Run
from app.services.threshold_choice import Preview
from app.services.thresholds import NEAR, Standing, Workload
from app.ui import anomaly_questions, context, guard, html, model_questions, navigation, text
from app.ui.components import (
    decision_form,
    failures,
    layout,
    model_words,
    pickers,
    threshold_start,
)
from app.ui.components.decision_form import Choice

ON = "on"
HEIGHT = 230


def show(run: Run) -> None:
    """Draw the form of a model, and how its threshold moved so far."""
    standing = model_questions.standing(run.run_id)
    scorings = list(model_questions.scorings(run.run_id))
    if scorings:
        _choose(standing, scorings)
    else:
        _nothing_scored(run)
    with layout.card("threshold-history"), guard.guarded("The threshold's history"):
        _history(standing)


def _nothing_scored(run: Run) -> None:
    with (
        layout.card("threshold-none"),
        layout.empty("Nothing scored with this model", "A threshold is previewed on scored rows."),
    ):
        if st.button("Score some data with it", type="primary"):
            navigation.go("score", model=run.run_id)


def _choose(standing: Standing, scorings: list[Run]) -> None:
    left, right = st.columns([2, 3])
    at = None
    with left, layout.card("threshold-choice", height="stretch"):
        layout.title(
            "Another threshold",
            f"Scores below it are flagged; in force: {model_words.threshold(standing.score)}. No "
            "retraining; scores and severities stay as they are.",
        )
        _disagreement(standing)
        on = _scoring(scorings)
        with guard.guarded("The rows to look at"):
            at = threshold_start.start(standing, on)
    with right, layout.card("threshold-preview", height="stretch"), guard.guarded("The preview"):
        if at is None:
            layout.empty("Nothing to preview", "Choose another start at the left.")
        else:
            _preview(standing, on, at)


def _scoring(scorings: list[Run]) -> Run:
    """On which scored rows to look; another choice changes the address."""
    st.caption("Previewed on the rows of")
    asked = st.query_params.get(ON, "")
    chosen = pickers.run_picker(scorings, asked, pickers.dataset_names())
    if chosen.run_id != (asked or scorings[0].run_id):
        st.query_params[ON] = chosen.run_id
    return chosen


def _preview(standing: Standing, on: Run, at: float) -> None:
    """Gains and losses, the chart, and the decision."""
    found = model_questions.preview(on.run_id, standing.score, at)
    layout.title("What would change", "Counted on all rows of the chosen run.")
    _figures(standing, found, at, model_questions.workload(on.run_id))
    _chart(on, found)
    _rows_between(standing, on, found, at)
    same = abs(at - standing.score) < NEAR and standing.agrees
    choice = Choice(
        "Make this the model's threshold",
        ":material/gavel:",
        partial(_decide, standing, on.run_id, found, at),
        f"The threshold is {at:.4g} now",
        primary=True,
        barred="It is the threshold already" if same else "",
    )
    decision_form.form("threshold", [choice])


def _figures(standing: Standing, found: Preview, at: float, work: Workload) -> None:
    before = text.percent(found.before / found.rows if found.rows else None, 2)
    weekly = work.per(found.after, "week")
    items = [
        ("Score below", f"{at:.4f}", f"now {standing.score:.4f}"),
        ("Severity from", text.number(found.severity, 2), "on these rows"),
        ("Anomalies", text.number(found.after), f"now {text.number(found.before)}"),
        ("Rate", text.percent(found.rate, 2), f"now {before}"),
        ("Gained", text.number(found.gained), "flagged anew"),
        ("Lost", text.number(found.lost), "let go"),
        ("A week", text.number(weekly, 1), "rows to review" if weekly else "without dates"),
    ]
    cells = [
        (name, html.words(value, cls="ac-strong") + html.tag("div", html.words(sub), cls="ac-sub"))
        for name, value, sub in items
    ]
    st.html(html.facts(cells))


def _chart(on: Run, found: Preview) -> None:
    summary = anomaly_questions.summary(on.run_id)
    shown = View((), 100.0 if found.severity is None else found.severity)
    tail = anomaly_questions.tail(on.run_id, shown)
    figure = scores.tail(tail, summary.bands, found.severity)
    figure.update_layout(height=HEIGHT)
    st.plotly_chart(figure, key="threshold-tail", config=base.CONFIG)


def _rows_between(standing: Standing, on: Run, found: Preview, at: float) -> None:
    """Lead to the rows that would change sides."""
    rows, what = found.gained or found.lost, "gained" if found.gained else "lost"
    if not rows:
        return
    low, high = sorted((at, standing.score))
    if st.button(f"See the {text.plural(rows, 'row')} {what}", icon=":material/scatter_plot:"):
        between = to_text(Filter("anomaly_score", Op.BETWEEN, (low, high)))
        navigation.go("anomalies", run=on.run_id, rows="All rows", f=between)


def _decide(standing: Standing, run_id: str, found: Preview, at: float, reason: str) -> None:
    thresholds = context.console().thresholds
    thresholds.decide(standing, at, reason, run_id=run_id, preview=found)
    st.query_params.pop(threshold_start.AT, None)


def _disagreement(standing: Standing) -> None:
    """Say when somebody has moved the threshold in MLflow itself."""
    if standing.agrees:
        return
    failures.notice(
        "The threshold was changed outside the console",
        f"MLflow's tag says {standing.score:.4g}, which no decision here has set. Scoring follows "
        "MLflow. Decide again to have it on record.",
        "warn",
    )


def _history(standing: Standing) -> None:
    """How the threshold moved, and the way back."""
    moves = model_questions.threshold_history(standing.model.run_id)
    layout.title("History", "Each line is one decision; undo adds another and erases none.")
    if not moves:
        words = html.words("As trained; nothing was decided yet.")
        st.html(html.tag("div", words, cls="ac-sub"))
        return
    lines = [_line(move, standing) for move in moves]
    st.html(html.tag("ol", "".join(lines), cls="ac-verdicts"))
    choice = Choice(
        "Undo the last decision",
        ":material/undo:",
        partial(context.console().thresholds.undo, standing),
        f"The threshold is {standing.score_of(moves[0].previous):.4g} again",
    )
    with st.popover("Undo", icon=choice.icon, width="content"):
        decision_form.form("threshold-undo", [choice])


def _line(move: ThresholdChange, standing: Standing) -> str:
    moment = text.exact(move.changed_at, context.zone())
    who = f"{move.changed_by}, {text.ago(move.changed_at)}"
    inner = html.words(model_words.change(move, standing.trained), cls="ac-strong ac-num")
    inner += html.words(who, cls="ac-sub", title=moment)
    inner += html.tag("div", html.words(f"“{move.reason}”"), cls="ac-verdict-words")
    return html.tag("li", inner)
