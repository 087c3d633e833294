"""The Anomalies page."""

import json

import pytest

from tests.fakes.world import ROWS

RAIN = '["weather_condition","in","RAIN"]'
BROKEN = "could not be shown"


@pytest.fixture
def run_id(world):
    """The newest score run."""
    return world.console().runs.scored(1)[0].run_id


def table(visit):
    """Return the rows that the page shows."""
    return visit.at.dataframe[0].value


def test_the_latest_scored_run_is_shown(enter, world):
    """Numbers, four charts and the rows stand there without a choice."""
    visit = enter(world, "anomalies")
    assert "10.00 %" in visit.text
    assert "Minor 100" in visit.text
    assert "Critical 2" in visit.text
    assert len(visit.at.get("plotly_chart")) == 4
    assert BROKEN not in visit.text
    assert len(table(visit)) == 25
    assert list(table(visit)["severity"]) == sorted(table(visit)["severity"], reverse=True)
    assert table(visit)["Band"][0] == ["Critical"]


def test_the_address_chooses_the_run(enter, world):
    """A link shows a colleague the same run."""
    oldest = [r for r in world.console().runs.search().runs if r.kind == "score"][-1]
    visit = enter(world, "anomalies", run=oldest.run_id)
    assert visit.at.selectbox(key="scored-run").value.run_id == oldest.run_id


def test_another_choice_is_in_the_address(enter, world):
    """Picking a run changes the link."""
    visit = enter(world, "anomalies")
    visit.at.selectbox(key="scored-run").select_index(2)
    visit.again()
    assert visit.query()["run"] == visit.at.selectbox(key="scored-run").value.run_id


def test_a_threshold_moves_numbers_rows_and_address(enter, world):
    """Share and count follow at once."""
    visit = enter(world, "anomalies")
    visit.at.select_slider(key="threshold").set_value(99.0)
    visit.again()
    assert visit.query()["t"] == "99"
    assert "1.00 %" in visit.text
    assert len(table(visit)) == 20
    assert "180 fewer" in " ".join(each.help or "" for each in visit.at.metric)


def test_the_models_own_threshold_is_one_click_away(enter, world):
    """And leaves the address as short as before."""
    visit = enter(world, "anomalies", t="99").press("Back to the model's own")
    assert "t" not in visit.query()
    assert "10.00 %" in visit.text


def test_filters_of_the_address_are_in_force_and_in_words(enter, world):
    """A link shows a colleague the same rows."""
    visit = enter(world, "anomalies", f=RAIN)
    assert set(table(visit)["weather_condition"]) == {"RAIN"}
    assert "weather_condition is RAIN" in visit.labels()
    links = " ".join(each.body for each in visit.at.get("html"))
    assert "RAIN" in links
    visit.press("weather_condition is RAIN")
    assert "f" not in visit.query()
    assert len(set(table(visit)["weather_condition"])) > 1


def test_clear_all_takes_filters_and_threshold_out(enter, world):
    """One click back to the whole run."""
    visit = enter(world, "anomalies", f=RAIN, t="97").press("Clear all")
    assert not {"f", "t"} & set(visit.query())
    assert "10.00 %" in visit.text


@pytest.mark.parametrize(
    "text", ["nonsense", '["no_such_column","in",1]', '["num_units","in","many"]']
)
def test_a_filter_that_does_not_fit_breaks_no_page(enter, world, text):
    """It is left out, or what was wrong is said; it can always be dropped."""
    visit = enter(world, "anomalies", f=text)
    assert "Anomalies" in visit.text
    if "nonsense" not in text:
        visit.press("Clear all")
    assert "10.00 %" in visit.text


def test_no_row_left_is_said(enter, world):
    """With the filters still there to be dropped."""
    visit = enter(world, "anomalies", f='["weather_condition","in","nothing"]')
    assert "No row is left" in visit.text
    assert BROKEN not in visit.text
    assert "Clear all" in visit.labels()


