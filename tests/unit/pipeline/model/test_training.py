"""Fitting a model on a seeded sample of a file, and its metrics."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import DataError
from pipeline.model.training import fit, sample_rows, used_columns
from pipeline.params import TrainParams
from pipeline.tables.frames import model_frame
from pipeline.tables.schema import Role, Schema

PARAMS = TrainParams(n_estimators=30, max_samples=128)


def train(path, **changes):
    """Train on a file with some parameters changed."""
    return fit(path, Schema.infer(path), PARAMS.model_copy(update=changes))


def test_a_training_has_every_metric(parquet) -> None:
    """The names that dashboards depend on, with sensible values."""
    metrics = train(parquet).metrics
    assert metrics["rows"] == 600
    assert metrics["features"] == 8
    assert metrics["anomaly_rate"] == pytest.approx(0.1, abs=0.01)
    assert -1 < metrics["threshold"] < 0
    assert metrics["training_seconds"] > 0
    assert metrics["injected_recall"] > 0.3
    assert metrics["injected_auc"] > 0.6


def test_the_same_seed_and_data_give_the_same_model(parquet, table) -> None:
    """Metrics and scores are equal to the last bit."""
    first, second = train(parquet), train(parquet)
    frame = model_frame(table, first.model.schema)
    assert np.array_equal(first.model.decision(frame), second.model.decision(frame))
    seconds = {"training_seconds": 0.0}
    assert first.metrics | seconds == second.metrics | seconds


def test_row_groups_do_not_matter(parquet, table, tmp_path) -> None:
    """The same rows in another layout of the file give the same model."""
    other = tmp_path / "other.parquet"
    pq.write_table(table, other)
    frame = model_frame(table, Schema.infer(table))
    scores = [train(path).model.decision(frame) for path in (parquet, other)]
    assert np.array_equal(*scores)


def test_contamination_moves_the_threshold_and_not_the_ranking(parquet, table) -> None:
    """Scores differ by one number."""
    few, many = train(parquet, contamination=0.05).model, train(parquet, contamination=0.3).model
    frame = model_frame(table, few.schema)
    shift = many.decision(frame) - few.decision(frame)
    assert np.ptp(shift) < 1e-12
    assert (many.decision(frame) < 0).mean() == pytest.approx(0.3, abs=0.01)


def test_without_date_features_dates_are_not_used(parquet) -> None:
    """Nor are they asked for when scoring."""
    model = train(parquet, use_date_features=False).model
    assert model.schema.of_role(Role.DATE) == []
    assert model.detector["features"].get_feature_names_out().tolist() == [
        "units",
        "weather",
        "damage",
    ]


def test_a_file_of_dates_only_needs_date_features() -> None:
    """The sentence says which parameter to change."""
    schema = Schema.infer(pa.table({"when": pa.array([0, 1], pa.timestamp("us"))}))
    assert used_columns(schema, use_date_features=True) == schema
    with pytest.raises(DataError, match="use_date_features is off; turn it on"):
        used_columns(schema, use_date_features=False)


@pytest.mark.parametrize(
    "columns",
    [
        {"a": [1.0, 2.0, 3.0, 50.0], "b": [1, 2, 3, 4]},
        {"a": ["x", "x", "y", None], "b": ["u", "u", "u", "v"]},
        {"a": pa.array([0, 1, 2, 3], pa.timestamp("us"))},
        {"a": [1, 1, 1, 1]},
    ],
    ids=["numbers only", "categories only", "dates only", "all the same"],
)
def test_any_usable_columns_make_a_model(tmp_path, columns) -> None:
    """The subject of the file does not matter."""
    path = tmp_path / "small.parquet"
    pq.write_table(pa.table(columns), path)
    assert np.isfinite(list(train(path).metrics.values())).all()


def test_one_row_is_too_little(tmp_path) -> None:
    """The sentence says how many there must be."""
    path = tmp_path / "one.parquet"
    pq.write_table(pa.table({"a": [1.0]}), path)
    with pytest.raises(DataError, match="at least 2 rows to learn from, got 1"):
        train(path)


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
