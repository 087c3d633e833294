"""The Runs page: filtering, paging, ticking and opening runs."""

import pytest


def table(visit):
    """The list of runs."""
    return visit.at.dataframe[0].value


def test_all_runs_are_listed_newest_first(enter, world):
    """The list has status, kind, data set and operator."""
    frame = table(enter(world, "runs"))
    assert len(frame) == 8
    assert list(frame["Status"])[:2] == [["Running"], ["Failed"]]
    assert set(frame["Data set"]) == {"accidents.csv", "accidents_new.csv"}


@pytest.mark.parametrize(
    ("key", "value", "rows"),
    [("kind", "score", 3), ("status", "FAILED", 1), ("who", "operator", 8), ("text", "100", 1)],
)
def test_filter_narrows_the_list(enter, world, key, value, rows):
    """MLflow answers each filter."""
    visit = enter(world, "runs")
    visit.at.session_state[key] = value
    assert len(table(visit.again())) == rows


def test_filters_are_read_from_the_address(enter, world):
    """A link shows a colleague the same list."""
    assert len(table(enter(world, "runs", kind="Scoring"))) == 3


def test_list_without_a_match_says_so(enter, world):
    """The page says so instead of showing an empty table."""
    visit = enter(world, "runs")
    visit.at.session_state["who"] = "nobody"
    assert "No run matches" in visit.again().text


def test_next_and_previous_turn_the_pages(enter, empty):
    """Thirty runs are two pages; Previous shows the first one again."""
    dataset = empty.add_dataset("a.csv").tags["dataset_id"]
    for age in range(30):
        empty.add_training(dataset, age=age + 1)
    visit = enter(empty, "runs")
    assert len(table(visit)) == 25
    first = list(table(visit)["Started"])
    visit.press("Next")
    assert len(table(visit)) == 5
    assert visit.button("Next").disabled
    visit.press("Previous")
    assert list(table(visit)["Started"]) == first


def test_changed_filter_starts_on_the_first_page(enter, empty):
    """The offset of one list does not apply to another."""
    dataset = empty.add_dataset("a.csv").tags["dataset_id"]
    for age in range(30):
        empty.add_training(dataset, age=age + 1)
    visit = enter(empty, "runs").press("Next")
    assert visit.query()["at"] == "25"
    visit.at.selectbox(key="kind").set_value("train")
    assert len(table(visit.again())) == 25


def test_reload_shows_the_same_page(enter, empty):
    """The offset is in the address, and Previous works from there."""
    dataset = empty.add_dataset("a.csv").tags["dataset_id"]
    for age in range(30):
        empty.add_training(dataset, age=age + 1)
    visit = enter(empty, "runs", at="25")
    assert "Runs 26 to 30" in visit.text
    assert len(table(visit.press("Previous"))) == 25
    assert "No run matches" in enter(empty, "runs", at="500").text


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ({"started": "Last 24 hours"}, 4),
        ({"started": "Last 90 days"}, 8),
        ({"f": '["metrics.anomaly_rate",">",0.11]'}, 1),
        ({"where": "metrics.anomaly_rate > 0.11"}, 1),
        ({"where": "params.n_estimators < 200"}, 1),
        ({"where": ["params.n_estimators >= 100", "metrics.rows = 2000"]}, 5),
    ],
)
def test_time_and_conditions_are_read_from_the_address(enter, world, query, rows):
    """Metrics are compared by MLflow, the order of parameters by the console."""
    visit = enter(world, "runs", **query)
    assert len(table(visit)) == rows


def test_list_says_how_many_runs_it_read_to_compare_parameters(enter, world):
    """The page says so where the console compares, on one page as on many."""
    visit = enter(world, "runs", where="params.n_estimators < 200")
    assert "1 match among runs 1 to 5 that have the parameter" in visit.text


def test_unusable_condition_of_the_address_is_explained(enter, world):
    """It is left out, and the page says why and how to write it."""
    visit = enter(world, "runs", where=["metrics.rows > many", "metrics.rows = 2000"])
    assert "needs a number" in visit.text
    assert "rows = 2000" in visit.labels()
    assert len(table(visit)) == 8
    assert visit.press("Clear all").query() == {}
    odd = enter(world, "runs", where="params.note = $a$ [b]")
    assert r"note = \$a\$ \[b\]" in odd.labels()
    alone = enter(world, "runs", where="nonsense")
    assert "is left out" in alone.text
    assert alone.press("Clear all").query() == {}


def add_condition(visit, name, value, subject="metrics"):
    """Fill in the form of a condition and send it."""
    visit.at.session_state["condition-subject"] = subject
    visit.at.session_state[f"condition-name-{subject}"] = name
    visit.at.session_state["condition-value"] = value
    visit.again()
    return visit.press("Add")


def test_condition_is_added_and_dropped(enter, world):
    """It is in the address, and shown as a chip that drops it."""
    visit = add_condition(enter(world, "runs"), "anomaly_rate", "0.11")
    assert visit.query() == {"f": '["metrics.anomaly_rate",">",0.11]'}
    assert len(table(visit)) == 1
    visit.press("anomaly_rate > 0.11")
    assert len(table(visit)) == 8


def test_unusable_condition_is_refused_in_the_form(enter, world):
    """The form shows the reason; the list does not change."""
    visit = add_condition(enter(world, "runs"), "n_estimators", "many", "params")
    assert "n_estimators > needs a number" in visit.text
    assert visit.query() == {}
    assert len(table(visit)) == 8


