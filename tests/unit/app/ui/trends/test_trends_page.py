"""The long view: what is shown, what the address holds, and what happens without a service."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from app.services.system import names
from app.services.trends.types import Grain
from app.ui.trends import drift_charts as charts_of_drift
from app.ui.trends import export
from app.ui.trends import filters as trends_filters
from app.ui.trends import views as trends_views

CHARTS = {
    *("rate", "status", "drift", "drift-course", "shares", "quality"),
    *("odd-values", "durations", "runs", "volume"),
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
    """Six numbers, the charts, and two tables of runs; no verdict leads on."""
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
    assert "No verdict yet" in visit.words
    for said in ("Failed runs 1", "Success rate 85.7 %", "In progress 1", "Rows processed 12,000"):
        assert said in visit.words


def test_without_runs_the_page_leads_on(enter, empty):
    """The filters stay, as another range may have runs."""
    visit = enter(empty, "trends")
    assert charts(visit) == set()
    assert "No run in this range" in visit.words
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
def test_the_range_is_read_from_the_address(enter, world, query, runs):
    """A link shows a colleague the same span of time; dates may be the wrong way round."""
    assert numbers(enter(world, "trends", **query))["Total runs"] == runs


def test_a_range_without_runs_is_empty(enter, world):
    """Custom days before the first run hold none."""
    visit = enter(world, "trends", **{"range": "Custom", "from": "2001-01-01", "to": "2001-02-01"})
    assert "No run in this range" in visit.words


def test_filters_are_read_from_the_address_and_kept_there(enter, world):
    """A data set and a model stand in the address by their ids."""
    newer = world.console().trends.datasets()[0].key
    visit = enter(world, "trends", data=newer, grain="Week")
    assert numbers(visit)["Total runs"] == "3"
    assert control(visit, "grain").value == "Week"
    model = world.console().trends.models()[0].key
    next(each for each in visit.at.selectbox if each.label == "Model").select(model)
    visit.again()
    assert visit.query()["model"] == model
    assert visit.query()["data"] == newer
    assert numbers(visit)["Total runs"] == "2"
    next(each for each in visit.at.selectbox if each.label == "Data set").select("")
    assert "data" not in visit.again().query()


def test_an_unknown_filter_shows_nothing_rather_than_everything(enter, world):
    """A data set that is gone stays chosen, and has no runs."""
    visit = enter(world, "trends", data="gone")
    assert "No run in this range" in visit.words
    assert visit.query()["data"] == "gone"


@pytest.mark.parametrize(
    ("days", "grain"),
    [(7, Grain.RUN), (30, Grain.DAY), (365, Grain.WEEK), (9_999, Grain.MONTH), (None, Grain.WEEK)],
)
def test_the_grain_follows_the_range(days, grain):
    """Points keep apart whatever the range."""
    assert trends_filters.automatic(days) is grain


def test_the_cell_of_the_address_is_opened(enter, world):
    """A link leads a colleague to the same feature and time."""
    cell = next(
        each
        for each in world.console().trends.drift(trends_filters.Scope(days=30))
        if each.feature == "weather_condition"
    )
    visit = enter(world, "trends", feature="weather_condition", at=cell.begin.isoformat())
    assert "index 0.020" in visit.words
    assert "index 0.080" in enter(world, "trends").words
    assert "index 0.080" in enter(world, "trends", feature="gone", at="never").words


def test_a_click_on_a_cell_is_kept_in_the_address(enter, world):
    """The cell that is clicked opens, and a reload opens it again."""
    cell = world.console().trends.drift(trends_filters.Scope(days=30))[1]
    visit = enter(world, "trends")
    point = {"customdata": charts_of_drift.cell_key(cell.feature, cell.begin)}
    visit.at.session_state["chart-drift"] = {"selection": {"points": [point]}}
    visit.again()
    assert visit.query()["feature"] == cell.feature
    assert visit.query()["at"] == cell.begin.isoformat()
    assert f"index {cell.psi:.3f}" in visit.words


def test_a_click_that_the_map_no_longer_has_is_forgotten(enter, world):
    """After another choice of runs the largest index of the newest column opens."""
    visit = enter(world, "trends")
    gone = charts_of_drift.cell_key("gone", datetime(2001, 1, 1, tzinfo=UTC))
    visit.at.session_state["chart-drift"] = {"selection": {"points": [{"customdata": gone}]}}
    assert "index 0.080" in visit.again().words
    assert "feature" not in visit.query()


def test_without_mlflow_only_the_distribution_waits(enter, world):
    """The views are in PostgreSQL; the shares of a run are among its files."""
    world.stop("MLflow")
    visit = enter(world, "trends")
    assert charts(visit) == CHARTS - {"shares"}
    assert "The distribution: waiting for MLflow" in visit.words


def test_a_run_without_files_says_so(enter, world):
    """What was purged or generated has no distribution."""
    for run in world.mlflow.runs:
        run.files.pop(names.DRIFT, None)
    visit = enter(world, "trends")
    assert "No distribution stored" in visit.words
    assert "shares" not in charts(visit)


def test_without_drift_the_map_gives_way(enter, world):
    """Runs that measured none leave no empty axes."""
    for run in world.mlflow.runs:
        run.metrics = {key: value for key, value in run.metrics.items() if "drift/" not in key}
    assert "No drift measured" in enter(world, "trends").words


def test_without_the_database_nothing_is_made_up(enter, world):
    """One notice in the place of everything, and no tile with a number."""
    world.stop("PostgreSQL")
    visit = enter(world, "trends")
    assert visit.words.count("waiting for PostgreSQL") == 1
    assert not visit.at.metric


def test_grafana_opens_on_the_same_view(enter, world):
    """With the time range and the variables of the page, and only where it is configured."""
    assert "Grafana" not in enter(world, "trends").words
    model = world.console().trends.models()[0].key
    settings = world.shared.settings.model_copy(update={"grafana_url": "http://grafana.test"})
    world.shared = world.shared.__class__(**{**vars(world.shared), "settings": settings})
    visit = enter(world, "trends", range="90 days", model=model)
    bodies = " ".join(each.body for each in visit.at.get("html"))
    assert "http://grafana.test/d/anomaly-detection?from=now-90d&amp;to=now" in bodies
    assert f"var-model={model}" in bodies
    assert "http://grafana.test/d/anomaly-operations?" in bodies


def test_what_is_shown_can_be_taken_away(enter, world):
    """Each file has a line for each point that is drawn."""
    visit = enter(world, "trends")
    assert set(export.FILES) <= {
        each.key.removeprefix("export-") for each in visit.at.get("download_button")
    }
    trends = world.console().trends
    scope = trends_filters.Scope(days=30, grain=Grain.RUN)
    lines = {
        name: export.contents(trends, name, scope).decode().splitlines() for name in export.FILES
    }
    assert len(lines["training_rates"]) == 1 + len(trends.training_rates(scope))
    assert len(lines["drift"]) == 1 + len(trends.drift(scope))
    assert len(lines["activity"]) == 1 + len(trends.activity(scope.by(Grain.DAY)))
    assert lines["precision"] == []


def test_links_lead_to_where_a_run_can_be_looked_at(enter, world):
    """Scored runs to their anomalies; each to MLflow and to its job."""
    table = enter(world, "trends").at.dataframe[0].value
    scored = table[table["Kind"] == "Scoring"].iloc[0]
    assert scored["Anomalies"].startswith("/anomalies?run=")
    assert "/#/experiments/" in scored["MLflow"]
    assert f"/dags/{names.TRAIN_DAG}/runs/" in scored["Airflow"]
    assert table[table["Kind"] == "Training"]["Anomalies"].isna().all()


def test_a_purged_run_has_no_links_into_mlflow(world):
    """What MLflow no longer has cannot be opened there."""
    run = world.console().trends.recent(trends_filters.Scope())[0]
    purged = run.__class__(**{**vars(run), "stage": "purged", "kind": "score"})
    links = SimpleNamespace(job=lambda *_: "job", run=lambda *_: "run")
    row = trends_views._row(purged, links)
    assert (row["Anomalies"], row["MLflow"], row["Airflow"]) == (None, None, "job")


def test_long_names_are_cut(enter, empty):
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


def test_the_begin_of_a_cell_is_written_by_its_grain():
    """Short for a month, to the minute for a run."""
    begin = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
    written = {grain: charts_of_drift.stamp(begin, grain) for grain in Grain}
    assert written[Grain.RUN] == "Mar 01 14:05"
    assert written[Grain.WEEK] == "Mar 01, 2026"
    assert written[Grain.MONTH] == "Mar 2026"
