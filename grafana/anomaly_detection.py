"""The dashboard on what the models say: rates, drift, quality, verdicts."""

from grafana_foundation_sdk.builders import piechart, statushistory, table, timeseries
from grafana_foundation_sdk.builders.common import ReduceDataOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.common import VisibilityMode

from grafana import headline, style
from grafana.annotations import promotions, threshold_changes
from grafana.query import Sql, series
from grafana.style import BAD, FAIR, GOOD, PLAIN, levels, lines
from grafana.variables import CHOSEN, all_variables

UID, TITLE = "anomaly-detection", "Anomaly detection"
FINISHED = f"status = 'FINISHED' AND {CHOSEN}"


def dashboard() -> Dashboard:
    """Return the dashboard."""
    return (
        Dashboard(TITLE)
        .uid(UID)
        .description("What the models say, and how far one can trust it.")
        .annotations([threshold_changes(), promotions()])
        .with_panel(headline.total_runs())
        .with_panel(headline.latest_rate())
        .with_panel(headline.latest_drift())
        .with_panel(headline.latest_recall())
        .with_panel(headline.latest_precision())
        .with_panel(headline.latest_threshold())
        .with_panel(rate_over_time())
        .with_panel(status_distribution())
        .with_panel(drift_by_feature())
        .with_panel(quality_over_time())
        .with_panel(data_quality())
        .with_panel(durations())
        .with_panel(precision_over_models())
        .with_panel(recent_runs())
        .variables([*all_variables()])
    )


def rate_over_time() -> timeseries.Panel:
    """The rate, the band it should stay in, and the rate on training data."""
    new = series(f"""
        SELECT $__timeGroupAlias(started, $__interval), avg(anomaly_rate) AS "new data",
            avg(low) AS "band from", avg(high) AS "band to"
        FROM monitoring.rate_band WHERE $__timeFilter(started) AND {CHOSEN}
        GROUP BY 1 ORDER BY 1
    """)
    training = series(f"""
        SELECT $__timeGroupAlias(started, $__interval), avg(anomaly_rate) AS "training data"
        FROM monitoring.runs
        WHERE $__timeFilter(started) AND run_kind = 'score' AND NOT on_new_data AND {FINISHED}
        GROUP BY 1 ORDER BY 1
    """)
    says = (
        "Share of rows flagged at the model's threshold. On training data it equals the "
        "contamination by construction; new data should stay in the band."
    )
    panel = lines("Anomaly rate", says, new, training, unit="percentunit").span(18).height(9)
    return (
        panel.interval("1h")
        .override_by_regexp("/^band/", style.colour("text"))
        .override_by_name("new data", style.colour(PLAIN))
    )


def status_distribution() -> piechart.Panel:
    """How runs ended."""
    sql = f"""
        SELECT status, count(*) AS runs FROM monitoring.runs
        WHERE $__timeFilter(started) AND {CHOSEN} GROUP BY status ORDER BY status
    """
    panel = piechart.Panel().title("Run status").description("How the runs of this time ended.")
    panel.with_target(Sql(sql)).reduce_options(ReduceDataOptions().values(True))
    for status, colour in style.STATUS_COLOURS.items():
        panel.override_by_name(status, style.colour(colour))
    return panel.span(6).height(9)


def drift_by_feature() -> statushistory.Panel:
    """The heat map of drift; ``date_bin`` takes half the time of Grafana's macro here."""
    sql = f"""
        SELECT date_bin('$__interval_ms milliseconds', started, 'epoch') AS time,
            feature AS metric, max(psi) AS psi
        FROM monitoring.drift WHERE $__timeFilter(started) AND {FINISHED}
        GROUP BY 1, 2 ORDER BY 1, 2
    """
    says = (
        "Population stability index against the training data: from 0.1 moderate, "
        "from 0.25 significant."
    )
    return (
        statushistory.Panel()
        .title("Drift by feature")
        .description(says)
        .with_target(series(sql))
        .interval("1d")
        .max_data_points(60)
        .thresholds(levels((None, GOOD), (0.1, FAIR), (0.25, BAD)))
        .decimals(3)
        .show_value(VisibilityMode.NEVER)
        .row_height(0.9)
        .span(24)
        .height(14)
    )


