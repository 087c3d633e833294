"""The Trends page: its charts, its address, and what it shows while a service is down."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from app.services.trends.types import Grain, Scope
from app.ui.trends import drift_charts as charts_of_drift
from app.ui.trends import views as trends_views
from pipeline.orchestration import TRAIN_DAG
from pipeline.tracking import names

CHARTS = {
    *("rate", "status", "drift", "drift-course", "shares", "quality"),
    *("missing-and-unseen", "durations", "runs", "volume"),
}
EXPORTS = {
    *("rates", "training_rates", "decisions", "drift", "recent", "failures"),
    *("activity", "means", "quality", "precision"),
}
LONG = "an_export_of_the_regional_authority_" * 5 + ".csv"


def charts(visit):
    """Names of the charts that are drawn."""
    return {each.key.removeprefix("chart-") for each in visit.at.get("plotly_chart")}


def control(visit, key):
    """Return the segmented control with this key."""
    return next(each for each in visit.at.button_group if each.key == key)


def numbers(visit):
    """The tiles by their labels."""
    return {each.label: each.value for each in visit.at.metric}


def test_every_part_of_the_page_is_drawn(enter, world):
    """Six figures, the charts, and two tables of runs."""
    visit = enter(world, "trends")
    assert charts(visit) == CHARTS
    assert numbers(visit) == {
        "Total runs": "8",
        "Latest rate": "9.20 %",
        "Latest drift": "0.080",
        "Injected recall": "72.0 %",
        "Verdict precision": "—",
        "Threshold": "-0.5000",
    }
    assert [len(each.value) for each in visit.at.dataframe] == [8, 1]
    assert "No verdict yet" in visit.text
    for text in ("Failed runs 1", "Success rate 85.7 %", "In progress 1", "Rows processed 12,000"):
        assert text in visit.text


def test_page_without_runs_keeps_its_filters(enter, empty):
    """Another range may have runs."""
    visit = enter(empty, "trends")
    assert charts(visit) == set()
    assert "No run in this range" in visit.text
    assert control(visit, "range").value == "30 days"


@pytest.mark.parametrize(
    ("query", "runs"),
    [
        ({}, "8"),
        ({"range": "7 days"}, "8"),
        ({"range": "All"}, "8"),
        ({"range": "nonsense"}, "8"),
        ({"range": "Custom", "from": "2001-01-01", "to": "2100-01-01"}, "8"),
        ({"range": "Custom", "from": "2100-01-01", "to": "2001-01-01"}, "8"),
    ],
)
def test_range_is_read_from_the_address(enter, world, query, runs):
    """Dates may be in the wrong order."""
    assert numbers(enter(world, "trends", **query))["Total runs"] == runs


def test_range_without_runs_is_empty(enter, world):
    """Custom days before the first run hold none."""
    visit = enter(world, "trends", **{"range": "Custom", "from": "2001-01-01", "to": "2001-02-01"})
    assert "No run in this range" in visit.text


def test_filters_are_read_from_the_address_and_kept_there(enter, world):
    """A data set and a model stand in the address by their ids."""
    newer = world.console().trends.datasets()[0].key
    visit = enter(world, "trends", dataset=newer, grain="Week")
    assert numbers(visit)["Total runs"] == "3"
    assert control(visit, "grain").value == "Week"
    model = world.console().trends.models()[0].key
    next(each for each in visit.at.selectbox if each.label == "Model").select(model)
    visit.again()
    assert visit.query()["model"] == model
    assert visit.query()["dataset"] == newer
    assert numbers(visit)["Total runs"] == "2"
    next(each for each in visit.at.selectbox if each.label == "Data set").select("")
    assert "dataset" not in visit.again().query()


def test_unknown_data_set_shows_nothing_rather_than_everything(enter, world):
    """It stays chosen, and has no runs."""
    visit = enter(world, "trends", dataset="gone")
    assert "No run in this range" in visit.text
    assert visit.query()["dataset"] == "gone"


def test_address_of_an_earlier_version_keeps_its_data_set(enter, world):
    """The name of the data set in the address was ``data``."""
    newer = world.console().trends.datasets()[0].key
    visit = enter(world, "trends", data=newer)
    assert numbers(visit)["Total runs"] == "3"
    assert visit.query() == {"dataset": newer}


def test_cell_of_the_address_is_opened(enter, world):
    """An unknown cell opens the largest index."""
    cell = next(
        each
        for each in world.console().trends.drift(Scope(days=30))
        if each.feature == "weather_condition"
    )
    visit = enter(world, "trends", feature="weather_condition", at=cell.begin.isoformat())
    assert "index 0.020" in visit.text
    assert "index 0.080" in enter(world, "trends").text
    assert "index 0.080" in enter(world, "trends", feature="gone", at="never").text


def test_clicked_cell_is_kept_in_the_address(enter, world):
    """A reload opens it again."""
    cell = world.console().trends.drift(Scope(days=30))[1]
    visit = enter(world, "trends")
    point = {"customdata": charts_of_drift.cell_key(cell.feature, cell.begin)}
    visit.at.session_state["chart-drift"] = {"selection": {"points": [point]}}
    visit.again()
    assert visit.query()["feature"] == cell.feature
    assert visit.query()["at"] == cell.begin.isoformat()
    assert f"index {cell.psi:.3f}" in visit.text


def test_click_on_a_cell_that_is_gone_is_ignored(enter, world):
    """Another scope may have removed it; the largest index opens."""
    visit = enter(world, "trends")
    gone = charts_of_drift.cell_key("gone", datetime(2001, 1, 1, tzinfo=UTC))
    visit.at.session_state["chart-drift"] = {"selection": {"points": [{"customdata": gone}]}}
    assert "index 0.080" in visit.again().text
    assert "feature" not in visit.query()


def test_without_mlflow_only_the_distribution_is_missing(enter, world):
    """The views are in PostgreSQL; the shares of a run are among its files."""
    world.stop("MLflow")
    visit = enter(world, "trends")
    assert charts(visit) == CHARTS - {"shares"}
    assert "The distribution: waiting for MLflow" in visit.text


def test_run_without_files_has_no_distribution(enter, world):
    """Purged and generated runs have none."""
    for run in world.mlflow.runs:
        run.files.pop(names.DRIFT, None)
    visit = enter(world, "trends")
    assert "No distribution stored" in visit.text
    assert "shares" not in charts(visit)


def test_runs_without_drift_have_no_heatmap(enter, world):
    """No empty axes are drawn."""
    for run in world.mlflow.runs:
        run.metrics = {key: value for key, value in run.metrics.items() if "drift/" not in key}
    assert "No drift measured" in enter(world, "trends").text


def test_without_the_database_no_number_is_shown(enter, world):
    """One notice takes the place of everything."""
    world.stop("PostgreSQL")
    visit = enter(world, "trends")
    assert visit.text.count("waiting for PostgreSQL") == 1
    assert not visit.at.metric


def test_grafana_opens_with_the_same_scope(enter, world):
    """Only where it is configured."""
    assert "Grafana" not in enter(world, "trends").text
    model = world.console().trends.models()[0].key
    settings = world.shared.settings.model_copy(update={"grafana_url": "http://grafana.test"})
    world.shared = world.shared.__class__(**{**vars(world.shared), "settings": settings})
    visit = enter(world, "trends", range="90 days", model=model)
    bodies = " ".join(each.body for each in visit.at.get("html"))
    assert "http://grafana.test/d/anomaly-detection?from=now-90d&amp;to=now" in bodies
    assert f"var-model={model}" in bodies
    assert "http://grafana.test/d/anomaly-operations?" in bodies


def test_charts_can_be_exported_as_csv(enter, world):
    """Each file has a line for each point."""
    visit = enter(world, "trends")
    offered = {each.key.removeprefix("export-") for each in visit.at.get("download_button")}
    assert offered >= EXPORTS
    trends = world.console().trends
    scope = Scope(days=30, grain=Grain.RUN)
    lines = {name: trends.export(name, scope).decode().splitlines() for name in EXPORTS}
    assert len(lines["training_rates"]) == 1 + len(trends.training_rates(scope))
    assert len(lines["drift"]) == 1 + len(trends.drift(scope))
    assert len(lines["activity"]) == 1 + len(trends.activity(scope.by(Grain.DAY)))
    assert lines["precision"] == []


def test_runs_link_to_anomalies_mlflow_and_airflow(enter, world):
    """Only scored runs have anomalies."""
    table = enter(world, "trends").at.dataframe[0].value
    scored = table[table["Kind"] == "Scoring"].iloc[0]
    assert scored["Anomalies"].startswith("/anomalies?run=")
    assert "/#/experiments/" in scored["MLflow"]
    assert f"/dags/{TRAIN_DAG}/runs/" in scored["Airflow"]
    assert table[table["Kind"] == "Training"]["Anomalies"].isna().all()


def test_purged_run_has_no_links_into_mlflow(world):
    """MLflow no longer has it."""
    run = world.console().trends.recent(Scope())[0]
    purged = run.__class__(**{**vars(run), "stage": "purged", "kind": "score"})
    links = SimpleNamespace(job=lambda *_: "job", run=lambda *_: "run")
    row = trends_views._row(purged, links)
    assert (row["Anomalies"], row["MLflow"], row["Airflow"]) == (None, None, "job")


def test_long_names_are_shortened(enter, empty):
    """A data set and a feature of 180 characters break no part."""
    dataset = empty.add_dataset(LONG).tags["dataset_id"]
    run = empty.add_scoring(empty.add_training(dataset, age=5), age=5)
    run.metrics[f"drift/{LONG}"] = 0.9
    stored = json.loads(run.files[names.DRIFT])
    run.files[names.DRIFT] = json.dumps([stored[0] | {"name": LONG}]).encode()
    visit = enter(empty, "trends")
    assert charts(visit) == CHARTS
    options = next(each for each in visit.at.selectbox if each.label == "Data set").options
    assert max(map(len, options)) < 60


def test_period_is_written_by_its_grain():
    """Short for a month, to the minute for a run."""
    begin = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
    written = {grain: charts_of_drift.stamp(begin, grain) for grain in Grain}
    assert written[Grain.RUN] == "Mar 01 14:05"
    assert written[Grain.WEEK] == "Mar 01, 2026"
    assert written[Grain.MONTH] == "Mar 2026"
