"""Panels, colours, units and links that both dashboards use."""

from grafana_foundation_sdk.builders import common, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
)

from grafana.query import Sql

GOOD, FAIR, BAD, PLAIN = "green", "orange", "red", "blue"
STATUS_COLOURS = {"FINISHED": GOOD, "FAILED": BAD, "KILLED": FAIR, "RUNNING": PLAIN}


def levels(*steps: tuple[float | None, str]) -> ThresholdsConfig:
    """Return colours from values on; the first has no lower end."""
    return (
        ThresholdsConfig()
        .mode(ThresholdsMode.ABSOLUTE)
        .steps([Threshold(value=value, color=colour) for value, colour in steps])
    )


def number(
    title: str, about: str, sql: str, *, unit: str = "short", decimals: int | None = None
) -> stat.Panel:
    """Return one number, large."""
    panel = (
        stat.Panel()
        .title(title)
        .description(about)
        .with_target(Sql(sql))
        .unit(unit)
        .no_value("none yet")
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.VALUE)
        .thresholds(levels((None, PLAIN)))
        .span(4)
        .height(4)
    )
    return panel if decimals is None else panel.decimals(decimals)


def lines(title: str, about: str, *queries: Sql, unit: str = "short") -> timeseries.Panel:
    """Return lines over time, with points, as runs are not evenly spread."""
    panel = timeseries.Panel().title(title).description(about).unit(unit).span(12).height(8)
    for number_, query in enumerate(queries):
        panel.with_target(query.named(chr(ord("A") + number_)))
    legend = common.VizLegendOptions().show_legend(True).calcs([])
    tooltip = common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
    return (
        panel.legend(legend.display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM))
        .tooltip(tooltip)
        .color_scheme(FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC))
        .show_points(VisibilityMode.AUTO)
        .span_nulls(True)
        .line_width(2)
        .fill_opacity(5)
    )


def grid(title: str, about: str, sql: str) -> table.Panel:
    """Return a table over the whole width."""
    return table.Panel().title(title).description(about).with_target(Sql(sql)).span(24).height(9)


def colour(name: str) -> list[DynamicConfigValue]:
    """Return the override that draws a field in one colour."""
    return [DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": name})]


def unit(name: str, decimals: int | None = None) -> list[DynamicConfigValue]:
    """Return the override that gives a field its unit."""
    digits = [] if decimals is None else [DynamicConfigValue(id_val="decimals", value=decimals)]
    return [DynamicConfigValue(id_val="unit", value=name), *digits]


def links(*targets: tuple[str, str]) -> list[DynamicConfigValue]:
    """Return the override that makes a field's values links, of title and address each."""
    made = [{"title": title, "url": url, "targetBlank": True} for title, url in targets]
    return [DynamicConfigValue(id_val="links", value=made)]


def hidden() -> list[DynamicConfigValue]:
    """Return the override that keeps a column for links only."""
    return [DynamicConfigValue(id_val="custom.hideFrom.viz", value=True)]


def with_run_links(panel: table.Panel) -> table.Panel:
    """Link the columns of a table of runs to the console, MLflow and Airflow."""
    run, field = "${__value.raw}", "${__data.fields.%s}"
    in_console = (
        ("The run in the console", "${console_url}/runs?run=" + run),
        ("Its anomalies", "${console_url}/anomalies?run=" + run),
    )
    experiment = field % "experiment_id"
    in_mlflow = "${mlflow_url}/#/experiments/" + experiment + "/runs/" + field % "run_id"
    in_airflow = "${airflow_url}/dags/" + field % "dag_id" + "/runs/${__value.raw:percentencode}"
    return (
        panel.override_by_name("run_id", links(*in_console))
        .override_by_name("run_name", links(("The run in MLflow", in_mlflow)))
        .override_by_name("dag_run_id", links(("The job in Airflow", in_airflow)))
        .override_by_name("started", unit("dateTimeAsIso"))
        .override_by_name("duration_seconds", unit("s", 1))
        .override_by_name("experiment_id", hidden())
        .override_by_name("dag_id", hidden())
    )
