"""The dashboard on how the work goes: failures, durations, waiting, freshness, volume."""

from collections.abc import Iterator

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.builders.common import StackingConfig
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.common import GraphDrawStyle, StackingMode

from grafana import style
from grafana.query import series
from grafana.style import BAD, FAIR, GOOD, levels, lines, number
from grafana.variables import CHOSEN, all_variables

UID, TITLE = "anomaly-operations", "Operations"
ABOUT = "How the work goes: failures, durations, waiting, freshness, volume."
IN_TIME = f"$__timeFilter(started) AND {CHOSEN}"

FAILED = f"""
    SELECT count(*) FILTER (WHERE status = 'FAILED') AS failed
    FROM monitoring.runs WHERE {IN_TIME}
"""
SUCCESS_RATE = f"""
    SELECT count(*) FILTER (WHERE status = 'FINISHED')::double precision
        / nullif(count(*) FILTER (WHERE status IN ('FINISHED', 'FAILED')), 0) AS success
    FROM monitoring.runs WHERE {IN_TIME}
"""
HOURS_SINCE_SUCCESS = """
    SELECT min(hours_since_success) AS hours FROM monitoring.freshness
    WHERE experiment IN (${experiment:sqlstring})
"""
IN_PROGRESS = (
    f"SELECT count(*) AS running FROM monitoring.runs WHERE status = 'RUNNING' AND {CHOSEN}"
)
ROWS_PROCESSED = f"""
    SELECT coalesce(sum(rows), 0) AS rows FROM monitoring.runs
    WHERE status = 'FINISHED' AND {IN_TIME}
"""
DATASETS_READ = f"SELECT count(DISTINCT dataset_id) AS sets FROM monitoring.runs WHERE {IN_TIME}"
RUNS_BY_STATUS = f"""
    SELECT $__timeGroupAlias(started, $__interval), status AS metric, count(*) AS runs
    FROM monitoring.runs WHERE {IN_TIME} GROUP BY 1, 2 ORDER BY 1, 2
"""
DURATION_QUANTILES = f"""
    SELECT $__timeGroupAlias(started, $__interval), run_kind AS metric,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_seconds) AS median,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_seconds) AS "95 %"
    FROM monitoring.runs WHERE status = 'FINISHED' AND {IN_TIME} GROUP BY 1, 2 ORDER BY 1, 2
"""
WAIT_BETWEEN_TASKS = f"""
    SELECT $__timeGroupAlias(started, $__interval), max(waited) AS longest, avg(waited) AS mean
    FROM (
        SELECT score.started, extract(epoch FROM score.started - train.ended) AS waited
        FROM (SELECT * FROM monitoring.runs WHERE run_kind = 'score' AND {IN_TIME}) AS score
        JOIN monitoring.runs AS train
            ON train.dag_run_id = score.dag_run_id AND train.run_kind = 'train'
    ) AS job
    GROUP BY 1 ORDER BY 1
"""
WORK = f"""
    SELECT $__timeGroupAlias(started, $__interval), run_kind AS metric,
        sum(duration_seconds) AS seconds
    FROM monitoring.runs WHERE {IN_TIME} GROUP BY 1, 2 ORDER BY 1, 2
"""
DATA_VOLUME = f"""
    SELECT $__timeGroupAlias(started, $__interval), run_kind AS metric, sum(rows) AS rows
    FROM monitoring.runs WHERE status = 'FINISHED' AND {IN_TIME} GROUP BY 1, 2 ORDER BY 1, 2
"""
SCORING_SPEED = f"""
    SELECT $__timeGroupAlias(started, $__interval), avg(rows_per_second) AS "rows per second"
    FROM monitoring.runs
    WHERE rows_per_second IS NOT NULL AND status = 'FINISHED' AND {IN_TIME}
    GROUP BY 1 ORDER BY 1
"""
FRESHNESS = """
    SELECT experiment, newest_run, newest_success, hours_since_success
    FROM monitoring.freshness WHERE experiment IN (${experiment:sqlstring}) ORDER BY experiment
"""
FAILURES = f"""
    SELECT started, run_kind, status, run_name, dataset_name, duration_seconds, requested_by,
        run_id, dag_run_id, experiment_id, dag_id
    FROM monitoring.runs WHERE status IN ('FAILED', 'KILLED') AND {IN_TIME}
    ORDER BY started DESC LIMIT 25
"""