def test_data_set_is_in_the_address_by_its_id(enter, world):
    """Also one that is not among the newest; another choice replaces it."""
    first, second = (each.dataset_id for each in reversed(world.console().datasets.list_datasets()))
    visit = enter(world, "runs", dataset=first, at="0")
    assert len(table(visit)) == 5
    visit.at.selectbox(key=f"dataset-{first}").set_value(second)
    assert len(table(visit.again())) == 3
    assert visit.query()["dataset"] == second
    assert "No run matches" in enter(world, "runs", dataset="0" * 16).text


def test_days_include_both_ends(enter, world):
    """From and to may be the same day; in the wrong order they are swapped."""
    days = sorted(run.started.date() for run in world.console().runs.search().runs)
    visit = enter(world, "runs", started="From … to …")
    for first, last in ((days[0], days[0]), (days[-1], days[1]), (days[0], None)):
        visit.at.session_state["from"] = first
        visit.at.session_state["to"] = last
        low, high = sorted((first, last or days[-1]))
        assert len(table(visit.again())) == sum(low <= day <= high for day in days)


def test_conditions_have_a_limit(enter, world):
    """A ninth is refused, because each one costs MLflow a join."""
    held = [f"metrics.rows > {number}" for number in range(8)]
    visit = add_condition(enter(world, "runs", where=held), "rows", "9")
    assert "8 conditions are the most" in visit.text


def tick(visit, *rows):
    """Tick rows of the list as a browser does."""
    key = visit.at.dataframe[0].key
    visit.at.session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return visit.again()


def test_score_run_shows_numbers_files_and_lineage(enter, world):
    """Parameters, metrics in their units, files and the lineage are shown."""
    run = world.console().runs.scored(1)[0]
    visit = enter(world, "runs", run=run.run_id)
    for part in ("9.20 %", "Rows per second", "Lineage", "accidents_new.csv", "DAG run"):
        assert part in visit.text
    assert "scores/scored_output.csv" in visit.at.radio[0].options
    visit.press("Explore anomalies")
    assert "Rows from this severity up are anomalies" in visit.text


def test_train_run_leads_to_scoring_with_its_model(enter, world):
    """The Score page opens with the model chosen."""
    run = world.console().runs.latest_model()
    visit = enter(world, "runs", run=run.run_id).press("Score with this model")
    assert visit.at.selectbox[1].value.run.run_id == run.run_id


def test_train_run_can_be_run_again_with_changes(enter, world):
    """The form has the parameters of that run."""
    run = world.console().runs.latest_model()
    visit = enter(world, "runs", run=run.run_id).press("Run again with changes")
    assert visit.query() == {"again": run.dag_run_id}


def test_text_files_are_shown_in_place(enter, world):
    """Summary statistics can be read without a download."""
    run = world.console().runs.scored(1)[0]
    visit = enter(world, "runs", run=run.run_id)
    visit.at.radio[0].set_value("visualizations/summary_statistics.txt")
    visit.again()
    assert "anomalies 200" in visit.text


def test_unknown_run_is_explained(enter, world):
    """An outdated address leads back to the list."""
    visit = enter(world, "runs", run="0" * 32)
    assert "The run could not be shown" in visit.text
    assert len(visit.press("All runs").at.dataframe[0].value) == 8


def test_ticked_runs_are_kept_in_the_address_and_compared(enter, world):
    """Compare opens once two are ticked; other pages and reloads leave them ticked."""
    visit = enter(world, "runs")
    assert visit.button("Compare").disabled
    tick(visit, 1)
    assert visit.button("Compare").disabled
    tick(visit, 1, 3)
    picked = visit.query()["picked"]
    assert "2 runs ticked" in visit.text
    assert "2 runs ticked" in enter(world, "runs", picked=picked, kind="Training").text
    assert visit.press("Compare").query() == {"compare": picked, "picked": picked}


def test_unticked_runs_leave_the_address(enter, world):
    """Runs ticked on other pages stay ticked; Clear unticks all."""
    visit = enter(world, "runs", picked="f" * 32)
    tick(visit, 0, 1)
    assert "3 runs ticked" in visit.text
    tick(visit, 0)
    assert "2 runs ticked" in visit.text
    assert visit.press("Clear").query() == {}


def test_list_is_unchanged_after_a_run_was_open(enter, world):
    """Filters, conditions and ticks stay while a run or a comparison is open."""
    held = {"kind": "Scoring", "f": '["metrics.rows","=",2000]'}
    held["dataset"] = world.console().datasets.list_datasets()[-1].dataset_id
    visit = enter(world, "runs", **held)
    assert len(table(visit)) == 2
    cell = {"selection": {"rows": [], "columns": [], "cells": [(0, "Kind")]}}
    visit.at.session_state[visit.at.dataframe[0].key] = cell
    visit.again()
    assert "Lineage" in visit.text
    visit.press("All runs")
    assert visit.query() == held
    tick(visit, 0, 1)
    visit.press("Compare").press("All runs")
    assert len(table(visit)) == 2
    assert "2 runs ticked" in visit.text


def test_more_than_ten_runs_are_not_compared(enter, world):
    """The bar says how many are the most."""
    picked = ",".join(f"{number:032x}" for number in range(11))
    visit = enter(world, "runs", picked=picked)
    assert "11 runs ticked, 10 at the most" in visit.text
    assert visit.button("Compare").disabled
