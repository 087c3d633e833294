"""The dashboard on what the models say: rates, drift, quality, verdicts."""

from collections.abc import Iterator

from grafana_foundation_sdk.builders import piechart, stat, statushistory, table, timeseries
from grafana_foundation_sdk.builders.common import ReduceDataOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.common import VisibilityMode

from grafana import style
from grafana.query import Sql, series
from grafana.style import BAD, FAIR, GOOD, PLAIN, levels, lines, number
from grafana.variables import CHOSEN, all_variables, promotions, threshold_changes

UID, TITLE = "anomaly-detection", "Anomaly detection"
FINISHED = f"status = 'FINISHED' AND {CHOSEN}"
NEWEST = "ORDER BY started DESC LIMIT 1"
DRIFT_COLOURS = levels((None, GOOD), (0.1, FAIR), (0.25, BAD))

TOTAL_RUNS = (
    f"SELECT count(*) AS runs FROM monitoring.runs WHERE $__timeFilter(started) AND {CHOSEN}"
)
LATEST_RATE = f"""
    SELECT anomaly_rate FROM monitoring.runs
    WHERE $__timeFilter(started) AND run_kind = 'score' AND {FINISHED}
    ORDER BY on_new_data DESC, started DESC LIMIT 1
"""
LATEST_DRIFT = f"""
    SELECT drift_max FROM monitoring.runs
    WHERE $__timeFilter(started) AND drift_max IS NOT NULL AND {FINISHED} {NEWEST}
"""
LATEST_RECALL = f"""
    SELECT injected_recall FROM monitoring.runs
    WHERE $__timeFilter(started) AND injected_recall IS NOT NULL AND {FINISHED} {NEWEST}
"""
LATEST_PRECISION = """
    SELECT precision FROM monitoring.verdict_precision
    WHERE precision IS NOT NULL AND coalesce(model_run_id, '') IN (${model:sqlstring})
    ORDER BY last_decided DESC LIMIT 1
"""
LATEST_THRESHOLD = f"""
    SELECT coalesce(
        (SELECT threshold FROM monitoring.threshold_changes AS change
         WHERE change.model_run_id = run.run_id ORDER BY changed_at DESC LIMIT 1),
        threshold
    ) AS threshold
    FROM monitoring.runs AS run
    WHERE run_kind = 'train' AND $__timeFilter(started) AND {FINISHED} {NEWEST}
"""
RATE_ON_NEW_DATA = f"""
    SELECT $__timeGroupAlias(started, $__interval), avg(anomaly_rate) AS "new data",
        avg(low) AS "band from", avg(high) AS "band to"
    FROM monitoring.rate_band WHERE $__timeFilter(started) AND {CHOSEN}
    GROUP BY 1 ORDER BY 1
"""
RATE_ON_TRAINING_DATA = f"""
    SELECT $__timeGroupAlias(started, $__interval), avg(anomaly_rate) AS "training data"
    FROM monitoring.runs
    WHERE $__timeFilter(started) AND run_kind = 'score' AND NOT on_new_data AND {FINISHED}
    GROUP BY 1 ORDER BY 1
"""
RUN_STATUS = f"""
    SELECT status, count(*) AS runs FROM monitoring.runs
    WHERE $__timeFilter(started) AND {CHOSEN} GROUP BY status ORDER BY status
"""
# ``date_bin`` takes half the time of Grafana's macro here.
DRIFT_BY_FEATURE = f"""
    SELECT date_bin('$__interval_ms milliseconds', started, 'epoch') AS time,
        feature AS metric, max(psi) AS psi
    FROM monitoring.drift WHERE $__timeFilter(started) AND {FINISHED}
    GROUP BY 1, 2 ORDER BY 1, 2
"""
QUALITY = f"""
    SELECT started AS time, injected_recall AS recall, injected_auc AS "area under the curve"
    FROM monitoring.runs
    WHERE $__timeFilter(started) AND injected_recall IS NOT NULL AND {FINISHED} ORDER BY 1
"""
DATA_QUALITY = f"""
    SELECT $__timeGroupAlias(started, $__interval), avg(missing_rate) AS missing,
        avg(unseen_category_rate) AS "unseen categories"
    FROM monitoring.runs
    WHERE $__timeFilter(started) AND run_kind = 'score' AND {FINISHED} GROUP BY 1 ORDER BY 1
"""
DURATIONS = f"""
    SELECT $__timeGroupAlias(started, $__interval),
        avg(work_seconds) FILTER (WHERE run_kind = 'train') AS training,
        avg(work_seconds) FILTER (WHERE run_kind = 'score') AS scoring
    FROM monitoring.runs WHERE $__timeFilter(started) AND {FINISHED} GROUP BY 1 ORDER BY 1
"""
PRECISION_BY_MODEL = """
    SELECT run.started AS trained, judged.model_run_id, judged.precision, judged.precision_low,
        judged.precision_high, judged.confirmed, judged.false_alarms, judged.unsure
    FROM (
        SELECT * FROM monitoring.verdict_precision
        WHERE coalesce(model_run_id, '') IN (${model:sqlstring})
    ) AS judged
    LEFT JOIN monitoring.runs AS run ON run.run_id = judged.model_run_id
    ORDER BY judged.last_decided DESC LIMIT 50
"""
RECENT_RUNS = f"""
    SELECT started, run_kind, status, run_name, dataset_name, anomaly_rate, drift_max,
        duration_seconds, requested_by, run_id, dag_run_id, experiment_id, dag_id
    FROM monitoring.runs WHERE $__timeFilter(started) AND {CHOSEN}
    ORDER BY started DESC LIMIT 25
"""


