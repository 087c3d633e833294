"""Grafana's files hold together, and the dashboards are what their code writes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana.__main__ import texts

GRAFANA = Path(__file__).parents[3] / "grafana"
DASHBOARDS = sorted(GRAFANA.glob("dashboards/*.json"))
PROVISIONING = sorted(GRAFANA.glob("provisioning/*/*.yaml"))
# Panel types of Grafana 13 that this project uses; graph, singlestat, table-old and heatmap-new,
# among others, are deprecated or gone.
CURRENT_TYPES = {"stat", "timeseries", "piechart", "status-history", "table"}
FINAL_SCHEMA = 42
SETTINGS = {
    *("GRAFANA_DB_URL", "GRAFANA_DB_SSLMODE", "GRAFANA_DB_PASSWORD", "GRAFANA_DASHBOARDS"),
    *("CONSOLE_URL", "ALERT_RECEIVER", "ALERT_EMAIL", "ALERT_WEBHOOK_URL"),
}
by_name = pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)


def load(name: str) -> dict[str, Any]:
    """Read one provisioning file."""
    content: dict[str, Any] = yaml.safe_load((GRAFANA / "provisioning" / name).read_text())
    return content


def values(part: object, key: str) -> Iterator[Any]:
    """Yield every value of ``key``, however deep."""
    if isinstance(part, dict):
        if key in part:
            yield part[key]
        for inner in part.values():
            yield from values(inner, key)
    elif isinstance(part, list):
        for inner in part:
            yield from values(inner, key)


def test_the_dashboards_are_what_their_code_writes() -> None:
    """Whoever changes the code has run ``python -m grafana``, and nobody edited the JSON."""
    written = dict(texts())
    assert {path.name for path in DASHBOARDS} == set(written)
    for path in DASHBOARDS:
        assert path.read_text(encoding="utf-8") == written[path.name], f"{path.name} is stale"


@by_name
def test_every_data_source_is_the_provisioned_one(path: Path) -> None:
    """No panel, variable or annotation names a data source that nobody provides."""
    provided = {
        (source["type"], source["uid"])
        for source in load("datasources/postgres.yaml")["datasources"]
    }
    named = {
        (ref["type"], ref["uid"]) for ref in values(json.loads(path.read_text()), "datasource")
    }
    assert named == provided


@by_name
def test_a_dashboard_is_of_the_current_shape(path: Path) -> None:
    """Current schema, current panels, a fixed uid, and panels told apart by id."""
    content = json.loads(path.read_text())
    assert content["schemaVersion"] == FINAL_SCHEMA
    assert content["uid"] == path.stem
    assert {panel["type"] for panel in content["panels"]} <= CURRENT_TYPES
    ids = [panel["id"] for panel in content["panels"]]
    assert ids == sorted(set(ids))


@by_name
def test_panels_have_titles_and_explain_themselves(path: Path) -> None:
    """An operator can tell what a panel shows."""
    shown = json.loads(path.read_text())["panels"]
    titles = [panel["title"] for panel in shown]
    assert len(set(titles)) == len(titles)
    assert all(panel["description"].endswith(".") for panel in shown)


@by_name
def test_panels_do_not_overlap(path: Path) -> None:
    """Each cell of the grid belongs to one panel at most."""
    places = [panel["gridPos"] for panel in json.loads(path.read_text())["panels"]]
    cells = [
        (place["x"] + column, place["y"] + row)
        for place in places
        for column in range(place["w"])
        for row in range(place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


@by_name
def test_every_variable_that_is_used_exists(path: Path) -> None:
    """No link or query names a variable that the dashboard does not have."""
    source = path.read_text()
    content = json.loads(source)
    known = {variable["name"] for variable in content["templating"]["list"]}
    used = set(re.findall(r"\$\{(\w+)", source)) - {"__value", "__data"}
    assert used == known


def test_runs_link_to_the_console_mlflow_and_airflow() -> None:
    """From a run it is one click to where it can be looked at."""
    content = json.loads((GRAFANA / "dashboards/anomaly-detection.json").read_text())
    table = next(panel for panel in content["panels"] if panel["title"] == "Recent runs")
    urls = " ".join(values(table["fieldConfig"]["overrides"], "url"))
    for start in ("console_url}/runs?run=", "console_url}/anomalies?run=", "mlflow_url}/#/exp"):
        assert "${" + start in urls
    assert "${airflow_url}/dags/${__data.fields.dag_id}/runs/" in urls


def test_the_dashboards_lie_in_a_folder_of_their_own() -> None:
    """The folder has a fixed uid, and the alerts lie in the same."""
    provider = load("dashboards/dashboards.yaml")["providers"][0]
    assert provider["folderUid"] == "anomaly-console"
    groups = load("alerting/rules.yaml")["groups"]
    assert {group["folder"] for group in groups} == {provider["folder"]}


def test_rules_point_to_panels_that_exist() -> None:
    """The picture beside an alert is there."""
    known = {
        (content["uid"], panel["id"])
        for content in (json.loads(path.read_text()) for path in DASHBOARDS)
        for panel in content["panels"]
    }
    for rule in load("alerting/rules.yaml")["groups"][0]["rules"]:
        assert (rule["dashboardUid"], rule["panelId"]) in known, rule["uid"]


def test_rules_query_the_provisioned_data_source() -> None:
    """Each rule asks our database once and compares in Grafana's own expression engine."""
    source = load("datasources/postgres.yaml")["datasources"][0]["uid"]
    for rule in load("alerting/rules.yaml")["groups"][0]["rules"]:
        assert [part["datasourceUid"] for part in rule["data"]] == [source, "__expr__"]
        assert [part["refId"] for part in rule["data"]] == [
            part["model"]["refId"] for part in rule["data"]
        ]


def test_notifications_reach_a_contact_point() -> None:
    """Whatever ALERT_RECEIVER may be set to is defined, and receivers have uids of their own."""
    points = load("alerting/contact_points.yaml")["contactPoints"]
    assert {point["name"] for point in points} == {"email", "webhook", "email and webhook"}
    uids = [receiver["uid"] for point in points for receiver in point["receivers"]]
    assert len(set(uids)) == len(uids)
    assert load("alerting/policies.yaml")["policies"][0]["receiver"] == "$ALERT_RECEIVER"


def test_the_files_read_known_variables_only() -> None:
    """Every dollar sign is a documented setting: Grafana replaces any other by nothing."""
    found = {
        name
        for path in PROVISIONING
        for line in path.read_text().splitlines()
        for name in re.findall(r"\$\{?(\w+)", line.split(" # ")[0])
        if not line.lstrip().startswith("#")
    }
    assert found == SETTINGS


def test_no_password_is_written_down() -> None:
    """The data source's password comes from the environment."""
    source = load("datasources/postgres.yaml")["datasources"][0]
    assert source["secureJsonData"] == {"password": "$GRAFANA_DB_PASSWORD"}
    assert source["user"] == "grafana_reader"