def quality_over_time() -> timeseries.Panel:
    """Each model's own test."""
    sql = f"""
        SELECT started AS time, injected_recall AS recall, injected_auc AS "area under the curve"
        FROM monitoring.runs
        WHERE $__timeFilter(started) AND injected_recall IS NOT NULL AND {FINISHED} ORDER BY 1
    """
    says = "Of each new model, measured on deliberately corrupted rows."
    return lines("Detection of injected anomalies", says, series(sql), unit="percentunit")


def data_quality() -> timeseries.Panel:
    """What came in odd."""
    sql = f"""
        SELECT $__timeGroupAlias(started, $__interval), avg(missing_rate) AS missing,
            avg(unseen_category_rate) AS "unseen categories"
        FROM monitoring.runs
        WHERE $__timeFilter(started) AND run_kind = 'score' AND {FINISHED} GROUP BY 1 ORDER BY 1
    """
    says = "Share of the scored values that are missing, or categories that training never saw."
    panel = lines("Missing and unseen values", says, series(sql), unit="percentunit")
    return panel.interval("1h")


def durations() -> timeseries.Panel:
    """How long the work takes."""
    sql = f"""
        SELECT $__timeGroupAlias(started, $__interval),
            avg(work_seconds) FILTER (WHERE run_kind = 'train') AS training,
            avg(work_seconds) FILTER (WHERE run_kind = 'score') AS scoring
        FROM monitoring.runs WHERE $__timeFilter(started) AND {FINISHED} GROUP BY 1 ORDER BY 1
    """
    says = "Mean seconds of training and scoring proper, without storing the artifacts."
    return lines("Durations", says, series(sql), unit="s").interval("1h")


def precision_over_models() -> table.Panel:
    """What people said of each model."""
    sql = """
        SELECT run.started AS trained, judged.model_run_id, judged.precision, judged.precision_low,
            judged.precision_high, judged.confirmed, judged.false_alarms, judged.unsure
        FROM (
            SELECT * FROM monitoring.verdict_precision
            WHERE coalesce(model_run_id, '') IN (${model:sqlstring})
        ) AS judged
        LEFT JOIN monitoring.runs AS run ON run.run_id = judged.model_run_id
        ORDER BY judged.last_decided DESC LIMIT 50
    """
    says = "Confirmed / (confirmed + false alarms) of the judged rows, with its 95 % interval."
    panel = style.grid("Verdict precision by model", says, sql).span(12).height(8)
    run = (("The model in the console", "${console_url}/runs?run=${__value.raw}"),)
    return (
        panel.override_by_regexp("/^precision/", style.unit("percentunit", 1))
        .override_by_name("trained", style.unit("dateTimeAsIso"))
        .override_by_name("model_run_id", style.links(*run))
    )


def recent_runs() -> table.Panel:
    """The newest runs, each a click away from where it can be looked at."""
    sql = f"""
        SELECT started, run_kind, status, run_name, dataset_name, anomaly_rate, drift_max,
            duration_seconds, requested_by, run_id, dag_run_id, experiment_id, dag_id
        FROM monitoring.runs WHERE $__timeFilter(started) AND {CHOSEN}
        ORDER BY started DESC LIMIT 25
    """
    says = "The newest 25. Run ids open the console, names open MLflow, job ids open Airflow."
    panel = style.with_run_links(style.grid("Recent runs", says, sql))
    return panel.override_by_name("anomaly_rate", style.unit("percentunit", 2)).override_by_name(
        "drift_max", style.unit("short", 3)
    )
