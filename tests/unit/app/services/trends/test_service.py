"""Trends: the real queries, on views in memory."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from app.services.trends.types import Grain, Scope
from pipeline.errors import Unreachable

MONTH = Scope(days=30, grain=Grain.RUN)


def score(world, day, *, rate=0.1, drift=0.05, name="new.csv"):
    """Store a scoring of another data set than the model's, so many days ago."""
    train = next(run for run in world.mlflow.runs if run.tags.get("run_kind") == "train")
    run = world.add_scoring(train, age=day * 1440, rate=rate, drift=drift)
    run.tags["dataset_id"] = world.add_dataset(name).tags["dataset_id"]
    return run


def test_headline_counts_runs_and_shows_the_newest_figures(console):
    """Each figure is of the newest run that has one."""
    found = console.trends.headline(MONTH)
    assert (found.runs, found.finished, found.failed, found.running) == (8, 6, 1, 1)
    assert (found.rows, found.datasets) == (12_000, 2)
    assert (found.latest_rate, found.latest_drift, found.recall) == (0.092, 0.08, 0.72)
    assert found.threshold == -0.5
    assert found.precision is None
    assert found.success == 6 / 7
    assert found.hours_since_success > 0


def test_headline_without_runs_is_empty(empty):
    """No figure is made up before the first run."""
    found = empty.console().trends.headline(MONTH)
    assert (found.runs, found.rows, found.latest_rate, found.success) == (0, 0, None, None)
    assert found.first is None
    assert found.hours_since_success is None


def test_headline_shows_the_changed_threshold(console, world):
    """The newest change of the newest model."""
    newest = console.trends.models()[0].key
    now = datetime.now(UTC)
    world.database.decisions["threshold_changes"] += [
        threshold_change(newest, now - timedelta(hours=2), -0.6),
        threshold_change(newest, now - timedelta(hours=1), -0.7),
        threshold_change("another", now, -0.9),
    ]
    assert console.trends.headline(MONTH).threshold == -0.7


def threshold_change(model, when, threshold):
    """One row of threshold changes."""
    return {
        "model_run_id": model,
        "changed_at": when,
        "changed_by": "ana",
        "previous": -0.5,
        "threshold": threshold,
        "reason": "too many",
    }


def test_latest_rate_prefers_new_data(console, world):
    """A scoring of new data says more than a newer one of the training data."""
    score(world, 1, rate=0.3)
    assert console.trends.headline(MONTH).latest_rate == 0.3


def test_rates_on_new_and_on_training_data_are_kept_apart(console, world):
    """Each point of a run is that run, oldest first."""
    runs = [score(world, day, rate=day / 100) for day in (3, 1, 2)]
    points = console.trends.rates(MONTH)
    assert [point.rate for point in points] == [0.03, 0.02, 0.01]
    assert points[0].run_id == runs[0].run_id
    assert {(point.runs, point.dataset_name) for point in points} == {(1, "new.csv")}
    assert [point.rate for point in console.trends.training_rates(MONTH)] == [0.12, 0.105, 0.092]


def test_rates_outside_their_band_are_counted(console, world):
    """Before ten runs there is no band."""
    for day in range(12, 1, -1):
        score(world, day)
    score(world, 1, rate=0.2)
    points = console.trends.rates(MONTH)
    assert [point.outside for point in points] == [0] * 11 + [1]
    assert points[0].low is None
    assert points[-1].high == pytest.approx(0.11)


@pytest.mark.parametrize("grain", [Grain.DAY, Grain.WEEK, Grain.MONTH])
def test_coarser_grain_gives_means_over_periods(console, world, grain):
    """Every run lies in one period, which starts at midnight UTC."""
    for hour in range(0, 60 * 24, 36):
        score(world, 1 + hour / 24, rate=0.1 + hour / 10_000)
    points = console.trends.rates(Scope(grain=grain))
    assert sum(point.runs for point in points) == 40
    assert all(point.begin.strftime("%H:%M") == "00:00" for point in points)
    begins = [point.begin for point in points]
    assert begins == sorted(set(begins))
    for point, following in pairwise(begins):
        assert grain.following(point) <= following
    if grain is Grain.WEEK:
        assert {begin.weekday() for begin in begins} == {0}


def test_statuses_and_activity_count_the_same_runs(console):
    """The ring and the bars add up to the same; only finished runs bring rows."""
    assert console.trends.statuses(MONTH) == {"FINISHED": 6, "FAILED": 1, "RUNNING": 1}
    activity = console.trends.activity(MONTH.by(Grain.DAY))
    assert sum(each.runs for each in activity) == 8
    assert sum(each.rows for each in activity) == 12_000
    assert all(each.rows == 0 for each in activity if each.status != "FINISHED")


def test_means_are_of_the_kind_that_measures_them(console):
    """Missing and unseen values are of scored data."""
    found = console.trends.means(Scope(grain=Grain.MONTH))
    assert found[-1].training == 11.0
    assert found[-1].scoring == 5.5
    assert found[-1].missing == pytest.approx(0.02)
    assert found[-1].unseen == pytest.approx(0.001)


