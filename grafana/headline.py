"""The row of numbers on top of the dashboard on what the models say."""

from grafana_foundation_sdk.builders import stat

from grafana.style import BAD, FAIR, GOOD, levels, number
from grafana.variables import CHOSEN

FINISHED = f"status = 'FINISHED' AND {CHOSEN}"
NEWEST = "ORDER BY started DESC LIMIT 1"


def total_runs() -> stat.Panel:
    """How much was done."""
    sql = f"SELECT count(*) AS runs FROM monitoring.runs WHERE $__timeFilter(started) AND {CHOSEN}"
    return number("Total runs", "Train and score runs in this time.", sql)


def latest_rate() -> stat.Panel:
    """The newest rate that says something."""
    sql = f"""
        SELECT anomaly_rate FROM monitoring.runs
        WHERE $__timeFilter(started) AND run_kind = 'score' AND {FINISHED}
        ORDER BY on_new_data DESC, started DESC LIMIT 1
    """
    says = "Share of rows that the newest scoring flagged; on new data where there is any."
    return number("Latest anomaly rate", says, sql, unit="percentunit").decimals(2)


def latest_drift() -> stat.Panel:
    """The newest data against the training data."""
    sql = f"""
        SELECT drift_max FROM monitoring.runs
        WHERE $__timeFilter(started) AND drift_max IS NOT NULL AND {FINISHED} {NEWEST}
    """
    says = "Largest population stability index of any feature in the newest scoring."
    return (
        number("Latest drift", says, sql)
        .decimals(3)
        .thresholds(levels((None, GOOD), (0.1, FAIR), (0.25, BAD)))
    )


def latest_recall() -> stat.Panel:
    """The newest model's own test."""
    sql = f"""
        SELECT injected_recall FROM monitoring.runs
        WHERE $__timeFilter(started) AND injected_recall IS NOT NULL AND {FINISHED} {NEWEST}
    """
    says = "Share of deliberately corrupted rows that the newest model catches."
    return number("Injected recall", says, sql, unit="percentunit").decimals(1)


def latest_precision() -> stat.Panel:
    """What people say of the newest judged model."""
    sql = """
        SELECT precision FROM monitoring.verdict_precision
        WHERE precision IS NOT NULL AND coalesce(model_run_id, '') IN (${model:sqlstring})
        ORDER BY last_decided DESC LIMIT 1
    """
    says = "Confirmed share of the judged rows, for the model that was judged last."
    return number("Verdict precision", says, sql, unit="percentunit").decimals(1)


def latest_threshold() -> stat.Panel:
    """The threshold in force."""
    sql = f"""
        SELECT coalesce(
            (SELECT threshold FROM monitoring.threshold_changes AS change
             WHERE change.model_run_id = run.run_id ORDER BY changed_at DESC LIMIT 1),
            threshold
        ) AS threshold
        FROM monitoring.runs AS run
        WHERE run_kind = 'train' AND $__timeFilter(started) AND {FINISHED} {NEWEST}
    """
    says = "Raw score below which the newest model flags a row; changes since training included."
    return number("Threshold", says, sql).decimals(4)