def filters(visit):
    """Return the filters that the address holds."""
    found = visit.query()["f"]
    return [json.loads(text) for text in ([found] if isinstance(found, str) else found)]


def test_columns_are_filtered_by_what_fits_their_kind(enter, world):
    """Values of a category, a range of a number, text anywhere."""
    visit = enter(world, "anomalies")
    visit.at.selectbox(key="filter-column").select("weather_condition")
    visit.again()
    visit.at.multiselect(key="filter-values-weather_condition").select("SNOW")
    visit.press("Apply")
    assert filters(visit)[0] == ["weather_condition", "in", "SNOW"]
    visit.at.selectbox(key="filter-column").select("num_units")
    visit.again()
    visit.at.number_input(key="filter-low").set_value(2)
    visit.press("Apply")
    assert filters(visit)[1] == ["num_units", "between", 2, None]
    assert set(table(visit)["weather_condition"]) == {"SNOW"}
    assert table(visit)["num_units"].min() >= 2


def test_the_second_page_goes_on_where_the_first_ended(enter, world):
    """Rows are paged by severity on the server."""
    last = table(enter(world, "anomalies"))["severity"].iloc[-1]
    visit = enter(world, "anomalies", page="2")
    assert table(visit)["severity"].iloc[0] <= last
    assert "Rows 26 to 50 of 200, most severe first" in visit.text


def test_all_rows_sort_by_any_column(enter, world):
    """The order is that of all rows, not of a page."""
    visit = enter(world, "anomalies", rows="All rows", sort="num_units", order="Ascending")
    assert set(table(visit)["num_units"]) == {1}
    assert f"of {ROWS:,}, by num_units" in visit.text


def test_a_row_of_the_address_is_open(enter, world):
    """Beside the table, with the way to take it along and to close it."""
    visit = enter(world, "anomalies", row="7")
    assert "Row 7" in visit.text
    assert "/rows/7" in " ".join(each.body for each in visit.at.get("html"))
    visit.press("Close")
    assert "row" not in visit.query()


def test_severity_and_score_are_two_views_of_the_same_rows(enter, world):
    """The switch is in the address."""
    assert BROKEN not in enter(world, "anomalies", by="Score").text


@pytest.mark.parametrize(
    "query",
    [
        {"segments": "Pairs"},
        {"heatmap": "num_units"},
        {"drawn": "Points"},
        {"drawn": "Points", "x": "weather_condition", "y": "crash_date"},
    ],
)
def test_every_view_of_the_patterns_is_drawn(enter, world, query):
    """From its address alone."""
    visit = enter(world, "anomalies", **query)
    assert BROKEN not in visit.text
    if "drawn" in query:
        assert "All 200 anomalies" in visit.text


def test_the_review_has_an_address_of_its_own(enter, world):
    """The queue starts at the threshold that is in force."""
    visit = enter(world, "anomalies", mode="Review", t="99")
    assert BROKEN not in visit.text
    assert "Precision" in visit.text


def test_files_of_the_view_are_linked(enter, world):
    """As CSV and as Parquet, with filters and threshold."""
    links = " ".join(each.body for each in enter(world, "anomalies", t="99").at.get("html"))
    assert "format=csv" in links
    assert "format=parquet" in links
    assert "t=99.0" in links


def test_without_a_scored_run_the_page_leads_to_retrain(enter, empty):
    """The empty state's button goes where a run can be started."""
    visit = enter(empty, "anomalies").press("Go to Retrain")
    assert "Retrain" in visit.text


def test_an_open_row_shows_where_it_comes_from(enter, world):
    """From the file's hash to the verdicts, each with its link."""
    run = world.console().runs.scored(1)[0]
    visit = enter(world, "anomalies", run=run.run_id, row="5")
    assert "Where it comes from" in visit.text
    bodies = " ".join(each.body for each in visit.at.get("html"))
    for address in (f"/models?model={run.model_run_id}", f"/data?dataset={run.dataset_id}"):
        assert address in bodies
