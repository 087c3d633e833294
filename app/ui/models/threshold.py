"""The threshold of a model as a decision: what another one would change, and why it is taken."""

from functools import partial

import streamlit as st

from app.clients.errors import Rejected
from app.services.anomalies.export import threshold_of
from app.services.anomalies.types import View
from app.services.filters import Filter, Op
from app.services.models.threshold_choice import Preview
from app.services.models.thresholds import NEAR, PERIODS, Standing, Workload
from app.services.models.types import ThresholdChange
from app.services.runs.types import Run
from app.ui.anomalies import charts as anomalies_charts
from app.ui.anomalies import queries as anomalies_queries
from app.ui.anomalies.overview import places
from app.ui.kit import charts, context, errors, html, layout, navigation, pickers, text
from app.ui.models import decisions as models_decisions
from app.ui.models import labels
from app.ui.models import queries as models_queries
from app.ui.models.decisions import Choice
from app.ui.reviews import labels as verdict_labels

ON = "on"
HEIGHT = 230


def show(run: Run) -> None:
    """Draw the form of a model, and how its threshold moved so far."""
    standing = models_queries.standing(run.run_id)
    scorings = list(models_queries.scorings(run.run_id))
    if scorings:
        _choose(standing, scorings)
    else:
        _nothing_scored(run)
    with layout.card("threshold-history"), errors.guarded("The threshold's history"):
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
            f"Scores below it are flagged; in force: {labels.threshold(standing.score)}. No "
            "retraining; scores and severities stay as they are.",
        )
        _disagreement(standing)
        on = _scoring(scorings)
        with errors.guarded("The rows to look at"):
            at = start(standing, on)
    with right, layout.card("threshold-preview", height="stretch"), errors.guarded("The preview"):
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
    found = models_queries.preview(on.run_id, standing.score, at)
    layout.title("What would change", "Counted on all rows of the chosen run.")
    _figures(standing, found, at, models_queries.workload(on.run_id))
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
    models_decisions.form("threshold", [choice])


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
    summary = anomalies_queries.summary(on.run_id)
    shown = View((), 100.0 if found.severity is None else found.severity)
    tail = anomalies_queries.tail(on.run_id, shown)
    figure = anomalies_charts.tail(tail, summary.bands, found.severity)
    figure.update_layout(height=HEIGHT)
    st.plotly_chart(figure, key="threshold-tail", config=charts.CONFIG)


def _rows_between(standing: Standing, on: Run, found: Preview, at: float) -> None:
    """Lead to the rows that would change sides."""
    rows, what = found.gained or found.lost, "gained" if found.gained else "lost"
    if not rows:
        return
    low, high = sorted((at, standing.score))
    if st.button(f"See the {text.plural(rows, 'row')} {what}", icon=":material/scatter_plot:"):
        between = Filter("anomaly_score", Op.BETWEEN, (low, high)).to_text()
        navigation.go("anomalies", run=on.run_id, rows="All rows", f=between)


def _decide(standing: Standing, run_id: str, found: Preview, at: float, reason: str) -> None:
    thresholds = context.console().thresholds
    thresholds.decide(standing, at, reason, run_id=run_id, preview=found)
    st.query_params.pop(AT, None)


def _disagreement(standing: Standing) -> None:
    """Say when somebody has moved the threshold in MLflow itself."""
    if standing.agrees:
        return
    errors.notice(
        "The threshold was changed outside the console",
        f"MLflow's tag says {standing.score:.4g}, which no decision here has set. Scoring follows "
        "MLflow. Decide again to have it on record.",
        "warn",
    )


def _history(standing: Standing) -> None:
    """How the threshold moved, and the way back."""
    moves = models_queries.threshold_history(standing.model.run_id)
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
        models_decisions.form("threshold-undo", [choice])


def _line(move: ThresholdChange, standing: Standing) -> str:
    moment = text.exact(move.changed_at, context.zone())
    who = f"{move.changed_by}, {text.ago(move.changed_at)}"
    inner = html.words(labels.change(move, standing.trained), cls="ac-strong ac-num")
    inner += html.words(who, cls="ac-sub", title=moment)
    inner += html.tag("div", html.words(f"“{move.reason}”"), cls="ac-verdict-words")
    return html.tag("li", inner)


SEVERITY, CAPACITY, VERDICTS = "Severity", "Capacity", "Verdicts"
WHOLE = "this file"
AT = "t"
FULL = 100.0


def start(standing: Standing, on: Run) -> float | None:
    """Let the operator choose; None, and why, where that leads to no threshold."""
    way = st.segmented_control(
        "Start from",
        [SEVERITY, CAPACITY, VERDICTS],
        default=SEVERITY,
        required=True,
        key="from",
        bind="query-params",
    )
    try:
        if way == CAPACITY:
            return _by_capacity(on)
        return _by_verdicts(standing) if way == VERDICTS else _by_severity(standing, on)
    except Rejected as error:
        errors.notice("No threshold from that", error.message, "warn")
        return None


def _by_severity(standing: Standing, on: Run) -> float:
    """The slider of the Anomalies page, on this run's rows; the address holds where it stands."""
    now = models_queries.preview(on.run_id, standing.score, standing.score).severity
    own = None if now is None else round(now, 6)
    asked = threshold_of(st.query_params.get(AT, ""))
    stands = next((each for each in (asked, own) if each is not None), FULL)
    key = "threshold-severity"
    if st.session_state.get(key) != stands:
        st.session_state[key] = stands

    def moved() -> None:
        value = st.session_state[key]
        if value == own:
            st.query_params.pop(AT, None)
        else:
            st.query_params[AT] = f"{value:g}"

    st.select_slider(
        "Severity from which rows are anomalies",
        places(own, asked),
        key=key,
        on_change=moved,
        format_func=lambda each: f"{each:.4g}" + (" (now)" if each == own else ""),
    )
    return standing.score if stands == own else models_queries.at_severity(on.run_id, stands)


def _by_capacity(on: Run) -> float:
    """As many rows as people can look at."""
    work = models_queries.workload(on.run_id)
    periods = [*PERIODS, WHOLE] if work.span else [WHOLE]
    left, right = st.columns(2)
    capacity = left.number_input(
        "Rows to review", min_value=1, value=50, step=10, key="capacity", bind="query-params"
    )
    period = right.selectbox(
        "per", periods, index=min(1, len(periods) - 1), key="period", bind="query-params"
    )
    most = work.rows_for(capacity, period)
    st.caption(_in_words(work, most))
    return models_queries.at_rows(on.run_id, most)


def _in_words(work: Workload, most: int) -> str:
    if not work.span:
        return "This data has no dates, so a capacity is one of the whole file."
    weeks = work.span / PERIODS["week"]
    return (
        f"The rows came in over {text.number(weeks, 1)} weeks by {work.column}, so that is at "
        f"most {text.number(most)} of {text.number(work.rows)} rows."
    )


def _by_verdicts(standing: Standing) -> float:
    """As many rows as stay right enough by the verdicts so far."""
    wanted = st.slider(
        "Wanted precision, in %", 5, 100, 80, step=5, key="precision", bind="query-params"
    )
    found = models_queries.at_precision(standing.model.run_id, wanted / 100)
    st.caption(
        f"Down to there verdicts give {verdict_labels.share(found.share)}, with the 95 % interval: "
        f"{verdict_labels.behind(found.share)}. They are of flagged rows and of rows reviewed in "
        "turn, as deep as reviewers went."
    )
    return found.score
