"""Exported files and their addresses."""

from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest
from pyarrow import csv
from pyarrow import parquet as pq

from app.services.anomalies.export import Export
from app.services.anomalies.types import View
from app.services.filters import Filter, Op
from pipeline.errors import Rejected
from tests.fakes.world import ROWS, scored

RAIN = Filter("weather_condition", Op.IN, ("RAIN",))


def read_query(address):
    """Read an address as the download route does."""
    query = parse_qs(urlsplit(address).query)
    first = {key: values[0] for key, values in query.items()}
    return Export.from_query(first, query.get("f", []), query.get("column", []))


@pytest.mark.parametrize(
    "export",
    [
        Export(),
        Export(View((RAIN,), 97.25), "parquet", columns=("num_units",)),
        Export(delimiter="\t", only_anomalies=False, top=100),
    ],
)
def test_an_address_asks_for_exactly_what_was_chosen(console, run_id, export):
    """Filters, threshold, columns, form and delimiter."""
    address = console.anomalies.file_url(run_id, export)
    assert address.startswith(f"/download/anomalies/{run_id}?")
    assert read_query(address) == export


@pytest.mark.parametrize(
    ("query", "words"), [({"format": "xls"}, "format"), ({"delimiter": "x"}, "delimiter")]
)
def test_an_address_that_asks_for_something_else_is_refused(query, words):
    """With the rule and what was got."""
    with pytest.raises(Rejected, match=words):
        Export.from_query(query, [], [])


@pytest.mark.parametrize("threshold", ["", "x", "-1", "101", "nan", "inf"])
def test_a_threshold_that_is_none_is_the_models_own(threshold):
    """An address that was cut short still works."""
    assert Export.from_query({"t": threshold}, [], []).view.threshold is None


@pytest.mark.parametrize(
    ("export", "rows"),
    [
        (Export(), 200),
        (Export(top=5), 5),
        (Export(only_anomalies=False), ROWS),
        (Export(View(threshold=99.0)), 20),
    ],
)
def test_csv_holds_the_rows_of_the_view_most_severe_first(console, run_id, export, rows):
    """Under the same order as on the page."""
    table = csv.read_csv(console.anomalies.file(run_id, export))
    assert table.num_rows == rows
    severities = table.column("severity").to_pylist()
    assert severities == sorted(severities, reverse=True)


def test_csv_has_the_chosen_columns_and_delimiter(console, run_id):
    """And nothing else but the row's number."""
    export = Export(delimiter=";", columns=("num_units", "severity"))
    lines = console.anomalies.file(run_id, export).read_text().splitlines()
    assert lines[0] == '"row";"num_units";"severity"'
    assert console.anomalies.file(run_id, Export()) != console.anomalies.file(run_id, export)


def test_parquet_keeps_the_types(console, run_id):
    """A program reads what the file had, not codes of it."""
    path = console.anomalies.file(run_id, Export(View((RAIN,)), "parquet", only_anomalies=False))
    table = pq.read_table(path)
    assert set(table.column("weather_condition").to_pylist()) == {"RAIN"}
    own = scored().drop_columns("crash_date").schema  # of seconds, which no upload has
    assert [table.schema.field(name).type for name in own.names] == own.types
    assert table.schema.field("row").type == pa.int32()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_empty_view_is_a_file_with_a_header(console, run_id, form):
    """No row is no failure."""
    none = Filter("weather_condition", Op.IN, ("nothing",))
    path = console.anomalies.file(run_id, Export(View((none,)), form))
    table = csv.read_csv(path) if form == "csv" else pq.read_table(path)
    assert table.num_rows == 0
    assert table.column_names[0] == "row"


def test_the_files_name_says_what_is_in_it():
    """An operator finds it again."""
    assert Export().file_name("a" * 32) == "anomalies-aaaaaaaa.csv"
    filtered = Export(View((RAIN,)), "parquet", only_anomalies=False)
    assert filtered.file_name("a" * 32) == "scored-filtered-aaaaaaaa.parquet"
