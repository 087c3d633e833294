"""Where another threshold may start from: a severity, what can be reviewed, what verdicts say."""

import streamlit as st

from app.clients.errors import Rejected
from app.services.anomaly_files import threshold_of
from app.services.run_model import Run
from app.services.thresholds import PERIODS, Standing, Workload
from app.ui import model_questions, text
from app.ui.components import failures, verdict_words
from app.ui.components.explore_overview import places

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
        failures.notice("No threshold from that", error.message, "warn")
        return None


def _by_severity(standing: Standing, on: Run) -> float:
    """The slider of the Anomalies page, on this run's rows; the address holds where it stands."""
    now = model_questions.preview(on.run_id, standing.score, standing.score).severity
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
    return standing.score if stands == own else model_questions.at_severity(on.run_id, stands)


def _by_capacity(on: Run) -> float:
    """As many rows as people can look at."""
    work = model_questions.workload(on.run_id)
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
    return model_questions.at_rows(on.run_id, most)


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
    found = model_questions.at_precision(standing.model.run_id, wanted / 100)
    st.caption(
        f"Down to there verdicts give {verdict_words.share(found.share)}, with the 95 % interval: "
        f"{verdict_words.behind(found.share)}. They are of flagged rows and of rows reviewed in "
        "turn, as deep as reviewers went."
    )
    return found.score
