"""Every query of Grafana's files, run as Grafana runs it: its own role, macros expanded."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.database.migrations.upgrade import upgrade
from tests.past import SETTINGS, fill
from tests.servers.grafana_files import DASHBOARDS, EVERYTHING, GRAFANA, Panel, all_panels, rules
from tests.servers.grafana_sql import Grafana
from tests.servers.postgres import PostgresServer, TestDatabase

RUN_COLUMNS = ["started", "run_kind", "status", "run_name", "dataset_name"]
LINK_COLUMNS = ["run_id", "dag_run_id", "experiment_id", "dag_id"]
# What each panel's query must return beside the column "time" of a series.
EXPECTED = {
    "Total runs": ["runs"],
    "Latest anomaly rate": ["anomaly_rate"],
    "Latest drift": ["drift_max"],
    "Injected recall": ["injected_recall"],
    "Verdict precision": ["precision"],
    "Threshold": ["threshold"],
    "Anomaly rate": ["new data", "band from", "band to", "training data"],
    "Run status": ["status", "runs"],
    "Drift by feature": ["metric", "psi"],
    "Detection of injected anomalies": ["recall", "area under the curve"],
    "Missing and unseen values": ["missing", "unseen categories"],
    "Durations": ["training", "scoring"],
    "Verdict precision by model": [
        *("trained", "model_run_id", "precision", "precision_low", "precision_high"),
        *("confirmed", "false_alarms", "unsure"),
    ],
    "Recent runs": [
        *(*RUN_COLUMNS, "anomaly_rate", "drift_max", "duration_seconds", "requested_by"),
        *LINK_COLUMNS,
    ],
    "Failed runs": ["failed"],
    "Success rate": ["success"],
    "Newest success": ["hours"],
    "In progress": ["running"],
    "Rows processed": ["rows"],
    "Data sets": ["sets"],
    "Runs by status": ["metric", "runs"],
    "Run durations": ["metric", "median", "95 %"],
    "Wait between the tasks of a job": ["longest", "mean"],
    "Work": ["metric", "seconds"],
    "Data volume": ["metric", "rows"],
    "Scoring speed": ["rows per second"],
    "Freshness": ["experiment", "newest_run", "newest_success", "hours_since_success"],
    "Failures": [*RUN_COLUMNS, "duration_seconds", "requested_by", *LINK_COLUMNS],
}
TEXTS = {
    *("metric", "experiment", "model_run_id", "requested_by"),
    *RUN_COLUMNS[1:],
    *LINK_COLUMNS,
}
TIMES = {"started", "trained", "newest_run", "newest_success"}


ALL_PANELS = list(all_panels())
named_panel = pytest.mark.parametrize("panel", ALL_PANELS, ids=lambda panel: panel.title)
named_rule = pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["uid"])


def rows(database: TestDatabase, sql: str) -> list[dict[str, Any]]:
    """Return what PostgreSQL answers to Grafana's role."""
    with database.engine("grafana_reader").connect() as connection:
        return [dict(row) for row in connection.execute(text(sql.replace(":", r"\:"))).mappings()]


def answer(database: TestDatabase, panel: Panel, opened: Grafana) -> list[dict[str, Any]]:
    """Return the rows of all of a panel's queries."""
    expanded = (opened.expand(target["rawSql"]) for target in panel.targets)
    return [row for sql in expanded for row in rows(database, sql)]


@named_panel
def test_a_panel_shows_something_on_a_year_of_runs(year: TestDatabase, panel: Panel) -> None:
    """With everything chosen, no panel says "No data", and each number is one."""
    shown = answer(year, panel, Grafana(EVERYTHING))
    assert shown
    assert any(value is not None for row in shown for value in row.values())


@named_panel
def test_a_panel_returns_the_columns_it_draws(year: TestDatabase, panel: Panel) -> None:
    """Names and types are what the panel's kind needs."""
    shown = answer(year, panel, Grafana(EVERYTHING))
    columns = list(dict.fromkeys(name for row in shown for name in row))
    is_series = panel.targets[0]["format"] == "time_series"
    assert columns == [*(["time"] if is_series else []), *EXPECTED[panel.title]]
    for row in shown:
        for name, value in row.items():
            assert value is None or isinstance(value, allowed_types(name)), (name, value)


def allowed_types(column: str) -> tuple[type, ...]:
    """Return what a column's values may be."""
    if column in TEXTS:
        return (str,)
    if column in TIMES:
        return (datetime,)
    if column == "time":
        return (datetime, Decimal, float)
    return (int, float, Decimal)


@named_panel
def test_a_panel_follows_the_choices(year: TestDatabase, panel: Panel) -> None:
    """Several values, one value and values with a quote in them are all understood."""
    pairs = rows(
        year,
        "SELECT dataset_id, model_run_id FROM monitoring.runs WHERE on_new_data LIMIT 2",
    )
    chosen = {
        "experiment": ["traffic_anomaly_detection", "it's another"],
        "dataset": [row["dataset_id"] for row in pairs],
        "model": [pairs[0]["model_run_id"]],
    }
    shown = answer(year, panel, Grafana(chosen, interval="1h"))
    assert {name for row in shown for name in row} <= {"time", *EXPECTED[panel.title]}


@named_panel
def test_a_panel_survives_an_empty_store(empty: TestDatabase, panel: Panel) -> None:
    """Before the first run every query still runs, and makes no number up."""
    shown = answer(empty, panel, Grafana(EVERYTHING))
    assert all(value in {None, 0} for row in shown for value in row.values())


