"""Filtering, paging and opening runs."""

import pytest


def table(visit):
    """The list of runs."""
    return visit.at.dataframe[0].value


def test_all_runs_are_listed_newest_first(enter, world):
    """Status, kind, data set and who asked are in the list."""
    frame = table(enter(world, "runs"))
    assert len(frame) == 8
    assert list(frame["Status"])[:2] == [["Running"], ["Failed"]]
    assert set(frame["Data set"]) == {"accidents.csv", "accidents_new.csv"}


@pytest.mark.parametrize(
    ("key", "value", "rows"),
    [("kind", "score", 3), ("status", "FAILED", 1), ("who", "operator", 8), ("text", "100", 1)],
)
def test_a_filter_narrows_the_list(enter, world, key, value, rows):
    """Each filter is answered by the server."""
    visit = enter(world, "runs")
    visit.at.session_state[key] = value
    assert len(table(visit.again())) == rows


def test_filters_are_read_from_the_address(enter, world):
    """A link shows a colleague the same list."""
    assert len(table(enter(world, "runs", kind="Scoring"))) == 3


def test_a_filter_without_a_match_says_so(enter, world):
    """Nothing found is not an empty table."""
    visit = enter(world, "runs")
    visit.at.session_state["who"] = "nobody"
    assert "No run matches" in visit.again().words


def test_next_and_previous_turn_the_pages(enter, empty):
    """Thirty runs are two pages, and the way back is the same list."""
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


def test_another_filter_begins_on_the_first_page(enter, empty):
    """The page of one list means nothing in another."""
    dataset = empty.add_dataset("a.csv").tags["dataset_id"]
    for age in range(30):
        empty.add_training(dataset, age=age + 1)
    visit = enter(empty, "runs").press("Next")
    visit.at.session_state["kind"] = "train"
    assert len(table(visit.again())) == 25


def test_a_score_run_shows_numbers_files_and_lineage(enter, world):
    """Parameters, metrics in their units, files and the trail are there."""
    run = world.console().runs.latest_score()
    visit = enter(world, "runs", run=run.run_id)
    for words in ("9.20 %", "Rows per second", "Lineage", "accidents_new.csv", "Asked through"):
        assert words in visit.words
    assert "scores/scored_output.csv" in visit.at.radio[0].options
    visit.press("Explore anomalies")
    assert "Rows from this severity up are anomalies" in visit.words


def test_a_train_run_leads_to_scoring_with_its_model(enter, world):
    """The model is chosen on the page that opens."""
    run = world.console().runs.latest_model()
    visit = enter(world, "runs", run=run.run_id).press("Score with this model")
    assert visit.at.selectbox[1].value.run.run_id == run.run_id


def test_a_train_run_can_be_run_again_with_changes(enter, world):
    """The form starts from that run."""
    run = world.console().runs.latest_model()
    visit = enter(world, "runs", run=run.run_id).press("Run again with changes")
    assert visit.query() == {"again": run.dag_run_id}


def test_text_files_are_shown_in_place(enter, world):
    """Summary statistics can be read without a download."""
    run = world.console().runs.latest_score()
    visit = enter(world, "runs", run=run.run_id)
    visit.at.radio[0].set_value("visualizations/summary_statistics.txt")
    visit.again()
    assert "anomalies 200" in visit.words


def test_an_unknown_run_is_named(enter, world):
    """A stale address says so."""
    visit = enter(world, "runs", run="0" * 32)
    assert "The run could not be shown" in visit.words
    assert len(visit.press("All runs").at.dataframe[0].value) == 8