def dashboard() -> Dashboard:
    """Return the dashboard."""
    made = Dashboard(TITLE).uid(UID).description(ABOUT).variables([*all_variables()])
    for panel in (*headline(), *over_time(), freshness(), failures()):
        made.with_panel(panel)
    return made


def headline() -> Iterator[stat.Panel]:
    """Yield the row of numbers on top."""
    about = "Runs that failed in this time; cancelled ones not counted."
    yield number("Failed runs", about, FAILED).thresholds(levels((None, GOOD), (1, BAD)))
    about = "Finished / (finished + failed) runs."
    panel = number("Success rate", about, SUCCESS_RATE, unit="percentunit", decimals=1)
    yield panel.thresholds(levels((None, BAD), (0.9, FAIR), (0.98, GOOD)))
    about = "Hours since a run last finished. An alert fires when FRESH_HOURS have passed."
    yield number("Newest success", about, HOURS_SINCE_SUCCESS, unit="h", decimals=1)
    about = "Runs that have begun and not ended, whenever they began."
    yield number("In progress", about, IN_PROGRESS)
    about = "Rows that finished runs have read."
    yield number("Rows processed", about, ROWS_PROCESSED, decimals=1)
    yield number("Data sets", "Different data sets that runs have read.", DATASETS_READ)


def over_time() -> Iterator[timeseries.Panel]:
    """Yield the lines and bars over time."""
    yield runs_by_status()
    about = "From start to end of a run, artifacts included: the median and the slowest twentieth."
    yield lines("Run durations", about, series(DURATION_QUANTILES), unit="s").interval("1h")
    about = "From the end of training to the start of scoring in one job: it grows as tasks queue."
    title = "Wait between the tasks of a job"
    yield lines(title, about, series(WAIT_BETWEEN_TASKS), unit="s").interval("1h")
    about = "Seconds of work begun in each interval: near its length, the queue is full."
    yield bars(lines("Work", about, series(WORK), unit="s"))
    about = "Rows that finished runs have read."
    yield bars(lines("Data volume", about, series(DATA_VOLUME)))
    about = "Mean rows scored per second."
    yield lines("Scoring speed", about, series(SCORING_SPEED)).interval("1h")


def runs_by_status() -> timeseries.Panel:
    """Return how many runs began, by how they ended."""
    about = "How many runs began, by how they ended."
    panel = lines("Runs by status", about, series(RUNS_BY_STATUS))
    for status, colour in style.STATUS_COLOURS.items():
        panel.override_by_name(status, style.colour(colour))
    return bars(panel).stacking(StackingConfig().mode(StackingMode.NORMAL))


def bars(panel: timeseries.Panel) -> timeseries.Panel:
    """Draw a panel's series as bars, each at least an hour wide."""
    return panel.interval("1h").draw_style(GraphDrawStyle.BARS).fill_opacity(80)


def freshness() -> table.Panel:
    """Return the newest run and the newest success of each experiment."""
    about = "The newest run and the newest success."
    panel = style.grid("Freshness", about, FRESHNESS).height(5)
    panel.override_by_name("hours_since_success", style.unit("h", 1))
    return panel.override_by_regexp("/^newest/", style.unit("dateTimeAsIso"))


def failures() -> table.Panel:
    """Return the newest runs that failed or were cancelled."""
    about = "The newest 25 that failed or were cancelled. Job ids open the log in Airflow."
    return style.with_run_links(style.grid("Failures", about, FAILURES))