def test_quality_has_one_point_for_each_model(console):
    """Failed and running trainings have none."""
    found = console.trends.quality(MONTH)
    assert [(each.recall, each.auc) for each in found] == [(0.72, 0.95)] * 3


def test_precision_names_when_the_model_was_trained(console, world):
    """A model without a decided verdict has no precision; one that is gone has no date."""
    known = console.trends.models()[0]
    judged = {"confirmed": 8, "false_alarms": 2, "unsure": 1, "last_decided": datetime.now(UTC)}
    share = {"precision": 0.8, "precision_low": 0.49, "precision_high": 0.94}
    world.database.decisions["verdict_precision"] += [
        judged | share | {"model_run_id": known.key},
        judged | share | {"model_run_id": "gone"},
        judged | {"model_run_id": "unsure", "precision": None},
    ]
    found = {each.model_run_id: each for each in console.trends.precision(MONTH)}
    assert set(found) == {known.key, "gone"}
    assert found[known.key].trained == known.newest
    assert (found[known.key].low, found[known.key].confirmed) == (0.49, 8)
    assert found["gone"].trained is None
    assert console.trends.headline(MONTH).precision == 0.8


def test_decisions_on_thresholds_and_models_are_in_order(console, world):
    """Both kinds in one list, and none from before the range."""
    now = datetime.now(UTC)
    promoted = {
        "alias": "champion",
        "action": "roll_back",
        "model_run_id": None,
        "changed_at": now - timedelta(days=2),
        "changed_by": "ben",
        "reason": "worse",
    }
    world.database.decisions["model_changes"] += [promoted]
    world.database.decisions["threshold_changes"] += [
        threshold_change("m", now - timedelta(days=1), -0.6),
        threshold_change("m", now - timedelta(days=99), -0.6),
    ]
    found = console.trends.decisions(MONTH)
    assert [(each.kind, each.label, each.decided_by) for each in found] == [
        ("model", "Champion rolled back", "ben"),
        ("threshold", "Threshold -0.5000 → -0.6000", "ana"),
    ]
    assert found[0].model_run_id == ""


def test_drift_is_the_largest_index_and_leads_to_its_run(console, world):
    """A cell of the heatmap is the most drifted run of its period."""
    score(world, 0.5, drift=0.1)
    worst = score(world, 0.4, drift=0.4, name="drifted.csv")
    scope = Scope(grain=Grain.MONTH)
    cells = console.trends.drift(scope)
    top = max(cells, key=lambda cell: cell.psi)
    assert {cell.feature: cell.psi for cell in cells if cell.begin == top.begin} == {
        "num_units": 0.4,
        "weather_condition": 0.1,
    }
    run = console.trends.drifted_run(scope, "num_units", top.begin)
    assert (run.run_id, run.dataset_name, run.psi) == (worst.run_id, "drifted.csv", 0.4)
    assert console.trends.drifted_run(scope, "nothing", top.begin) is None


def test_drift_is_limited_to_the_newest_periods(console, world):
    """More columns could not be told apart."""
    for hour in range(1, 131):
        score(world, hour / 24)
    assert len({cell.begin for cell in console.trends.drift(MONTH)}) == 120


def test_runs_are_listed_newest_first(console):
    """A row has what its links need."""
    recent = console.trends.recent(MONTH)
    assert [run.started for run in recent] == sorted((run.started for run in recent), reverse=True)
    assert len(recent) == 8
    (failed,) = console.trends.failures(MONTH)
    assert (failed.status, failed.kind, failed.dataset_name) == ("FAILED", "train", "accidents.csv")
    assert failed.dag_run_id
    assert failed.dag_id


def test_data_set_and_model_limit_every_query(console):
    """No other run counts."""
    newer, older = console.trends.datasets()
    assert (newer.name, older.name) == ("accidents_new.csv", "accidents.csv")
    assert console.trends.headline(Scope(dataset_id=newer.key)).runs == 3
    model = console.trends.models()[0].key
    of_model = Scope(model_run_id=model)
    assert {run.kind for run in console.trends.recent(of_model)} == {"train", "score"}
    assert console.trends.headline(of_model).runs == 2
    assert len(console.trends.quality(of_model)) == 1
    assert console.trends.headline(Scope(dataset_id="none")).runs == 0


def test_custom_days_are_both_included(console, world):
    """The whole last day counts, the day after does not."""
    begun = datetime.fromtimestamp(world.mlflow.runs[2].start_ms / 1000, UTC).date()
    day = Scope(first=begun, last=begun)
    assert console.trends.headline(day).runs >= 1
    assert console.trends.headline(Scope(last=begun - timedelta(days=1))).runs == 0
    assert console.trends.headline(Scope(first=date(2000, 1, 1))).runs == 8


def test_times_are_in_utc(console):
    """Whatever time zone the database session has."""
    assert {run.started.tzinfo for run in console.trends.recent(MONTH)} == {UTC}


@pytest.mark.parametrize("name", ["headline", "rates", "drift", "recent", "precision"])
def test_queries_fail_while_the_database_is_down(console, world, name):
    """They do not pretend that there are no runs."""
    world.stop("PostgreSQL")
    with pytest.raises(Unreachable, match="PostgreSQL"):
        getattr(console.trends, name)(MONTH)
