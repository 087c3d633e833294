"""Decisions as marks on the charts."""

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery

from grafana.query import SOURCE, Sql

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
