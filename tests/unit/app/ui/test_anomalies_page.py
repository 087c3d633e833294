"""The seeds of exploration on a scored run."""


def test_the_latest_scored_run_is_shown(enter, world):
    """Numbers, four charts and the rows stand there without a choice."""
    visit = enter(world, "anomalies")
    assert "10.00 %" in visit.words
    assert len(visit.at.get("plotly_chart")) == 4
    rows = visit.at.dataframe[0].value
    assert len(rows) == 50
    assert list(rows["severity"]) == sorted(rows["severity"], reverse=True)
    assert rows["Band"][0] == ["Critical"]


def test_the_address_chooses_the_run(enter, world):
    """A link shows a colleague the same run."""
    first = world.console().runs.search().runs[-1]
    oldest = [r for r in world.console().runs.search().runs if r.kind == "score"][-1]
    visit = enter(world, "anomalies", run=oldest.run_id)
    assert visit.at.selectbox[0].value.run_id == oldest.run_id
    assert first.run_id != oldest.run_id


def test_another_choice_is_in_the_address(enter, world):
    """Picking a run changes the link."""
    visit = enter(world, "anomalies")
    visit.at.selectbox[0].select_index(2)
    visit.again()
    assert visit.query()["run"] == visit.at.selectbox[0].value.run_id


def test_the_second_page_goes_on_where_the_first_ended(enter, world):
    """Rows are paged by severity on the server."""
    visit = enter(world, "anomalies")
    last = visit.at.dataframe[0].value["severity"].iloc[-1]
    visit = enter(world, "anomalies", page="2")
    assert visit.at.dataframe[0].value["severity"].iloc[0] <= last
    assert "Rows 51 to 100 of 200 anomalies" in visit.words


def test_the_files_to_take_away_are_linked(enter, world):
    """Anomalies and all rows, built by the server."""
    links = " ".join(each.body for each in enter(world, "anomalies").at.get("html"))
    assert "/download/anomalies/" in links
    assert "rows=all" in links


def test_severity_is_the_other_view_of_the_histogram(enter, world):
    """The switch draws the same run by severity."""
    visit = enter(world, "anomalies")
    visit.at.session_state["histogram-of"] = "severity"
    assert "could not be shown" not in visit.again().words


def test_without_a_scored_run_the_page_leads_to_retrain(enter, empty):
    """The empty state's button goes where a run can be started."""
    visit = enter(empty, "anomalies").press("Go to Retrain")
    assert "Retrain" in visit.words
