"""The dashboard on how the work goes: failures, durations, waiting, freshness, volume."""

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.builders.common import StackingConfig
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.common import GraphDrawStyle, StackingMode

from grafana import style
from grafana.query import series
from grafana.style import BAD, FAIR, GOOD, levels, lines, number
from grafana.variables import CHOSEN, all_variables

UID, TITLE = "anomaly-operations", "Operations"
IN_TIME = f"$__timeFilter(started) AND {CHOSEN}"


def dashboard() -> Dashboard:
    """Return the dashboard."""
    return (
        Dashboard(TITLE)
        .uid(UID)
        .description("How the work goes: failures, durations, waiting, freshness, volume.")
        .with_panel(failed_runs())
        .with_panel(success_rate())
        .with_panel(hours_since_success())
        .with_panel(in_progress())
        .with_panel(rows_processed())
        .with_panel(datasets_seen())
        .with_panel(runs_by_status())
        .with_panel(duration_quantiles())
        .with_panel(wait_between_tasks())
        .with_panel(busy())
        .with_panel(volume())
        .with_panel(throughput())
        .with_panel(freshness())
        .with_panel(failures())
        .variables([*all_variables()])
    )


def failed_runs() -> stat.Panel:
    """What went wrong."""
    sql = f"""
        SELECT count(*) FILTER (WHERE status = 'FAILED') AS failed
        FROM monitoring.runs WHERE {IN_TIME}
    """
    panel = number("Failed runs", "Runs that failed in this time; cancelled ones not counted.", sql)
    return panel.thresholds(levels((None, GOOD), (1, BAD)))


def success_rate() -> stat.Panel:
    """What went well."""
    sql = f"""
        SELECT count(*) FILTER (WHERE status = 'FINISHED')::double precision
            / nullif(count(*) FILTER (WHERE status IN ('FINISHED', 'FAILED')), 0) AS success
        FROM monitoring.runs WHERE {IN_TIME}
    """
    says = "Finished / (finished + failed) runs."
    panel = number("Success rate", says, sql, unit="percentunit").decimals(1)
    return panel.thresholds(levels((None, BAD), (0.9, FAIR), (0.98, GOOD)))


def hours_since_success() -> stat.Panel:
    """How old the newest result is."""
    sql = """
        SELECT min(hours_since_success) AS hours FROM monitoring.freshness
        WHERE experiment IN (${experiment:sqlstring})
    """
    says = "Hours since a run last finished. An alert fires when FRESH_HOURS have passed."
    return number("Newest success", says, sql, unit="h").decimals(1)


def in_progress() -> stat.Panel:
    """What runs right now."""
    sql = f"SELECT count(*) AS running FROM monitoring.runs WHERE status = 'RUNNING' AND {CHOSEN}"
    return number("In progress", "Runs that have begun and not ended, whenever they began.", sql)


def rows_processed() -> stat.Panel:
    """How much data went through."""
    sql = f"""
        SELECT coalesce(sum(rows), 0) AS rows FROM monitoring.runs
        WHERE status = 'FINISHED' AND {IN_TIME}
    """
    return number("Rows processed", "Rows that finished runs have read.", sql).decimals(1)


def datasets_seen() -> stat.Panel:
    """How many data sets went through."""
    sql = f"SELECT count(DISTINCT dataset_id) AS sets FROM monitoring.runs WHERE {IN_TIME}"
    return number("Data sets", "Different data sets that runs have read.", sql)


def runs_by_status() -> timeseries.Panel:
    """Failures over time."""
    sql = f"""
        SELECT $__timeGroupAlias(started, $__interval), status AS metric, count(*) AS runs
        FROM monitoring.runs WHERE {IN_TIME} GROUP BY 1, 2 ORDER BY 1, 2
    """
    panel = lines("Runs by status", "How many runs began, by how they ended.", series(sql))
    for status, colour in style.STATUS_COLOURS.items():
        panel.override_by_name(status, style.colour(colour))
    return (
        panel.interval("1h")
        .draw_style(GraphDrawStyle.BARS)
        .stacking(StackingConfig().mode(StackingMode.NORMAL))
        .fill_opacity(80)
    )


