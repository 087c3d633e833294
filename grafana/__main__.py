"""Write the dashboards: ``python -m grafana``. Commit what it writes."""

import json
from collections.abc import Iterator
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard, DashboardLink
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DashboardLinkType, Panel

from grafana import anomaly_detection, operations

FOLDER = Path(__file__).parent / "dashboards"
TAG = "anomaly-console"


def texts() -> Iterator[tuple[str, str]]:
    """Yield file name and content of every dashboard."""
    for module in (anomaly_detection, operations):
        yield f"{module.UID}.json", as_json(module.dashboard())


def as_json(builder: Dashboard) -> str:
    """Return a dashboard with what both have in common: a year, in UTC, and links to each other."""
    (
        builder.tags([TAG])
        .timezone("utc")
        .time("now-1y", "now")
        .refresh("1m")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .links([others(), console()])
        .readonly()
    )
    made = builder.build()
    for number, panel in enumerate(made.panels or [], start=1):
        if isinstance(panel, Panel):
            panel.id_val = number
    return json.dumps(made, cls=JSONEncoder, indent=2, ensure_ascii=False) + "\n"


def others() -> DashboardLink:
    """Link to the dashboards with the same tag, keeping what was chosen."""
    link = DashboardLink("Dashboards").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.keep_time(True).include_vars(True)


def console() -> DashboardLink:
    """Link to the console."""
    link = DashboardLink("Console").type(DashboardLinkType.LINK).icon("external link")
    return link.url("${console_url}").target_blank(True)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts():
        (FOLDER / name).write_text(text, encoding="utf-8")
