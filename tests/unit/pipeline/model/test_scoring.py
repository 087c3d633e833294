"""Score: a file scored chunk by chunk with the one fitted pipeline."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import DataError
from pipeline.model.scoring import CSV, PARQUET, score_chunk, score_file
from pipeline.tables.frames import model_frame
from tests.unit.pipeline.conftest import mixed_table


@pytest.fixture
def out(tmp_path):
    """The folder of the results."""
    folder = tmp_path / "scores"
    folder.mkdir()
    return folder


def write(tmp_path, table):
    """Write a table as a file to score."""
    path = tmp_path / "input.parquet"
    pq.write_table(table, path)
    return path


def test_scores_equal_scikit_learns_own(model, parquet, table, out) -> None:
    """Prediction and score are those of the logged pipeline."""
    score_file(model, parquet, out)
    scored = pq.read_table(out / PARQUET)
    frame = model_frame(table, model.schema)
    expected = model.detector.decision_function(frame)
    assert np.abs(scored["anomaly_score"].to_numpy() - expected).max() < 1e-9
    assert np.array_equal(scored["anomaly_pred"].to_numpy(), model.detector.predict(frame))


@pytest.mark.parametrize("at", [-0.05, 0.03])
def test_a_decided_threshold_moves_the_flag_and_nothing_else(model, parquet, tmp_path, at) -> None:
    """Scores and severities stay as they are; the run says which threshold it used."""
    tables = []
    for name, used in (("trained", model), ("decided", replace(model, score_threshold=at))):
        folder = tmp_path / name
        folder.mkdir()
        metrics = score_file(used, parquet, folder).metrics
        tables.append(pq.read_table(folder / PARQUET))
    assert metrics["score_threshold"] == at
    trained, decided = tables
    score = decided["anomaly_score"].to_numpy()
    assert np.array_equal(decided["anomaly_pred"].to_numpy() == -1, score < at)
    assert metrics["anomaly_rate"] == (score < at).mean() != 0.1
    assert trained.drop_columns("anomaly_pred") == decided.drop_columns("anomaly_pred")


@pytest.mark.parametrize("rows", [37, 100, 10_000])
def test_chunks_of_any_size_give_the_same(model, parquet, tmp_path, rows) -> None:
    """Not a bit differs, and neither do the metrics."""
    results = []
    for name, size in (("a", rows), ("b", 600)):
        folder = tmp_path / name
        folder.mkdir()
        scoring = score_file(model, parquet, folder, chunk_rows=size)
        timing = {"scoring_seconds": 0.0, "rows_per_second": 0.0}
        results.append((pq.read_table(folder / PARQUET), scoring.metrics | timing))
    assert results[0] == results[1]


def test_every_input_column_is_carried_through(model, tmp_path, table, out) -> None:
    """Unchanged and in place, columns that the model does not know included."""
    wider = table.add_column(1, "note", [pa.array([f"n{i}" for i in range(600)])])
    score_file(model, write(tmp_path, wider), out)
    scored = pq.read_table(out / PARQUET)
    assert scored.column_names == [*wider.column_names, "anomaly_pred", "anomaly_score", "severity"]
    assert scored.select(wider.column_names) == wider


def test_the_most_anomalous_rows_are_kept_in_plain_types(model, parquet, table, out) -> None:
    """Text is read as dictionaries, which differ from one part of the file to the next."""
    top = score_file(model, parquet, out).summary.top.drop_columns(["row"])
    worst = pq.read_table(out / PARQUET).sort_by("anomaly_score").slice(0, len(top))
    assert top.sort_by("anomaly_score") == worst
    assert top.schema.field("damage").type == table.schema.field("damage").type == pa.string()


def test_text_of_many_values_takes_no_more_room_than_it_does_plain(
    model, tmp_path, table, out
) -> None:
    """Its dictionary is not written with every chunk again, be the column known or not."""
    unique = pa.array([f"{n:06} {'x' * 150}" for n in range(600)])
    source = table.set_column(3, "damage", unique).append_column("note", unique)
    path = tmp_path / "unique.parquet"
    pq.write_table(source, path)
    score_file(model, path, out, chunk_rows=50)
    sizes = [pq.read_metadata(out / PARQUET).row_group(n) for n in range(12)]
    for place in (3, source.num_columns - 1):
        assert sum(g.column(place).total_uncompressed_size for g in sizes) < 2 * unique.nbytes
    assert pq.read_table(out / PARQUET).select(source.column_names) == source


def test_the_order_of_the_columns_does_not_matter(model, tmp_path, parquet, table, out) -> None:
    """A second file may have them in any."""
    score_file(model, parquet, out)
    first = pq.read_table(out / PARQUET)["anomaly_score"]
    score_file(model, write(tmp_path, table.select(table.column_names[::-1])), out)
    assert pq.read_table(out / PARQUET)["anomaly_score"] == first


def test_the_csv_holds_the_same_rows(model, parquet, out) -> None:
    """Both files say the same."""
    score_file(model, parquet, out)
    scored, read = pq.read_table(out / PARQUET), pa_csv.read_csv(out / CSV)
    assert read.column_names == scored.column_names
    assert read["anomaly_score"].to_pylist() == scored["anomaly_score"].to_pylist()


def test_missing_columns_are_named(model, tmp_path, table, out) -> None:
    """Before anything is written."""
    with pytest.raises(DataError, match="missing columns 'weather', 'units'"):
        score_file(model, write(tmp_path, table.drop_columns(["units", "weather"])), out)
    assert list(out.iterdir()) == []


def test_a_file_that_is_scored_already_is_refused(model, parquet, tmp_path, out) -> None:
    """Its columns would stand there twice."""
    score_file(model, parquet, out)
    with pytest.raises(DataError, match="'anomaly_pred' has a name that scoring adds"):
        score_file(model, out / PARQUET, tmp_path)


def test_a_file_without_rows_is_refused(model, tmp_path, table, out) -> None:
    """There is nothing to score."""
    with pytest.raises(DataError, match="no rows to score"):
        score_file(model, write(tmp_path, table.slice(0, 0)), out)


def test_a_scoring_has_every_metric(model, parquet, out) -> None:
    """The names that dashboards depend on, with sensible values for the training rows."""
    metrics = score_file(model, parquet, out).metrics
    assert metrics["rows"] == 600
    assert metrics["anomaly_rate"] == pytest.approx(0.1, abs=0.01)
    assert metrics["rows_per_second"] == pytest.approx(600 / metrics["scoring_seconds"])
    assert metrics["drift_max"] == metrics["drifted_features"] == 0
    assert metrics["unseen_category_rate"] == 0
    assert 0 < metrics["missing_rate"] < 0.1


def test_new_data_shows_its_drift(model, tmp_path, table, out) -> None:
    """Unknown categories and a shifted number are seen in the metrics."""
    changed = table.set_column(3, "damage", [pa.array(["UNHEARD OF"] * 600)])
    metrics = score_file(model, write(tmp_path, changed), out).metrics
    assert metrics["unseen_category_rate"] == pytest.approx(0.5, abs=0.01)
    assert metrics["drifted_features"] == 1
    assert metrics["anomaly_rate"] > 0.1


def test_progress_ends_at_the_number_of_rows(model, tmp_path, table, out) -> None:
    """Rows done and rows in all, as they pass."""
    seen = []
    whole = write(tmp_path, table)
    score_file(model, whole, out, chunk_rows=250, progress=lambda *told: seen.append(told))
    assert seen == [(250, 600), (500, 600), (600, 600)]


def test_another_way_to_map_chunks_gives_the_same(model, parquet, tmp_path, out) -> None:
    """Where chunks are scored, one after another or on a cluster, changes nothing."""
    score_file(model, parquet, out)
    score_file(
        model, parquet, tmp_path, map_chunks=lambda score, chunks: ((c, score(c)) for c in chunks)
    )
    assert pq.read_table(out / PARQUET) == pq.read_table(tmp_path / PARQUET)


CELLS = {
    "crash_date": st.one_of(st.none(), st.datetimes()),
    "weather": st.one_of(st.none(), st.text(max_size=5), st.sampled_from(["CLEAR", "SNOW"])),
    "units": st.one_of(st.none(), st.floats(width=32, allow_infinity=False)),
    "damage": st.one_of(st.none(), st.text(max_size=5)),
}


@given(st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=30))
@settings(deadline=None, max_examples=40)
def test_unusual_rows_are_scored_like_any(model, rows) -> None:
    """Whatever the cells hold, flags agree with scores and severity stays within its bounds."""
    batch = pa.RecordBatch.from_pylist(rows, schema=mixed_table(1).schema)
    chunk = score_chunk(model, batch)
    assert np.array_equal(chunk.pred == -1, chunk.score < 0)
    assert ((chunk.severity >= 0) & (chunk.severity <= 100)).all()
    assert np.array_equal(
        chunk.score, model.detector.decision_function(model_frame(batch, model.schema))
    )