def duration_quantiles() -> timeseries.Panel:
    """How long runs take, artifacts included."""
    sql = f"""
        SELECT $__timeGroupAlias(started, $__interval), run_kind AS metric,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_seconds) AS median,
            percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_seconds) AS "95 %"
        FROM monitoring.runs WHERE status = 'FINISHED' AND {IN_TIME} GROUP BY 1, 2 ORDER BY 1, 2
    """
    says = "From start to end of a run, artifacts included: the median and the slowest twentieth."
    return lines("Run durations", says, series(sql), unit="s").interval("1h")


def wait_between_tasks() -> timeseries.Panel:
    """The queue as the second task of a job feels it."""
    sql = f"""
        SELECT $__timeGroupAlias(started, $__interval), max(waited) AS longest, avg(waited) AS mean
        FROM (
            SELECT score.started, extract(epoch FROM score.started - train.ended) AS waited
            FROM (SELECT * FROM monitoring.runs WHERE run_kind = 'score' AND {IN_TIME}) AS score
            JOIN monitoring.runs AS train
                ON train.dag_run_id = score.dag_run_id AND train.run_kind = 'train'
        ) AS job
        GROUP BY 1 ORDER BY 1
    """
    says = "From the end of training to the start of scoring in one job: it grows as tasks queue."
    return lines("Wait between the tasks of a job", says, series(sql), unit="s").interval("1h")


def busy() -> timeseries.Panel:
    """How much of the time something runs."""
    sql = f"""
        SELECT $__timeGroupAlias(started, $__interval), run_kind AS metric,
            sum(duration_seconds) AS seconds
        FROM monitoring.runs WHERE {IN_TIME} GROUP BY 1, 2 ORDER BY 1, 2
    """
    says = "Seconds of work begun in each interval: near its length, the queue is full."
    panel = lines("Work", says, series(sql), unit="s").interval("1h")
    return panel.draw_style(GraphDrawStyle.BARS).fill_opacity(80)


def volume() -> timeseries.Panel:
    """Rows over time."""
    sql = f"""
        SELECT $__timeGroupAlias(started, $__interval), run_kind AS metric, sum(rows) AS rows
        FROM monitoring.runs WHERE status = 'FINISHED' AND {IN_TIME} GROUP BY 1, 2 ORDER BY 1, 2
    """
    panel = lines("Data volume", "Rows that finished runs have read.", series(sql)).interval("1h")
    return panel.draw_style(GraphDrawStyle.BARS).fill_opacity(80)


def throughput() -> timeseries.Panel:
    """Rows per second."""
    sql = f"""
        SELECT $__timeGroupAlias(started, $__interval), avg(rows_per_second) AS "rows per second"
        FROM monitoring.runs
        WHERE rows_per_second IS NOT NULL AND status = 'FINISHED' AND {IN_TIME}
        GROUP BY 1 ORDER BY 1
    """
    return lines("Scoring speed", "Mean rows scored per second.", series(sql)).interval("1h")


def freshness() -> table.Panel:
    """How old each experiment's newest success is."""
    sql = """
        SELECT experiment, newest_run, newest_success, hours_since_success
        FROM monitoring.freshness WHERE experiment IN (${experiment:sqlstring}) ORDER BY experiment
    """
    panel = style.grid("Freshness", "The newest run and the newest success.", sql).height(5)
    return panel.override_by_name("hours_since_success", style.unit("h", 1)).override_by_regexp(
        "/^newest/", style.unit("dateTimeAsIso")
    )


def failures() -> table.Panel:
    """The newest runs that went wrong."""
    sql = f"""
        SELECT started, run_kind, status, run_name, dataset_name, duration_seconds, requested_by,
            run_id, dag_run_id, experiment_id, dag_id
        FROM monitoring.runs WHERE status IN ('FAILED', 'KILLED') AND {IN_TIME}
        ORDER BY started DESC LIMIT 25
    """
    says = "The newest 25 that failed or were cancelled. Job ids open the log in Airflow."
    return style.with_run_links(style.grid("Failures", says, sql))
