"""The Trends page's queries on a real PostgreSQL: they agree with Grafana's panels."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.clients.postgres import Database
from app.services.trends.service import Trends
from app.services.trends.types import Grain, Scope
from tests.servers.grafana_files import EVERYTHING, all_panels
from tests.servers.grafana_sql import Grafana
from tests.servers.postgres import TestDatabase

NOW = datetime.now(UTC)
DAYS = 90
PANELS = {panel.title: panel for panel in all_panels()}
ANSWERS = ("rates", "training_rates", "activity", "means", "quality", "precision", "drift")


@pytest.fixture(scope="module")
def trends(year: TestDatabase) -> Trends:
    """The service as the console wires it, on a year of runs, at a fixed moment."""
    return Trends(Database(year.url("console")), lambda: NOW)


@pytest.fixture(scope="module", params=["everything", "one data set", "one model"])
def scope(request: pytest.FixtureRequest, trends: Trends) -> Scope:
    """Three months by the day: of all, of the data set used most, and of one model."""
    whole = Scope(days=DAYS, grain=Grain.DAY)
    if request.param == "one data set":
        return Scope(days=DAYS, grain=Grain.DAY, dataset_id=trends.datasets()[2].key)
    if request.param == "one model":
        return Scope(days=DAYS, grain=Grain.DAY, model_run_id=trends.models()[1].key)
    return whole


@pytest.fixture
def panel(year: TestDatabase, scope: Scope) -> Any:
    """A function that returns what Grafana's panel shows for the same choices."""
    chosen: dict[str, str | list[str]] = dict(EVERYTHING)
    if scope.dataset_id:
        chosen["dataset"] = [scope.dataset_id]
    if scope.model_run_id:
        chosen["model"] = [scope.model_run_id]
    opened = Grafana(chosen, NOW - timedelta(days=DAYS), NOW, "1d")

    def shown(title: str, target: int = 0) -> list[dict[str, Any]]:
        sql = opened.expand(PANELS[title].targets[target]["rawSql"]).replace(":", r"\:")
        with year.engine("grafana_reader").connect() as connection:
            return [at_moments(dict(row)) for row in connection.execute(text(sql)).mappings()]

    return shown


def at_moments(row: dict[str, Any]) -> dict[str, Any]:
    """Turn the macro's seconds since 1970 into a moment."""
    time = row.get("time")
    if time is not None and not isinstance(time, datetime):
        row["time"] = datetime.fromtimestamp(float(time), UTC)
    return row


def test_rate_and_its_band_are_the_same(trends: Trends, scope: Scope, panel: Any) -> None:
    """Each day's mean rate, with both ends of its band."""
    shown = panel("Anomaly rate")
    points = trends.rates(scope)
    assert [point.begin for point in points] == [row["time"] for row in shown]
    for name, column in (("rate", "new data"), ("low", "band from"), ("high", "band to")):
        ours = [getattr(point, name) for point in points]
        assert ours == pytest.approx([row[column] for row in shown])
    training = {point.begin: point.rate for point in trends.training_rates(scope)}
    assert training == pytest.approx(
        {row["time"]: row["training data"] for row in panel("Anomaly rate", 1)}
    )


def test_drift_heatmap_is_the_same(trends: Trends, scope: Scope, panel: Any) -> None:
    """Each feature of each day."""
    ours = {(cell.begin, cell.feature): cell.psi for cell in trends.drift(scope)}
    assert ours == {(row["time"], row["metric"]): row["psi"] for row in panel("Drift by feature")}
    assert ours


def test_statuses_are_the_same(trends: Trends, scope: Scope, panel: Any) -> None:
    """In the ring, and added up from the bars."""
    ours = trends.statuses(scope)
    assert ours == {row["status"]: row["runs"] for row in panel("Run status")}
    bars: dict[tuple[datetime, str], int] = {}
    for each in trends.activity(scope):
        bars[each.begin, each.status] = bars.get((each.begin, each.status), 0) + each.runs
    assert bars == {(row["time"], row["metric"]): row["runs"] for row in panel("Runs by status")}


def test_precision_is_the_same(trends: Trends, scope: Scope, panel: Any) -> None:
    """With its interval and the counts behind it."""
    ours = {
        each.model_run_id: (each.trained, each.precision, each.low, each.high, each.confirmed)
        for each in trends.precision(scope)
    }
    assert ours == {
        row["model_run_id"]: (
            *(row["trained"], row["precision"], row["precision_low"], row["precision_high"]),
            row["confirmed"],
        )
        for row in panel("Verdict precision by model")
    }
    assert ours


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Total runs", "runs"),
        ("Latest anomaly rate", "latest_rate"),
        ("Latest drift", "latest_drift"),
        ("Injected recall", "recall"),
        ("Verdict precision", "precision"),
        ("Threshold", "threshold"),
        ("Failed runs", "failed"),
        ("Success rate", "success"),
        ("In progress", "running"),
        ("Rows processed", "rows"),
        ("Data sets", "datasets"),
    ],
)
def test_single_numbers_are_the_same(
    trends: Trends, scope: Scope, panel: Any, title: str, name: str
) -> None:
    """Each tile against its panel; where one has nothing, so has the other."""
    shown = [value for row in panel(title) for value in row.values()]
    ours = getattr(trends.headline(scope), name)
    assert ours == (pytest.approx(shown[0]) if shown else None)


