"""Uploads become data sets on the real MLflow."""

import pytest

from pipeline.errors import DataError
from tests.journey import ROWS, register, write_machines


def test_an_upload_becomes_a_data_set_once(console, dataset, tmp_path):
    """The same bytes under another name are the data set that is there already."""
    assert (dataset.rows, dataset.columns) == (ROWS, 4)
    assert console.datasets.get("latest").dataset_id == dataset.dataset_id
    again = tmp_path / "again.csv"
    write_machines(again, seed=1)
    assert register(console, again) == dataset
    profile = console.datasets.profile(dataset.dataset_id)
    roles = {column.name: column.role for column in profile.columns}
    assert roles["when"] == "date"
    assert roles["load"] == "numeric"
    assert console.datasets.preview(dataset.dataset_id, 5).num_rows == 5


def test_bad_data_is_refused_with_a_sentence(console, tmp_path):
    """Nothing is stored, and the upload is gone."""
    bad = tmp_path / "ragged.csv"
    bad.write_text("a,b\n1,2\n3\n")
    before = len(console.datasets.list_datasets())
    with pytest.raises(DataError):
        register(console, bad)
    assert len(console.datasets.list_datasets()) == before
    assert list(console.settings.uploads_dir.glob("*/*")) == []
