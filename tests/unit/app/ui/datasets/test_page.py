"""Uploading, listing and opening data sets."""

import pytest

GOOD = b"a,b\n1,x\n2,y\n3,x\n"


@pytest.fixture
def upload(world):
    """Finish an upload of the operator, as the route does."""

    def finish(content, name):
        console = world.console()
        writer = console.uploads.begin(name, len(content))
        writer.write(content)
        return {"upload_id": writer.finish().upload_id, "name": name}

    return finish


def test_list_holds_every_data_set(enter, world):
    """Newest first, with rows and columns."""
    frame = enter(world, "data").at.dataframe[0].value
    assert list(frame["Name"]) == ["accidents_new.csv", "accidents.csv"]


def test_data_set_is_found_by_its_name(enter, world):
    """On the server, however many there are; the search is in the address."""
    assert list(enter(world, "data", name="NEW").at.dataframe[0].value["Name"]) == [
        "accidents_new.csv"
    ]
    assert "No data set matches" in enter(world, "data", name="pumps").text


def test_long_list_says_that_it_is_not_all(enter, empty):
    """A hundred are shown, and how to find the others."""
    for number in range(101):
        empty.add_dataset(f"accidents_{number}.csv", age=number + 1)
    visit = enter(empty, "data")
    assert len(visit.at.dataframe[0].value) == 100
    assert "The newest 100; search for older ones by name." in visit.text


def test_upload_becomes_a_data_set_and_opens(enter, world, upload):
    """After the checks the new data set's page is shown, with its columns."""
    visit = enter(world, "data")
    visit.at.session_state["data-upload-waiting"] = upload(GOOD, "pumps.csv")
    visit.again()
    assert "pumps.csv" in visit.text
    assert "Train on this" in visit.labels()
    assert len(visit.query()["dataset"]) == 16


def test_bad_file_is_explained_and_nothing_is_stored(enter, world, upload):
    """The card names the file and the reason; the drop zone is there again."""
    visit = enter(world, "data")
    visit.at.session_state["data-upload-waiting"] = upload(b"a,b\n1,2\n3\n", "bad.csv")
    visit.again()
    assert "bad.csv was not stored" in visit.text
    assert len(visit.at.dataframe[0].value) == 2
    assert "Something went wrong" not in visit.text


def test_refusal_is_gone_after_the_next_good_upload(enter, world, upload):
    """The card of the bad file does not stay beside the good one."""
    visit = enter(world, "data")
    visit.at.session_state["data-upload-waiting"] = upload(b"a,b\n1,2\n3\n", "bad.csv")
    visit.again()
    visit.at.session_state["data-upload-waiting"] = upload(GOOD, "pumps.csv")
    visit.again()
    assert "bad.csv" not in visit.text


def test_opened_data_set_shows_columns_and_rows(enter, world):
    """Profile and preview are there, and the buttons lead on with the data set chosen."""
    dataset = world.console().datasets.get("latest")
    visit = enter(world, "data", dataset=dataset.dataset_id)
    profile, preview = (each.value for each in visit.at.dataframe)
    assert list(profile["Column"])[:2] == ["crash_date", "weather_condition"]
    assert len(preview) == 1000
    visit.press("Train on this")
    assert visit.query() == {"dataset": dataset.dataset_id}
    assert "Trigger retraining" in visit.labels()


def test_score_this_leads_to_the_score_form(enter, world):
    """The data set is chosen already."""
    first = world.console().datasets.list_datasets()[-1]
    visit = enter(world, "data", dataset=first.dataset_id).press("Score this")
    assert visit.at.selectbox[0].value.dataset_id == first.dataset_id


def test_unknown_data_set_is_named(enter, world):
    """A stale address says so."""
    visit = enter(world, "data", dataset="0" * 16)
    assert "could not be shown" in visit.text
    assert "0" * 16 in visit.text


def test_viewer_sees_why_uploading_is_disabled(enter, world):
    """The drop zone is there but disabled, with the reason."""
    assert "uploading needs the role" in enter(world, "data", username="viewer").text