def test_freshness_is_the_same(trends: Trends, scope: Scope, panel: Any) -> None:
    """To the second or so that lies between the two queries."""
    ours = trends.headline(scope).hours_since_success
    assert ours == pytest.approx(float(panel("Newest success")[0]["hours"]), abs=0.05)


def test_durations_missing_and_unseen_values_are_the_same(
    trends: Trends, scope: Scope, panel: Any
) -> None:
    """Each day's means; a day without is left out or empty on both sides."""
    means = trends.means(scope)
    for title, names in (
        ("Durations", {"training": "training", "scoring": "scoring"}),
        ("Missing and unseen values", {"missing": "missing", "unseen": "unseen categories"}),
    ):
        shown = panel(title)
        for name, column in names.items():
            ours = {each.begin: getattr(each, name) for each in means}
            theirs = {row["time"]: row[column] for row in shown}
            assert measured(ours) == pytest.approx(measured(theirs))


def measured(values: dict[datetime, float | None]) -> dict[datetime, float]:
    """Leave out what has no value."""
    return {begin: value for begin, value in values.items() if value is not None}


def test_quality_and_volume_are_the_same(trends: Trends, scope: Scope, panel: Any) -> None:
    """Each model's detection, and the rows of each day and kind."""
    ours = [(each.trained, each.recall, each.auc) for each in trends.quality(scope)]
    assert ours == [
        (row["time"], row["recall"], row["area under the curve"])
        for row in panel("Detection of injected anomalies")
    ]
    rows = {
        (each.begin, each.kind): each.rows
        for each in trends.activity(scope)
        if each.status == "FINISHED"
    }
    assert rows == {(row["time"], row["metric"]): row["rows"] for row in panel("Data volume")}


def test_lists_are_the_same(trends: Trends, scope: Scope, panel: Any) -> None:
    """The newest runs, and the newest failed ones."""
    for ours, title in (
        (trends.recent(scope), "Recent runs"),
        (trends.failures(scope), "Failures"),
    ):
        shown = panel(title)
        assert [run.run_id for run in ours] == [row["run_id"] for row in shown]
        assert [run.dag_id for run in ours] == [row["dag_id"] for row in shown]


def test_decisions_are_the_annotations(year: TestDatabase, trends: Trends) -> None:
    """Every changed threshold and promoted model of the time range is marked."""
    since = NOW - timedelta(days=DAYS)
    counted = year.run(
        "grafana_reader",
        "SELECT (SELECT count(*) FROM monitoring.threshold_changes WHERE changed_at >= :since "
        "AND changed_at < now()), (SELECT count(*) FROM monitoring.model_changes "
        "WHERE changed_at >= :since AND changed_at < now())",
        since=since,
    )
    kinds = [each.kind for each in trends.decisions(Scope(days=DAYS)) if each.when < NOW]
    assert (kinds.count("threshold"), kinds.count("model")) == counted[0]
    assert set(kinds) == {"threshold", "model"}


@pytest.mark.parametrize("grain", list(Grain))
def test_every_grain_counts_every_run(trends: Trends, grain: Grain) -> None:
    """No run is lost between two periods, and periods start at midnight UTC."""
    whole = Scope(days=365, grain=grain)
    assert sum(each.runs for each in trends.activity(whole)) == trends.headline(whole).runs
    points = trends.rates(whole)
    begins = [point.begin for point in points]
    assert begins == sorted(begins)
    if grain is not Grain.RUN:
        assert {(begin.hour, begin.minute) for begin in begins} == {(0, 0)}
    for point in points:
        assert point.begin < grain.following(point.begin)


@pytest.mark.parametrize("grain", list(Grain))
def test_cell_leads_to_the_run_behind_it(trends: Trends, grain: Grain) -> None:
    """The run has the index that the heatmap shows."""
    whole = Scope(days=365, grain=grain)
    worst = max(trends.drift(whole), key=lambda cell: cell.psi)
    run = trends.drifted_run(whole, worst.feature, worst.begin)
    assert run is not None
    assert run.psi == worst.psi
    assert worst.begin <= run.started < grain.following(worst.begin)


def test_queries_on_an_empty_store_return_nothing(migrated: TestDatabase) -> None:
    """Before the first run there is nothing, and no error."""
    empty = Trends(Database(migrated.url("console")))
    for grain in Grain:
        scope = Scope(grain=grain)
        assert empty.headline(scope).runs == 0
        assert not any(getattr(empty, name)(scope) for name in ANSWERS)
    assert empty.recent(Scope()) == empty.failures(Scope()) == empty.decisions(Scope()) == ()
    assert empty.datasets() == empty.models() == ()
