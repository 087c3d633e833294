"""Column roles and the check that columns are there."""

import pickle
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import DataError
from pipeline.tables.schema import Column, Role, Schema

ROWS = 200
TABLE = pa.table(
    {
        "count": range(ROWS),
        "share": [i / 7 for i in range(ROWS)],
        "kind": [f"k{i % 5}" for i in range(ROWS)],
        "when": pa.array(range(ROWS), pa.timestamp("us")),
        "remark": [f"remark {i}" for i in range(ROWS)],
        "flag": [i % 2 == 0 for i in range(ROWS)],
    }
)
ROLES = ["numeric", "numeric", "categorical", "date", "ignored", "categorical"]
SCHEMA = Schema.infer(TABLE)


@pytest.mark.parametrize("stored", [False, True], ids=["table", "Parquet file"])
def test_roles_follow_types_and_contents(tmp_path: Path, stored: bool) -> None:
    """Numbers, dates, repeated text and text that hardly repeats each get their role."""
    source = tmp_path / "t.parquet" if stored else TABLE
    if stored:
        pq.write_table(TABLE, source)
    schema = Schema.infer(source)
    assert [column.role for column in schema.columns] == ROLES
    assert schema.names == TABLE.column_names
    assert schema.columns[3].dtype == "timestamp[us]"


def test_a_few_different_words_are_categories() -> None:
    """In a short table all values may differ; that alone makes no remark of them."""
    schema = Schema.infer(pa.table({"name": [f"n{i}" for i in range(20)]}))
    assert schema.of_role(Role.CATEGORICAL) == ["name"]


def test_missing_text_does_not_count_as_a_value() -> None:
    """Uniqueness is judged among the values that are there."""
    values = [None] * 900 + [f"n{i}" for i in range(100)]
    schema = Schema.infer(pa.table({"n": [1] * 1000, "t": values}))
    assert schema.of_role(Role.IGNORED) == ["t"]


def test_a_table_without_a_usable_column_is_refused() -> None:
    """The message names the columns and what a model needs."""
    with pytest.raises(DataError, match=r"none of the columns 'remark' can be used: a model needs"):
        Schema.infer(TABLE.select(["remark"]))


def test_usable_columns_are_all_but_the_ignored() -> None:
    """Ignored columns are known, but no model sees them."""
    assert SCHEMA.usable == ["count", "share", "kind", "when", "flag"]
    assert SCHEMA.of_role(Role.DATE) == ["when"]


def test_order_and_extra_columns_do_not_matter() -> None:
    """A second file may have its columns in any order, more of them, and no ignored ones."""
    SCHEMA.check(["flag", "new", "when", "kind", "share", "count"])


def test_all_missing_columns_are_named() -> None:
    """The message names every missing column, in the schema's order, and the fix."""
    with pytest.raises(DataError, match=r"missing columns 'share', 'when'.*add the columns"):
        SCHEMA.check(["count", "kind", "flag"])
    with pytest.raises(DataError, match=r"missing column 'flag'.*add the column under"):
        SCHEMA.check(["count", "kind", "share", "when"])


columns = st.builds(Column, st.text(min_size=1), st.sampled_from(Role), st.sampled_from(["int64"]))


@settings(deadline=None)
@given(st.lists(columns, max_size=6))
def test_json_and_pickle_give_the_schema_back(columns: list[Column]) -> None:
    """What is stored with a model or a data set is the whole schema."""
    schema = Schema(tuple(columns))
    assert Schema.from_json(schema.to_json()) == schema
    assert pickle.loads(pickle.dumps(schema)) == schema  # noqa: S301 - our own bytes


def test_light_modules_import_nothing_heavy() -> None:
    """Whoever needs names, bounds or CSV files does not pay for MLflow or scikit-learn."""
    code = (
        "import sys, pipeline.tables.schema, pipeline.params, pipeline.tables.csv_convert;"
        "import pipeline.datasets;"
        "print([m for m in ('mlflow', 'sklearn', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
