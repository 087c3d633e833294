"""Variables of both dashboards, and the annotations that mark decisions on their charts.

"All" stands for the column itself instead of a list of every value: it stays short, and holds for
runs that have no value.
"""

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery, QueryVariable
from grafana_foundation_sdk.models.dashboard import (
    VariableHide,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from grafana.query import SOURCE, Sql

CHOSEN = (
    "experiment IN (${experiment:sqlstring})"
    " AND coalesce(dataset_id, '') IN (${dataset:sqlstring})"
    " AND coalesce(model_run_id, '') IN (${model:sqlstring})"
)
"""Condition on a view with these three columns."""

DATASETS = """
SELECT max(dataset_name) || ' (' || dataset_id || ')' AS __text, dataset_id AS __value
FROM monitoring.runs WHERE dataset_id IS NOT NULL GROUP BY dataset_id
"""
MODELS = """
SELECT to_char(started, 'YYYY-MM-DD HH24:MI') || ' (' || left(run_id, 8) || ')' AS __text,
    run_id AS __value
FROM monitoring.runs WHERE run_kind = 'train' AND status = 'FINISHED'
"""
EXPERIMENTS = "SELECT DISTINCT experiment FROM monitoring.runs ORDER BY experiment"
ADDRESSES = ("console_url", "mlflow_url", "airflow_url")
THRESHOLDS = """
    SELECT changed_at AS time,
        'Threshold ' || round(previous::numeric, 4) || ' to ' || round(threshold::numeric, 4)
            || ' by ' || changed_by || ': ' || reason AS text,
        'threshold,' || left(model_run_id, 8) AS tags
    FROM monitoring.threshold_changes
    WHERE $__timeFilter(changed_at) AND model_run_id IN (${model:sqlstring})
    ORDER BY changed_at
"""
PROMOTIONS = """
    SELECT changed_at AS time,
        alias || ' ' || replace(action, '_', ' ') || ' by ' || changed_by || ': ' || reason AS text,
        alias AS tags
    FROM monitoring.model_changes
    WHERE $__timeFilter(changed_at)
    ORDER BY changed_at
"""


def choice(name: str, label: str, query: str, everything: str) -> QueryVariable:
    """Return a choice of several values, all of them at first."""
    return (
        QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(" ".join(query.split()))
        .multi(True)
        .include_all(True)
        .all_value(everything)
        .allow_custom_value(False)
        .current(VariableOption(text=["All"], value=["$__all"]))
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_DESC)
    )


def address(name: str) -> QueryVariable:
    """Return a hidden variable that the console's migration has filled in."""
    return (
        QueryVariable(name)
        .datasource(SOURCE)
        .query(f"SELECT value FROM monitoring.settings WHERE name = '{name}'")
        .hide(VariableHide.HIDE_VARIABLE)
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
    )


def all_variables() -> list[QueryVariable]:
    """Return the variables that both dashboards have."""
    return [
        choice("experiment", "Experiment", EXPERIMENTS, "experiment"),
        choice("dataset", "Data set", DATASETS, "coalesce(dataset_id, '')"),
        choice("model", "Model", MODELS, "coalesce(model_run_id, '')"),
        *map(address, ADDRESSES),
    ]


def threshold_changes() -> AnnotationQuery:
    """Mark where a model's threshold was moved."""
    return _annotation("Threshold changes", "orange", THRESHOLDS)


def promotions() -> AnnotationQuery:
    """Mark where a model took over."""
    return _annotation("Promotions", "purple", PROMOTIONS)


def _annotation(name: str, colour: str, sql: str) -> AnnotationQuery:
    return (
        AnnotationQuery()
        .name(name)
        .datasource(SOURCE)
        .enable(True)
        .icon_color(colour)
        .target(Sql(sql).named("Anno"))
    )
