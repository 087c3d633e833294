"""What a data set's profile says about its columns."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.tables import profile as module
from pipeline.tables.profile import ColumnProfile, Profile, profile
from pipeline.tables.schema import Role, Schema

ROWS = 100


def profiled(folder: Path, **columns: object) -> Profile:
    """Profile a table of the given columns."""
    path = folder / "data.parquet"
    pq.write_table(pa.table(columns), path)
    return profile(path)


def only(found: Profile) -> ColumnProfile:
    """Return the profile of the only column."""
    (column,) = found.columns
    return column


def test_a_number_column_has_range_mean_and_quantiles(tmp_path: Path) -> None:
    """Missing values are counted and left out of everything else."""
    column = only(profiled(tmp_path, x=[*range(101), None]))
    assert (column.nulls, column.distinct, column.distinct_exact) == (1, 101, True)
    assert (column.minimum, column.maximum, column.mean) == (0, 100, 50.0)
    assert column.std == pytest.approx(29.3, abs=0.01)
    assert column.quantiles == {"0.05": 5, "0.25": 25, "0.5": 50, "0.75": 75, "0.95": 95}


def test_a_text_column_has_its_most_frequent_values(tmp_path: Path) -> None:
    """The most frequent come first, equals by name, missing values are not among them."""
    column = only(profiled(tmp_path, **{'a "name"': ["b", "a", "b", "c", None, "a", "b"]}))
    assert column.top == (("b", 3), ("a", 2), ("c", 1))
    assert (column.nulls, column.role) == (1, Role.CATEGORICAL)


def test_a_date_column_has_its_first_and_last_moment(tmp_path: Path) -> None:
    """The range is ISO 8601 text, fit for JSON."""
    moments = pa.array([0, 86_400_000_000], pa.timestamp("us"))
    column = only(profiled(tmp_path, d=moments))
    assert (column.minimum, column.maximum) == ("1970-01-01T00:00:00", "1970-01-02T00:00:00")


def test_many_different_values_are_estimated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a limit the count is an estimate, says so, and no frequent values are sought."""
    monkeypatch.setattr(module, "COUNTED_VALUES", 10)
    found = profiled(tmp_path, n=[0] * 400, t=[f"v{i % 40}" for i in range(400)])
    text = found.columns[1]
    assert not text.distinct_exact
    assert text.distinct == pytest.approx(40, rel=0.3)
    assert text.top == ()


def test_the_schema_is_the_inferred_one(tmp_path: Path) -> None:
    """Profile and schema agree on roles and types."""
    found = profiled(tmp_path, x=[1, 2, 3], t=["a", "a", "b"])
    assert found.schema == Schema.infer(tmp_path / "data.parquet")


def test_json_gives_the_profile_back(tmp_path: Path) -> None:
    """Whole numbers stay whole, text stays text."""
    found = profiled(tmp_path, x=[1, 2, 3], y=[0.5, 1, None], t=["1", "1", "2"])
    assert Profile.from_json(found.to_json()) == found


def test_what_an_operator_should_know_is_said(tmp_path: Path) -> None:
    """Constant, half empty, numbering and unique columns each have a sentence; others none."""
    found = profiled(
        tmp_path,
        same=["a"] * ROWS,
        gaps=[None if i % 2 else i // 8 for i in range(ROWS)],
        number=list(range(1, ROWS + 1)),
        remark=[f"r{i}" for i in range(ROWS)],
        fine=[i % 7 for i in range(ROWS)],
    )
    sentences = [
        "Column 'same' has the same value in every row.",
        "Column 'gaps' is empty in 50% of the rows.",
        "Column 'number' seems to number the rows",
        "Column 'remark' holds text that differs in almost every row",
    ]
    assert [
        warning.startswith(sentence)
        for warning, sentence in zip(found.warnings, sentences, strict=True)
    ] == [True] * 4
