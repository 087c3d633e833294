"""Rows written as CSV: safe in a spreadsheet, and the same when read back."""

import datetime as dt
import math
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.tables.csv_convert import csv_to_parquet
from pipeline.tables.csv_reader import NULLS
from pipeline.tables.csv_writer import write_csv

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def written(folder: Path, table: pa.Table) -> Path:
    """Write a table in batches of a few rows."""
    target = folder / "out.csv"
    write_csv(table.to_batches(max_chunksize=7), table.schema, target)
    return target


def read_back(folder: Path, table: pa.Table) -> pa.Table:
    """Write a table as CSV and convert that again."""
    csv_to_parquet(written(folder, table), folder / "back.parquet")
    return pq.read_table(folder / "back.parquet")


@pytest.mark.parametrize("start", DANGEROUS)
def test_text_that_would_run_gets_an_apostrophe(tmp_path: Path, start: str) -> None:
    """No cell of text starts with a character that makes a formula of it; nor does a name."""
    table = pa.table({f"{start}name": [f"{start}1+1", "plain"], "n": [-1, 2]})
    header, first, _ = written(tmp_path, table).read_bytes().decode().split("\n", 2)
    assert header.startswith(f'"\'{start}name"') or start in "\t\r"
    assert first.startswith(f"\"'{start}")


def test_numbers_and_dates_are_written_as_they_are(tmp_path: Path) -> None:
    """A negative number keeps its sign without an apostrophe."""
    moment = dt.datetime(2023, 7, 29, 13)  # noqa: DTZ001 - a wall clock
    table = pa.table({"n": [-1, None], "x": [-0.5, 1e300], "d": pa.array([moment, None])})
    lines = written(tmp_path, table).read_text().splitlines()
    assert lines[1].startswith("-1,-0.5,2023-07-29 13:00:00")
    assert lines[2].split(",")[0] == ""


def test_apostrophes_of_the_text_itself_survive(tmp_path: Path) -> None:
    """Text that already looks guarded is guarded once more, so nothing is lost."""
    values = ["'=1", "''=1", "=1", "'plain", "'", "''", "rock 'n' roll", "it's"]
    table = pa.table({"t": values, "n": range(len(values))})
    assert read_back(tmp_path, table).column("t").to_pylist() == values


def test_an_interrupted_file_does_not_appear(tmp_path: Path) -> None:
    """When the rows break off, neither the file nor a part of it is left."""
    table = pa.table({"n": [1]})

    def broken() -> object:
        yield table.to_batches()[0]
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - raised just above
        write_csv(broken(), table.schema, tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_rows(tmp_path: Path) -> None:
    """Every batch is told, with the rows in all."""
    table, told = pa.table({"n": range(10)}), []
    batches = table.to_batches(max_chunksize=4)
    write_csv(batches, table.schema, tmp_path / "o.csv", lambda *step: told.append(step), rows=10)
    assert told == [(4, 10), (8, 10), (10, 10)]


def test_coded_columns_are_written_as_text(tmp_path: Path) -> None:
    """A dictionary column needs no decoding by the caller."""
    coded = pa.array(["=a", "b", None, "b"]).dictionary_encode()
    table = pa.table({"t": coded, "n": [1, 2, 3, 4]})
    assert read_back(tmp_path, table).column("t").to_pylist() == ["=a", "b", None, "b"]


# What a reader takes for nothing or for a number is no text of its own in any CSV file.
words = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12
).filter(lambda text: text not in NULLS)
texts = st.builds(
    lambda start, body: start + body, st.sampled_from(["", "'", "''", *DANGEROUS, "\n"]), words
).filter(lambda text: text not in NULLS)
letters = texts.map(lambda text: f"{text}_x")
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**40), 2**40)
moments = st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(2200, 1, 1))  # noqa: DTZ001


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(letters | st.none(), numbers, moments), min_size=2, max_size=30))
def test_what_is_written_reads_back(rows: list[tuple[str | None, float, dt.datetime]]) -> None:
    """Any text, number and moment comes back exactly as it was."""
    text, number, moment = (list(column) for column in zip(*rows, strict=True))
    text[0] = text[0] or "=a"
    table = pa.table(
        {
            "=t": pa.array(text, pa.string()),
            "n": pa.array([float(value) for value in number]),
            "d": pa.array(moment, pa.timestamp("us")),
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        back = read_back(Path(folder), table)
    assert back.column_names == ["=t", "n", "d"]
    assert back.column("=t").to_pylist() == text
    assert back.column("d").to_pylist() == moment
    assert all(
        math.isclose(ours, theirs, rel_tol=0)
        for ours, theirs in zip(back.column("n").to_pylist(), number, strict=True)
    )


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_another_delimiter_reads_back_the_same(tmp_path: Path, delimiter: str) -> None:
    """Whoever asks for semicolons gets them, and no value is torn at one."""
    table = pa.table({"t": [f"a{delimiter}b", "c"], "n": [1, 2]})
    target = tmp_path / "out.csv"
    write_csv(table.to_batches(), table.schema, target, delimiter=delimiter)
    assert target.read_text().splitlines()[0] == f'"t"{delimiter}"n"'
    csv_to_parquet(target, tmp_path / "back.parquet")
    assert pq.read_table(tmp_path / "back.parquet").column("t").to_pylist() == [
        f"a{delimiter}b",
        "c",
    ]