@pytest.fixture(scope="module")
def empty(server: PostgresServer, mlflow_tables: str) -> TestDatabase:
    """A migrated database without a run."""
    database = server.create("empty", mlflow_tables)
    upgrade(database.engine("console"), SETTINGS)
    return database


def test_a_choice_narrows_what_is_counted(year: TestDatabase) -> None:
    """The data set chosen on top is the only one that a panel counts."""
    total = next(panel for panel in ALL_PANELS if panel.title == "Total runs")
    one = rows(year, "SELECT max(dataset_id) AS id FROM monitoring.runs")[0]["id"]
    alone = answer(year, total, Grafana(EVERYTHING | {"dataset": [one]}))[0]["runs"]
    assert 0 < alone < answer(year, total, Grafana(EVERYTHING))[0]["runs"]


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_variables_offer_values(year: TestDatabase, path: Path) -> None:
    """Each choice has something to choose from, each address is the one that was set."""
    offered = {
        variable["name"]: rows(year, variable["query"])
        for variable in json.loads(path.read_text())["templating"]["list"]
    }
    assert len(offered["experiment"]) == 1
    assert len(offered["dataset"]) > 10
    assert len(offered["model"]) > 10
    assert set(offered["dataset"][0]) == {"__text", "__value"}
    assert offered["console_url"] == [{"value": "http://console.test"}]
    assert offered["mlflow_url"] == [{"value": "http://mlflow.test"}]
    assert offered["airflow_url"] == [{"value": "http://airflow.test"}]


def test_annotations_mark_decisions(year: TestDatabase) -> None:
    """Threshold changes and promotions come with a time and a text to show."""
    content = json.loads((GRAFANA / "dashboards/anomaly-detection.json").read_text())
    for annotation in content["annotations"]["list"]:
        shown = rows(year, Grafana(EVERYTHING).expand(annotation["target"]["rawSql"]))
        assert shown, annotation["name"]
        assert set(shown[0]) == {"time", "text", "tags"}
        assert all(isinstance(row["time"], datetime) and row["text"] for row in shown)


def fires(database: TestDatabase, rule: dict[str, Any]) -> list[dict[str, Any]]:
    """Evaluate a rule as Grafana does, and return the rows that fire."""
    query, condition = (part["model"] for part in rule["data"])
    assert condition["expression"] == query["refId"]
    assert rule["condition"] == condition["refId"]
    evaluator = condition["conditions"][0]["evaluator"]
    assert evaluator["type"] == "gt"
    found = rows(database, query["rawSql"])
    return [row for row in found if number_of(row) > evaluator["params"][0]]


def number_of(row: dict[str, Any]) -> float:
    """Return the one number of a row; the texts beside it become the alert's labels."""
    numbers = [value for value in row.values() if not isinstance(value, str)]
    assert len(numbers) == 1, row
    return float(numbers[0])


@named_rule
def test_a_rule_is_quiet_on_normal_history(year: TestDatabase, rule: dict[str, Any]) -> None:
    """A year that ends well fires nothing."""
    assert fires(year, rule) == []


@named_rule
def test_a_rule_is_quiet_on_an_empty_store(empty: TestDatabase, rule: dict[str, Any]) -> None:
    """Nothing has run, so nothing is wrong."""
    assert fires(empty, rule) == []


def plant_rate(database: TestDatabase, run: str) -> None:
    """Let the newest run on new data flag three times as many rows."""
    database.run(
        "mlflow",
        "UPDATE latest_metrics SET value = 3 * value WHERE key = 'anomaly_rate' AND run_uuid = :r",
        r=run,
    )


def plant_drift(database: TestDatabase, run: str) -> None:
    """Let a feature of the newest run drift."""
    database.run(
        "mlflow",
        "UPDATE latest_metrics SET value = CASE key WHEN 'drift_max' THEN 0.31 ELSE 1 END "
        "WHERE key IN ('drift_max', 'drifted_features') AND run_uuid = :r",
        r=run,
    )


def plant_failure(database: TestDatabase, run: str) -> None:
    """Let the newest run have failed just now."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    database.run(
        "mlflow",
        "UPDATE runs SET status = 'FAILED', end_time = :now WHERE run_uuid = :r",
        now=now,
        r=run,
    )


def plant_silence(database: TestDatabase, _: str) -> None:
    """Let everything have happened five days earlier."""
    back = int(timedelta(days=5).total_seconds() * 1000)
    move = "UPDATE runs SET start_time = start_time - :back, end_time = end_time - :back"
    database.run("mlflow", move, back=back)


PLANTED = {
    "anomaly-rate-outside-band": plant_rate,
    "anomaly-drift": plant_drift,
    "anomaly-no-success": plant_silence,
    "anomaly-run-failed": plant_failure,
}


@named_rule
def test_a_rule_fires_on_what_it_is_for(migrated: TestDatabase, rule: dict[str, Any]) -> None:
    """Each planted trouble fires its own rule and no other, labelled with the experiment."""
    fill(migrated, runs=300)
    newest = "SELECT run_id FROM monitoring.runs WHERE on_new_data ORDER BY started DESC LIMIT 1"
    run = rows(migrated, newest)[0]["run_id"]
    migrated.run("console", "DELETE FROM monitoring.recorded_runs")
    PLANTED[rule["uid"]](migrated, run)
    fired = {one["uid"]: fires(migrated, one) for one in rules()}
    assert {uid for uid, found in fired.items() if found} == {rule["uid"]}
    assert [row["experiment"] for row in fired[rule["uid"]]] == ["traffic_anomaly_detection"]
