"""Sampling: the seeded rows that a model is fitted on."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.model.training import sample_rows


@pytest.fixture
def numbered(tmp_path):
    """A file of a thousand numbered rows in small row groups."""
    path = tmp_path / "numbered.parquet"
    pq.write_table(pa.table({"n": range(1_000), "rest": ["x"] * 1_000}), path, row_group_size=64)
    return path


def test_a_small_file_is_taken_whole(numbered) -> None:
    """Every row, in the order of the file."""
    assert sample_rows(numbered, ["n"], 1_000, 0)["n"].to_pylist() == list(range(1_000))


def test_a_large_file_gives_the_limit(numbered) -> None:
    """Different rows, in the order of the file."""
    rows = np.array(sample_rows(numbered, ["n"], 100, 0)["n"])
    assert len(rows) == 100
    assert (np.diff(rows) > 0).all()


def test_the_seed_decides_which(numbered) -> None:
    """The same seed draws the same rows, another one others."""
    draws = [sample_rows(numbered, ["n"], 100, seed) for seed in (1, 1, 2)]
    assert draws[0] == draws[1]
    assert draws[0] != draws[2]


def test_rows_are_drawn_evenly(numbered) -> None:
    """The mean of the drawn numbers is near the mean of all."""
    means = [np.mean(sample_rows(numbered, ["n"], 100, seed)["n"]) for seed in range(20)]
    assert np.mean(means) == pytest.approx(499.5, abs=30)


def test_only_the_columns_asked_for_are_read(numbered) -> None:
    """The rest of a wide file costs nothing."""
    assert sample_rows(numbered, ["rest"], 10, 0).column_names == ["rest"]


def test_text_keeps_its_values_and_no_others(tmp_path) -> None:
    """Each row group has a dictionary of its own, and none stays longer than the rows drawn."""
    words = (
        [f"street {n % 97}" for n in range(500)] + [None] * 100 + [f"lane {n}" for n in range(400)]
    )
    path = tmp_path / "words.parquet"
    pq.write_table(pa.table({"n": range(1_000), "word": words}), path, row_group_size=100)
    sample = sample_rows(path, ["n", "word"], 60, 0)
    assert sample["word"].to_pylist() == [words[n] for n in sample["n"].to_pylist()]
    assert all(len(chunk.dictionary) <= len(chunk) for chunk in sample["word"].chunks)
