"""Data sets: registered from uploads, listed, described."""

import pytest

from app.services.datasets.service import PREVIEW_ROWS
from pipeline.errors import DataError, NotFound, Rejected, Unreachable
from tests.fakes.mlflow import FakeClient, refused
from tests.fakes.world import accidents, csv_bytes


def upload(console, content, name="new.csv"):
    """Upload ``content`` as the operator of ``console`` and return its id."""
    writer = console.uploads.begin(name, len(content))
    writer.write(content)
    return writer.finish().upload_id


def left(console):
    """Return what lies in the folder of uploads."""
    return list(console.settings.uploads_dir.glob("*/*"))


def test_upload_becomes_a_data_set(empty):
    """It has the file's name, its hash, its size in rows, and who asked; the upload is gone."""
    console = empty.console()
    dataset = console.datasets.register(upload(console, csv_bytes(accidents(50))))
    assert (dataset.name, dataset.rows, dataset.requested_by) == ("new.csv", 50, "operator")
    assert dataset.sha256.startswith(dataset.dataset_id)
    assert console.datasets.get("latest") == dataset
    assert left(console) == []


def test_name_may_be_given(empty):
    """The operator's name wins over the file's."""
    console = empty.console()
    dataset = console.datasets.register(upload(console, b"a,b\n1,2\n2,3\n"), " November ")
    assert dataset.name == "November"


def test_failed_registration_leaves_no_upload(empty, monkeypatch):
    """Whether the data is bad, MLflow refuses or does not answer, that is what is raised."""

    def refuse(*_, **__):
        raise refused("No, thanks.")

    console = empty.console()
    with pytest.raises(DataError):
        console.datasets.register(upload(console, b""))
    monkeypatch.setattr(FakeClient, "create_run", refuse)
    with pytest.raises(Rejected, match=r"No, thanks\."):
        console.datasets.register(upload(console, b"a,b\n1,2\n2,3\n"))
    empty.mlflow.down = True
    with pytest.raises(Unreachable):
        console.datasets.register(upload(console, b"a,b\n1,2\n2,3\n"))
    assert left(console) == []


def test_upload_of_another_operator_cannot_be_registered(empty):
    """An id alone is not enough, and the owner keeps the file."""
    upload_id = upload(empty.console("operator"), b"a\n1\n")
    with pytest.raises(NotFound):
        empty.console("admin").datasets.register(upload_id)
    assert len(left(empty.console())) == 2


def test_newest_data_sets_come_first(console):
    """Each once, with what it was registered with."""
    assert [dataset.name for dataset in console.datasets.list_datasets()] == [
        "accidents_new.csv",
        "accidents.csv",
    ]


def test_same_bytes_registered_twice_are_listed_once(console, world):
    """Two registrations at once may leave two runs of one data set; the first one counts."""
    world.add_dataset("accidents.csv", age=1)
    newest, oldest = console.datasets.list_datasets()
    assert (newest.name, oldest.name) == ("accidents_new.csv", "accidents.csv")
    assert oldest.run_id == world.mlflow.runs[0].run_id
    assert console.datasets.get(oldest.dataset_id) == oldest


def test_unfinished_registration_is_not_listed(console, world):
    """Half a data set is never used."""
    world.mlflow.runs[0].status = "FAILED"
    assert [dataset.name for dataset in console.datasets.list_datasets()] == ["accidents_new.csv"]


def test_empty_store_has_no_data_sets(empty):
    """An empty list, and a sentence for whoever asks for the latest."""
    datasets = empty.console().datasets
    assert datasets.list_datasets() == ()
    with pytest.raises(NotFound, match="upload a CSV file"):
        datasets.get("latest")
    with pytest.raises(NotFound, match="no data set 0123456789abcdef"):
        datasets.get("0123456789abcdef")


def test_columns_are_described_in_the_files_order(console):
    """Name, role and type of each; the schema says the same."""
    profile = console.datasets.profile("latest")
    assert [(column.name, column.role) for column in profile.columns] == [
        ("crash_date", "date"),
        ("weather_condition", "categorical"),
        ("num_units", "numeric"),
        ("injuries_total", "numeric"),
    ]
    assert profile.schema.names == [column.name for column in profile.columns]
    assert profile.warnings == ()


def test_preview_is_short(console):
    """However much is asked for, at most a thousand rows are read."""
    assert console.datasets.preview("latest", 3).to_pylist() == accidents().slice(0, 3).to_pylist()
    assert console.datasets.preview("latest", 10**9).num_rows == PREVIEW_ROWS


def test_empty_data_set_has_an_empty_preview(world):
    """The columns are there even without rows."""
    world.add_dataset("empty.csv", rows=0, age=0)
    table = world.console().datasets.preview("latest")
    assert (table.num_rows, table.num_columns) == (0, 4)


def test_unknown_upload_is_not_found(console):
    """Nothing is registered from thin air."""
    with pytest.raises(NotFound, match="choose the file again"):
        console.datasets.register("0" * 32)