def dashboard() -> Dashboard:
    """Return the dashboard."""
    made = Dashboard(TITLE).uid(UID).variables([*all_variables()])
    made.description("What the models say, and how far one can trust it.")
    made.annotations([threshold_changes(), promotions()])
    panels = (
        *headline(),
        *(rate_over_time(), run_status(), drift_by_feature()),
        *quality_over_time(),
        *(precision_by_model(), recent_runs()),
    )
    for panel in panels:
        made.with_panel(panel)
    return made


def headline() -> Iterator[stat.Panel]:
    """Yield the row of numbers on top."""
    yield number("Total runs", "Train and score runs in this time.", TOTAL_RUNS)
    about = "Share of rows that the newest scoring flagged; on new data where there is any."
    yield number("Latest anomaly rate", about, LATEST_RATE, unit="percentunit", decimals=2)
    about = "Largest population stability index of any feature in the newest scoring."
    yield number("Latest drift", about, LATEST_DRIFT, decimals=3).thresholds(DRIFT_COLOURS)
    about = "Share of deliberately corrupted rows that the newest model flags."
    yield number("Injected recall", about, LATEST_RECALL, unit="percentunit", decimals=1)
    about = "Confirmed share of the judged rows, for the model that was judged last."
    yield number("Verdict precision", about, LATEST_PRECISION, unit="percentunit", decimals=1)
    about = "Raw score below which the newest model flags a row; changes since training included."
    yield number("Threshold", about, LATEST_THRESHOLD, decimals=4)


def rate_over_time() -> timeseries.Panel:
    """Return the rate on new data with the band it should stay in, and on training data."""
    about = (
        "Share of rows flagged at the model's threshold. On training data it equals the "
        "contamination by construction; new data should stay in the band."
    )
    queries = (series(RATE_ON_NEW_DATA), series(RATE_ON_TRAINING_DATA))
    panel = lines("Anomaly rate", about, *queries, unit="percentunit").span(18).height(9)
    return (
        panel.interval("1h")
        .override_by_regexp("/^band/", style.colour("text"))
        .override_by_name("new data", style.colour(PLAIN))
    )


def run_status() -> piechart.Panel:
    """Return how runs ended."""
    panel = piechart.Panel().title("Run status").description("How the runs of this time ended.")
    panel.with_target(Sql(RUN_STATUS)).reduce_options(ReduceDataOptions().values(True))
    for status, colour in style.STATUS_COLOURS.items():
        panel.override_by_name(status, style.colour(colour))
    return panel.span(6).height(9)


def drift_by_feature() -> statushistory.Panel:
    """Return the heatmap of drift."""
    about = (
        "Population stability index against the training data: from 0.1 moderate, "
        "from 0.25 significant."
    )
    return (
        statushistory.Panel()
        .title("Drift by feature")
        .description(about)
        .with_target(series(DRIFT_BY_FEATURE))
        .interval("1d")
        .max_data_points(60)
        .thresholds(DRIFT_COLOURS)
        .decimals(3)
        .show_value(VisibilityMode.NEVER)
        .row_height(0.9)
        .span(24)
        .height(14)
    )


def quality_over_time() -> Iterator[timeseries.Panel]:
    """Yield injected recall, missing and unseen values, and durations."""
    about = "Of each new model, measured on deliberately corrupted rows."
    title = "Detection of injected anomalies"
    yield lines(title, about, series(QUALITY), unit="percentunit")
    about = "Share of the scored values that are missing, or categories that training never saw."
    panel = lines("Missing and unseen values", about, series(DATA_QUALITY), unit="percentunit")
    yield panel.interval("1h")
    about = "Mean seconds of training and scoring proper, without storing the artifacts."
    yield lines("Durations", about, series(DURATIONS), unit="s").interval("1h")


def precision_by_model() -> table.Panel:
    """Return what reviewers said of each model."""
    about = "Confirmed / (confirmed + false alarms) of the judged rows, with its 95 % interval."
    panel = style.grid("Verdict precision by model", about, PRECISION_BY_MODEL).span(12).height(8)
    run = ("The model in the console", "${console_url}/runs?run=${__value.raw}")
    return (
        panel.override_by_regexp("/^precision/", style.unit("percentunit", 1))
        .override_by_name("trained", style.unit("dateTimeAsIso"))
        .override_by_name("model_run_id", style.links(run))
    )


def recent_runs() -> table.Panel:
    """Return the newest runs with links to where each can be looked at."""
    about = "The newest 25. Run ids open the console, names open MLflow, job ids open Airflow."
    panel = style.with_run_links(style.grid("Recent runs", about, RECENT_RUNS))
    panel.override_by_name("anomaly_rate", style.unit("percentunit", 2))
    return panel.override_by_name("drift_max", style.unit("short", 3))
